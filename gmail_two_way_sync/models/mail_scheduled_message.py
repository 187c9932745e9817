import json

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

    @api.constrains("body", "attachment_ids")
    def _check_size(self):
        """Refuse to schedule what is too big to be sent then (B4, B6)."""
        # sudo: gmail.account, gmail.message - files are measured for their owner
        rows, accounts = (
            self.env["gmail.message"].sudo(),
            self.env["gmail.account"].sudo(),
        )
        for scheduled in self:
            record = self.env[scheduled.model].browse(scheduled.res_id)
            people = scheduled.partner_ids | record.sudo().message_partner_ids
            given = json.loads(scheduled.notification_parameters or "{}")
            copies = given.get("email_cc") or given.get("email_bcc")
            is_email = copies or any(people.mapped("partner_share"))
            if (
                is_email
                and not scheduled.is_note
                and accounts._live_of(scheduled.create_uid)
            ):
                rows._check_size_of(scheduled.body, scheduled.sudo().attachment_ids)
