import logging
from contextlib import closing
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.service.model import retrying
from odoo.tools import email_split

from ..google import errors
from ..google.transport import longest_send
from ..rules.compose import Unsendable
from ..rules.envelope import SENDING_KEY_HEADER
from ..tools import vault
from .gmail_importer import envelope_of
from .gmail_lease import LOST_RACES
from .sentences import FileGone, NotConnected, SenderGone, sentence_of

_logger = logging.getLogger(__name__)

LOOK_UP_AFTER = timedelta(minutes=1)
# Google's clock and ours may differ.
CLOCK_MARGIN = timedelta(minutes=10)
READ_BACK_DURING = timedelta(days=1)
BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
MAX_ATTEMPTS = 12
WAITING = [("state", "=", "pending"), ("sending_key", "!=", False)]
FINAL_ERRORS = (
    errors.Refused,
    errors.SendingLimitReached,
    Unsendable,
    NotConnected,
    SenderGone,
    FileGone,
)
CONNECTION_ERRORS = (errors.TokenRefused, errors.ScopeMissing, NotConnected)
EXPECTED_ERRORS = (
    errors.GoogleError,
    Unsendable,
    NotConnected,
    SenderGone,
    FileGone,
    vault.CannotDecrypt,
)


class GmailMessage(models.Model):
    """Mail out: send once, adopt what Gmail made of it.

    A row is claimed (lease and attempt committed) before its POST. Whoever finds a
    claimed row whose lease ran out, or a send whose outcome Google left open, looks
    for the row's key among the sent messages before anything is POSTed again (B8).
    """

    _inherit = "gmail.message"
    _lease = timedelta(minutes=1)

    attempt_date = fields.Datetime(
        "Sending begun", readonly=True, help="Set while nobody knows the outcome"
    )

    # ------------------------------------------------------------
    # SEND
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Scheduled action: send what is due, whatever troubles other mailboxes."""
        progress = self.env["ir.cron"]
        tried = self.browse()
        while rows := self._sendable() - tried:
            progress._commit_progress(remaining=len(rows))
            for row in rows:
                claimed = row._claim()
                if claimed:
                    claimed._send_claimed()
                if not progress._commit_progress(1):
                    return
            tried |= rows  # what is still waiting then continues one of these

    @api.model
    def _sendable(self):
        """Due rows, of each record only the oldest: later ones continue its thread."""
        waiting = self.search(WAITING, order="id")
        first = {}
        for row in waiting:
            message = row.mail_message_ids[:1]
            first.setdefault((row.account_id, message.model, message.res_id), row)
        ours = self.browse(row.id for row in first.values())
        return ours.filtered(lambda row: row._is_due())

    def _is_due(self):
        now = fields.Datetime.now()
        return (
            max(self.retry_after or now, self.lease_until or now) <= now
            and max(self.account_id.retry_after or now, now) <= now
            and self.account_id._is_of_this_database()
        )

    def _may_be_claimed(self):
        return self.state == "pending" and self._is_due()

    def _send_claimed(self):
        """Send a claimed row and write down what became of it."""
        try:
            self._send_once()
            self.env.cr.commit()
        except Exception as error:
            self.env.cr.rollback()
            retrying(partial(self._note_not_sent, error), self.env)
        self._let_go()

    def _send_once(self):
        if not self.mail_message_ids or (
            self._is_taken_back() and not self.attempt_date
        ):
            self._cancel()
            return
        if self.account_id.state != "connected":
            raise NotConnected(self.account_id.state, bool(self.attempt_date))
        with closing(self.account_id._client()) as client:
            sent, subject = self._look_up(client), None
            if not sent and self._is_taken_back():
                self._cancel()
                return
            if not sent:
                sent, subject = self._post_to_gmail(client)
            self._adopt(sent.id, sent.thread_id, subject)
            self.account_id._keep_tokens(client)
            self.env.cr.commit()  # it left: nothing that follows may undo this
            self._read_back(self.account_id, client)

    def _is_taken_back(self):
        """Whether its message was emptied, or its email deleted (B10)."""
        return self.mail_message_ids._filter_empty() or not self.mail_mail_id

    def _look_up(self, client):
        """What an earlier attempt with unknown outcome left in the mailbox, if any."""
        if not self.attempt_date:
            return None
        key, since = self.sending_key, self.attempt_date - CLOCK_MARGIN
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        return client.find_sent(SENDING_KEY_HEADER, key, since)

    def _post_to_gmail(self, client):
        """POST the message; :return: Gmail's ids, and the subject that it has."""
        self._check_sender(client)
        self.account_id._check_limit(client)
        self._read_back(self.account_id, client)
        self._take_addresses_of_now()
        thread = self._conversation()
        mime, subject = self._compose(thread), self._subject(thread)
        in_mailbox = thread.filtered(lambda each: each.account_id == self.account_id)
        thread_id = in_mailbox.gmail_thread_id or None
        earlier = self.attempt_date
        self._begin_attempt(len(mime))  # no query from here on: nothing is locked
        try:
            sent = self._post_once(client, mime, thread_id)
        except errors.OutcomeUnknown:
            raise
        except errors.GoogleError:
            # Gmail did not take it now; what became of an earlier one is still open.
            self.attempt_date = earlier
            self.env.cr.commit()
            raise
        return sent, subject

    def _post_once(self, client, mime, thread_id):
        try:
            return client.send(mime, thread_id)
        except errors.NotFound:
            # Deleted in Gmail; the headers still thread it for its recipients.
            self._begin_attempt(len(mime))
            return client.send(mime, None)

    def _begin_attempt(self, size):
        """Put the attempt on record; from here on only Gmail knows.

        :raises LeaseLost: another worker is at it, so this one must not POST
        """
        # The first of several is kept: Gmail may still have been busy with its message
        # when it was looked for.
        self.attempt_date = self.attempt_date or fields.Datetime.now()
        self._hold(beside=timedelta(seconds=longest_send(size)))

    def _check_sender(self, client):
        """Gmail quietly replaces a From that is no send-as address any more (B1).

        :raises SenderGone: it would leave from another address than the user chose
        """
        account = self.account_id
        if account._is_main_address(self.email_from):
            return
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        account._note_send_as(client.send_as())
        self.env.cr.commit()  # known from now on, whatever becomes of the message
        if not account._owns(self.email_from):
            raise SenderGone(self.email_from)

    # ------------------------------------------------------------
    # ADOPT
    # ------------------------------------------------------------

    def _adopt(self, gmail_message_id, gmail_thread_id, subject=None):
        """Gmail took the message: store its ids, bind the thread, tell the chatter.

        :param subject: the one that it was sent with, if known
        """
        if self.state == "sent":
            return
        self._drop_discovered(gmail_message_id)
        subject = subject or self._subject(self._conversation())
        self.write(
            {
                "state": "sent",
                "gmail_message_id": gmail_message_id,
                "gmail_thread_id": gmail_thread_id,
                "date": fields.Datetime.now(),
                "attempt_date": False,
                "retry_after": False,
                "error": False,
                "awaits_connection": False,
            }
        )
        self.flush_recordset()  # a sync that finds it from here on has to wait
        self._bind_sent(subject)
        self._tell_sent()

    def _drop_discovered(self, gmail_message_id):
        """The sync may have found the message before the sender could write it down."""
        found = self.search(
            [
                ("account_id", "=", self.account_id.id),
                ("gmail_message_id", "=", gmail_message_id),
                ("id", "!=", self.id),
            ]
        )
        found.unlink()
        self.env.flush_all()

    def _adopt_found(self, found, envelope):
        """The sync found a message that carries this row's key (B8, C13)."""
        if (
            self.state == "pending"
            and (self.lease_until or fields.Datetime.now()) > fields.Datetime.now()
        ):
            found.retry_after = self.lease_until  # its sender is about to adopt it
            return
        if self.state in ("pending", "failed"):
            self._adopt(envelope.gmail_id, envelope.thread_id)
        found.exists().unlink()
        self._note_envelope(envelope)

    @api.model
    def _read_back(self, account, client):
        """Store the Message-IDs that Gmail gave to what was sent, and Gmail's dates.

        Answers are recognised and threads continued by them. What cannot be read now
        is read before the next message is sent, or with the next sync.
        """
        rows = self.search(
            [
                ("account_id", "=", account.id),
                ("state", "=", "sent"),
                ("rfc_message_id", "=", False),
                ("date", ">", fields.Datetime.now() - READ_BACK_DURING),
            ]
        )
        ids = rows.mapped("gmail_message_id")
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        answers = client.headers(ids)
        for row in rows:
            answer = answers[row.gmail_message_id]
            if not isinstance(answer, errors.GoogleError):
                row._note_envelope(envelope_of(answer))

    def _note_envelope(self, envelope):
        if self.state == "sent":
            self.write({"rfc_message_id": envelope.message_id, "date": envelope.date})

    # ------------------------------------------------------------
    # NOT SENT
    # ------------------------------------------------------------

    def _note_not_sent(self, error):
        """Write down why it did not leave, and when it is tried again, if ever."""
        if self.state == "sent":
            return  # only reading back failed
        if isinstance(error, LOST_RACES) and self.attempts + 1 < MAX_ATTEMPTS:
            self.attempts += 1
            self._trigger_send()
            return
        if not isinstance(error, EXPECTED_ERRORS):
            _logger.error("Message row %s: not sent", self.id, exc_info=error)
        if isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            self.account_id._need_reconnect()
        if isinstance(error, vault.CannotDecrypt):
            self.account_id.last_error = self._words(error)
        is_final = isinstance(error, FINAL_ERRORS + CONNECTION_ERRORS)
        if is_final or self.attempts + 1 >= MAX_ATTEMPTS:
            self._fail(error)
        else:
            self._retry_send(error)

    def _retry_send(self, error):
        wait = min(BACKOFF * 2**self.attempts, LONGEST_BACKOFF)
        if isinstance(error, errors.OutcomeUnknown):
            wait = LOOK_UP_AFTER
        at = getattr(error, "retry_at", None) or fields.Datetime.now() + wait
        self.write(
            {
                "attempts": self.attempts + 1,
                "error": self._words(error),
                "retry_after": at,
            }
        )
        if isinstance(error, errors.RateLimited):
            self.account_id.retry_after = at  # the mailbox as a whole is to wait
        self._trigger_send(at)
        self.mail_message_ids._notify_message_notification_update()

    def _fail(self, error):
        self.write(
            {
                "state": "failed",
                "error": self._words(error),
                "retry_after": getattr(error, "retry_at", False),
                "awaits_connection": isinstance(error, CONNECTION_ERRORS),
            }
        )
        self._tell_failed()

    @api.model
    def _fail_waiting(self):
        """Mark failed what has not left, so that no other server sends it (B5, B8)."""
        for row in self.search(WAITING, order="id"):
            row._fail(NotConnected("disconnected", bool(row.attempt_date)))

    def _words(self, error):
        return sentence_of(self.account_id._in_language_of_owner().env, error)

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    def _tell_sent(self):
        """Show where Odoo's users look, its email and notifications, that it left.

        Who has no address, or one that is none, did not get it and is shown so.
        """
        mail = self.mail_mail_id
        reached = self._reached()
        unreached = mail.recipient_ids - reached
        is_wrong = any(unreached.mapped("email"))
        failure = "mail_email_invalid" if is_wrong else "mail_email_missing"
        mail.write({"state": "sent", "failure_type": False, "failure_reason": False})
        mail._postprocess_sent_message(
            success_pids=reached,
            success_emails=email_split(mail.email_to or ""),
            failure_type=failure if unreached else None,
        )
        self.mail_message_ids._notify_message_notification_update()

    def _tell_failed(self):
        mail = self.mail_mail_id
        values = {"failure_type": "unknown", "failure_reason": self.error}
        mail.write({"state": "exception", **values})
        mail._postprocess_sent_message(
            success_pids=mail.recipient_ids.browse(), success_emails=[], **values
        )
