from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    gmail_message_ids = fields.Many2many(
        "gmail.message", string="In Gmail", groups="base.group_user"
    )
