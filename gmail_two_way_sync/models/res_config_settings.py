from odoo import api, fields, models

from .gmail_account_limit import DEFAULT_DAILY_LIMIT
from .gmail_account_watch import PUSH_ROUTE
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
    gmail_two_way_sync_pubsub_topic = fields.Char(
        "Pub/Sub topic", config_parameter="gmail_two_way_sync.pubsub_topic"
    )
    gmail_two_way_sync_push_service_account = fields.Char(
        "Service account", config_parameter="gmail_two_way_sync.push_service_account"
    )
    gmail_two_way_sync_push_audience = fields.Char(
        "Audience", config_parameter="gmail_two_way_sync.push_audience"
    )
    gmail_two_way_sync_push_endpoint = fields.Char(
        "Push endpoint", compute="_compute_gmail_two_way_sync_addresses"
    )
    gmail_two_way_sync_redirect_uri = fields.Char(
        "Redirect URI", compute="_compute_gmail_two_way_sync_addresses"
    )

    @api.depends_context("uid")
    def _compute_gmail_two_way_sync_addresses(self):
        base = self.env["gmail.account"].get_base_url()
        self.gmail_two_way_sync_redirect_uri = f"{base}{CALLBACK_ROUTE}"
        self.gmail_two_way_sync_push_endpoint = f"{base}{PUSH_ROUTE}"

    def action_gmail_check_setup(self):
        """Save, so that what is checked is what is seen, and run the checks (A9)."""
        self.execute()
        return self.env["gmail.setup.check"].action_check()
