from odoo import fields, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    email_cc = fields.Char("Cc", help="Used when the message leaves through Gmail")
    email_bcc = fields.Char("Bcc", help="Used when the message leaves through Gmail")

    def _prepare_mail_values_static(self):
        values = super()._prepare_mail_values_static()
        if self.composition_mode == "comment" and self.model_is_thread:
            values |= {"email_cc": self.email_cc, "email_bcc": self.email_bcc}
        return values

    def _action_send_mail_comment(self, res_ids):
        composer = self.with_context(
            gmail_comment_option=self.composition_comment_option
        )
        return super(MailComposeMessage, composer)._action_send_mail_comment(res_ids)

    def _prepare_schedule_message_post_values(self, post_values):
        values = super()._prepare_schedule_message_post_values(post_values)
        values["send_context"] = {
            **(values.get("send_context") or {}),
            "gmail_comment_option": self.composition_comment_option,
        }
        return values
