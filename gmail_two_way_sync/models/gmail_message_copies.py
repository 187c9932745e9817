from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize

from ..rules.addresses import no_addresses
from .mail_thread import MAX_OUTSIDE_RECIPIENTS, copies_of


class GmailMessage(models.Model):
    _inherit = "gmail.message"

    def _copies_as_recipients(self):
        """Who is in Cc and Bcc, as recipients data of ``_notify_get_recipients``."""
        emails = [email_normalize(each.email) for each in copies_of(self)]
        return [{"id": False, "email_normalized": email} for email in emails if email]

    @api.constrains("email_cc", "email_bcc")
    def _check_copies(self):
        """Refuse what a person typed as Cc or Bcc, rather than drop it (E2)."""
        for row in self.filtered("sending_key"):
            self._refuse_no_addresses(row.email_cc, row.email_bcc)

    @api.model
    def _refuse_no_addresses(self, *lines):
        """Make sure that lines of addresses, as typed, hold nothing else.

        :raises ValidationError: names what is no address
        """
        wrong = [each for line in lines for each in no_addresses(line or "")]
        if wrong:
            raise ValidationError(
                self.env._(
                    "Not an email address: %(pieces)s. Write addresses with commas "
                    "between them; nothing was sent.",
                    pieces=", ".join(wrong),
                )
            )

    @api.model
    def _refuse_copies(self):
        """Refuse to post what leaves otherwise, rather than drop Cc and Bcc (B4).

        :raises UserError: always
        """
        raise UserError(self._words_for_copies())

    @api.model
    def _tell_copies_failed(self, message, posting):
        """The same for a message that was posted earlier: the chatter says so.

        :param posting: values of ``mail.thread._gmail_posting``
        """
        self.env["mail.notification"].create(
            [
                {
                    "author_id": message.author_id.id,
                    "mail_message_id": message.id,
                    "mail_email_address": each.email,
                    "notification_type": "email",
                    "notification_status": "exception",
                    "failure_type": "unknown",
                    "failure_reason": self._words_for_copies(),
                    "is_read": True,
                }
                for each in copies_of(posting)
            ]
        )

    @api.model
    def _words_for_copies(self):
        return self.env._(
            "Cc and Bcc go only with messages that leave from your own mailbox, to "
            "%(count)s people at most, and this one does not. Choose these people as "
            "recipients, or take them out of Cc and Bcc.",
            count=MAX_OUTSIDE_RECIPIENTS,
        )
