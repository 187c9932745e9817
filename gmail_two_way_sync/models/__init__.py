from . import gmail_lease  # before those that inherit it

# isort: split
from . import (
    gmail_account,
    gmail_account_discover,
    gmail_account_import,
    gmail_account_sync,
    gmail_blocklist,
    gmail_directory,
    gmail_message,
    gmail_message_compose,
    gmail_message_content,
    gmail_message_import,
    gmail_message_send,
    gmail_sign_in,
    gmail_thread,
    ir_actions_server,
    mail_compose_message,
    mail_mail,
    mail_message,
    mail_scheduled_message,
    mail_thread,
    res_config_settings,
    res_partner,
    res_partner_email,
    res_users,
)
