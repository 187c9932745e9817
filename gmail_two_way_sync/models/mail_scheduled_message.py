from odoo import api, models


class MailScheduledMessage(models.Model):
    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        """Keep what makes a scheduled message the user's individual email (B4)."""
        return super()._notification_parameters_whitelist() | {
            "email_cc",
            "email_bcc",
            "parent_id",
        }
