from odoo import api, fields, models

from .mail_thread import is_inside


class MailComposeMessage(models.TransientModel):
    """What should be known before sending: who else gets it, and its size (E2)."""

    _inherit = "mail.compose.message"

    gmail_followers_outside = fields.Char(
        "Followers, too",
        compute="_compute_gmail_followers",
        help="People outside who follow the record get it from your mailbox as well",
    )
    gmail_followers_inside = fields.Char(
        "Notified inside",
        compute="_compute_gmail_followers",
        help="Colleagues who follow the record see it in Odoo, by their preference",
    )
    gmail_size_notice = fields.Char("Too big", compute="_compute_gmail_size_notice")

    @api.depends("attachment_ids", "gmail_from")
    def _compute_gmail_size_notice(self):
        """What sending would refuse (B6), told when a file is added."""
        # sudo: gmail.message - files are measured, whoever may read them
        messages = self.env["gmail.message"].sudo()
        for composer in self:
            files = composer.sudo().attachment_ids._origin
            composer.gmail_size_notice = (
                composer.gmail_from and messages._refusal_of_size("", files)
            )

    @api.depends(
        "author_id",
        "gmail_from",
        "message_type",
        "model",
        "notify_skip_followers",
        "partner_ids",
        "res_ids",
        "subtype_id",
    )
    def _compute_gmail_followers(self):
        for composer in self:
            followers = composer._gmail_followers() if composer.gmail_from else []
            names = {True: [], False: []}
            for each in followers:
                names[is_inside(each)].append(each["name"])
            composer.gmail_followers_inside = ", ".join(names[True])
            composer.gmail_followers_outside = ", ".join(names[False])

    def _gmail_followers(self):
        """Recipients data of who gets it unchosen, as posting finds them."""
        record = self.env[self.model].browse(self._evaluate_res_ids())
        values = {
            "author_id": self.author_id.id,
            "message_type": self.message_type,
            "partner_ids": self.partner_ids._origin.ids,
            "subtype_id": self.subtype_id.id,
        }
        recipients = record._notify_get_recipients(
            self.env["mail.message"],
            values,
            notify_skip_followers=self.notify_skip_followers,
        )
        chosen = set(values["partner_ids"])
        return [each for each in recipients if each["id"] not in chosen]
