from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..google import search
from ..google.errors import GoogleError, NotFound
from ..rules import gmail_links
from .gmail_message import SKIPPED_KEPT_DAYS


class GmailMessage(models.Model):
    """The journal's lines by a link to Gmail or a Message-ID (E4).

    Lines of skipped messages hold an id and a reason only (C20), so that Gmail has to
    say which of its ids belong to a thread or to a Message-ID.
    """

    _inherit = "gmail.message"

    @api.model
    def _find(self, pasted):
        """The user's messages that a pasted text names.

        :raises UserError: why there is none, and what to do
        """
        reference = gmail_links.reference_of(pasted)
        self._check_reference(reference)
        # sudo: gmail.account - the user's own mailbox
        account = self.env["gmail.account"].sudo()._live_of(self.env.user)
        known = self._known_by(reference)
        if known and account.state != "connected":
            return known
        ids = account._ask(partial(_ids_in_gmail, reference))
        known |= self._of_user(Domain("gmail_message_id", "in", ids))
        if not known:
            raise UserError(self._why_unknown(account, ids))
        return known

    def _check_reference(self, reference):
        if reference.is_local:
            raise UserError(
                self.env._(
                    "Gmail's address does not tell which conversation this is, as it "
                    "began as a draft. In Gmail, open the message's menu > Show "
                    "original, and paste its Message ID here."
                )
            )
        if not reference.gmail_id and not reference.message_id:
            raise UserError(
                self.env._(
                    "This is neither a link to a conversation in Gmail nor a "
                    "Message-ID. Open the mail in Gmail and copy the address of the "
                    "page."
                )
            )

    def _known_by(self, reference):
        if reference.message_id:
            return self._of_user(Domain("rfc_message_id", "=", reference.message_id))
        return self._of_user(
            Domain("gmail_message_id", "=", reference.gmail_id)
            | Domain("gmail_thread_id", "=", reference.gmail_id)
        )

    def _of_user(self, domain):
        return self.search(domain & Domain("account_id.user_id", "=", self.env.uid))

    def _why_unknown(self, account, ids):
        """Why the journal has no line for a message.

        :param ids: of it in Gmail, empty if it is not there
        """
        answers = account._ask(lambda client: client.headers(ids[:1], ()))
        message = answers.get(ids[0]) if ids else None
        if not message or isinstance(message, GoogleError):
            return self.env._(
                "This mail is not in the mailbox %(address)s. Is it in another one?",
                address=account.email,
            )
        if message.label_ids & {"SPAM", "TRASH", "DRAFT"}:
            return self.env._(
                "This mail lies in spam, in the trash or among the drafts. It is "
                "looked at as soon as it leaves there."
            )
        return self._why_not_looked_at(account, message.internal_date)

    def _why_not_looked_at(self, account, date):
        if date < account.connected_date:
            return self.env._(
                "This mail is from %(date)s, before the mailbox was connected. The "
                "sync begins with the connection (%(connected)s).",
                date=format_datetime(self.env, date),
                connected=format_datetime(self.env, account.connected_date),
            )
        if date < fields.Datetime.now() - timedelta(days=SKIPPED_KEPT_DAYS):
            return self.env._(
                "This mail is from %(date)s. What was not imported is listed for "
                "%(days)s days.",
                date=format_datetime(self.env, date),
                days=SKIPPED_KEPT_DAYS,
            )
        return self.env._(
            "This mail was not looked at yet; the last sync was %(sync)s. Try again in "
            "a few minutes.",
            sync=format_datetime(self.env, account.last_sync_date) or "-",
        )


def _ids_in_gmail(reference, client):
    """Ids of the messages that Gmail has by a name, the newest first."""
    if reference.message_id:
        return client.find(search.known_as(reference.message_id))
    try:
        return client.thread(reference.gmail_id)[::-1]
    except NotFound:
        # The name of a message in a thread; without one, there is nothing.
        return [reference.gmail_id]
