from odoo import models

from odoo.addons.mail.tools.discuss import Store


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def _to_store_defaults(self, target):
        return super()._to_store_defaults(target) + [
            Store.Attr(
                "gmail_failure",
                lambda each: each.failure_reason,
                predicate=lambda each: (
                    target.is_internal(self.env) and each._is_gmail_failure()
                ),
            )
        ]

    def _is_gmail_failure(self):
        """Whether its reason is a sentence of ours, no mail server's (B7, B9)."""
        is_outside = not self.res_partner_id or self.res_partner_id.partner_share
        return bool(
            self.notification_status in ("exception", "bounce")
            and is_outside
            and self.mail_message_id._gmail_rows()
        )
