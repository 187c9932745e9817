from odoo import fields, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    _inherit = "mail.message"

    gmail_message_ids = fields.Many2many(
        "gmail.message", string="In Gmail", groups="base.group_user"
    )

    def action_gmail_send_again(self):
        """Put failed messages of the user back into the queue (B7).

        :raises AccessError: a message was sent by somebody else
        """
        if self.create_uid - self.env.user:
            raise AccessError(
                self.env._("Only who wrote a message can send it again.")
            )
        # sudo: gmail.message - its author may, nobody may write the queue directly
        self.sudo().gmail_message_ids._send_again()
        return True
