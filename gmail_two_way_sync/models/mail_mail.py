from odoo import fields, models


class MailMail(models.Model):
    _inherit = "mail.mail"

    gmail_row_ids = fields.One2many(
        "gmail.message", "mail_mail_id", "Gmail", groups="base.group_system"
    )

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Leave to their own queue what goes through Gmail; send the rest as ever."""
        # sudo: gmail.message - whoever may send a mail may have it sent by its way
        rows = self.sudo().gmail_row_ids
        if rows:
            rows._trigger_send()
        return super(MailMail, self - rows.mail_mail_id.sudo(self.env.su)).send(
            auto_commit=auto_commit,
            raise_exception=raise_exception,
            post_send_callback=post_send_callback,
        )

    def mark_outgoing(self):
        result = super().mark_outgoing()
        # sudo: gmail.message - whoever may retry a mail may have it retried by its way
        self.sudo().gmail_row_ids._send_again()
        return result

    def cancel(self):
        result = super().cancel()
        # sudo: gmail.message - whoever may cancel a mail may cancel it on its way
        self.sudo().gmail_row_ids._cancel_waiting()
        return result
