from odoo import api, fields, models

from .gmail_account_limit import DEFAULT_DAILY_LIMIT
from .gmail_sign_in import CALLBACK_ROUTE


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    gmail_two_way_sync_client_id = fields.Char(
        "Google client ID", config_parameter="gmail_two_way_sync.client_id"
    )
    gmail_two_way_sync_client_secret = fields.Char(
        "Google client secret", config_parameter="gmail_two_way_sync.client_secret"
    )
    gmail_two_way_sync_allowed_domains = fields.Char(
        "Allowed Google Workspace domains",
        config_parameter="gmail_two_way_sync.allowed_domains",
    )
    gmail_two_way_sync_forbid_consumer = fields.Boolean(
        "Forbid free Gmail addresses",
        config_parameter="gmail_two_way_sync.forbid_consumer",
    )
    gmail_two_way_sync_daily_limit = fields.Integer(
        "Messages per day and mailbox",
        config_parameter="gmail_two_way_sync.daily_limit",
        default=DEFAULT_DAILY_LIMIT,
    )
    gmail_two_way_sync_redirect_uri = fields.Char(
        "Redirect URI", compute="_compute_gmail_two_way_sync_redirect_uri"
    )

    @api.depends_context("uid")
    def _compute_gmail_two_way_sync_redirect_uri(self):
        uri = f"{self.env['gmail.account'].get_base_url()}{CALLBACK_ROUTE}"
        self.gmail_two_way_sync_redirect_uri = uri
