import logging
import secrets
from contextlib import closing
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.service.model import retrying

from ..google import errors
from ..google.transport import longest_send
from ..rules.compose import Unsendable
from ..rules.envelope import SENDING_KEY_HEADER, from_headers
from ..tools import vault
from .gmail_lease import LOST_RACES
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

LOOK_UP_AFTER = timedelta(minutes=1)
BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
MAX_ATTEMPTS = 12
FINAL_ERRORS = (errors.Refused, errors.SendingLimitReached, Unsendable)


class GmailMessage(models.Model):
    """Mail out: queue with the posting, send once, adopt what Gmail made of it.

    A row is claimed (lease and attempt committed) before its POST. Whoever finds a
    claimed row whose lease ran out, or a send whose outcome Google left open, looks
    for the row's key among the sent messages before anything is POSTed again (B8).
    """

    _inherit = "gmail.message"
    _lease = timedelta(minutes=1)

    sending_key = fields.Char(index="btree_not_null", readonly=True, copy=False)
    mail_mail_id = fields.Many2one(
        "mail.mail", "Email", index="btree_not_null", ondelete="set null", readonly=True
    )
    answers_id = fields.Many2one(
        "mail.message", "Answers", ondelete="set null", readonly=True
    )
    opens_thread = fields.Boolean("Opens a new Gmail thread", readonly=True)
    attempt_date = fields.Datetime(
        "Sending begun", readonly=True, help="Set while nobody knows the outcome"
    )

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    def _queue_message(self, account, message, outside, posting):
        """Queue one email to all people outside of a posted message (B1).

        :param account: the mailbox that it leaves from
        :param outside: recipients data as ``_notify_get_recipients`` gives them
        :param posting: values of ``mail.thread._gmail_posting``
        """
        mail = self._create_mail(message, outside, posting)
        row = self.create(
            {
                "account_id": account.id,
                "direction": "out",
                "sending_key": secrets.token_urlsafe(24),
                "mail_message_ids": [fields.Command.set(message.ids)],
                "mail_mail_id": mail.id,
                "email_from": account._sender_of(message),
                "email_to": self._recipients_of(outside),
                "date": fields.Datetime.now(),
                **posting,
            }
        )
        row._trigger_send()
        return row

    def _create_mail(self, message, outside, posting):
        """The ``mail.mail`` and the notifications that Odoo's users look at."""
        mail = self.env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "body_html": message.body,
                "recipient_ids": [
                    fields.Command.link(each["id"]) for each in outside if each["id"]
                ],
                "email_to": ", ".join(
                    each["email_normalized"] for each in outside if not each["id"]
                ),
                "email_cc": posting["email_cc"],
                "auto_delete": True,
            }
        )
        self.env["mail.notification"].create(
            [self._notification_values(message, mail, each) for each in outside]
        )
        return mail

    def _notification_values(self, message, mail, recipient):
        return {
            "author_id": message.author_id.id,
            "is_read": True,
            "mail_message_id": message.id,
            "mail_mail_id": mail.id,
            "notification_status": "ready",
            "notification_type": "email",
            "res_partner_id": recipient["id"],
            "mail_email_address": not recipient["id"] and recipient["email_normalized"],
        }

    def _trigger_send(self, at=None):
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_send").sudo()._trigger(at)

    # ------------------------------------------------------------
    # SEND
    # ------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Scheduled action: send what is due, one mailbox's trouble is not another's."""
        progress = self.env["ir.cron"]
        rows = self._sendable()
        progress._commit_progress(remaining=len(rows))
        for row in rows:
            claimed = row._claim()
            if claimed:
                claimed._send_claimed()
            if not progress._commit_progress(1):
                break

    @api.model
    def _sendable(self):
        """Due rows, of each record only the oldest: later ones continue its thread."""
        waiting = self.search(
            [("state", "=", "pending"), ("sending_key", "!=", False)], order="id"
        )
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
        message = self.mail_message_ids
        if not message or message._filter_empty():
            self._cancel()
            return
        if self.account_id.state != "connected":
            raise errors.TokenRefused()
        with closing(self.account_id._client()) as client:
            sent = self._look_up(client) or self._post_to_gmail(client)
            self._adopt(sent.id, sent.thread_id)
            self.account_id._keep_tokens(client)
            self.env.cr.commit()  # it left: nothing that follows may undo this
            self._read_back(client)

    def _look_up(self, client):
        """What an earlier attempt with unknown outcome left in the mailbox, if any."""
        if not self.attempt_date:
            return None
        key = self.sending_key
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        return client.find_sent(SENDING_KEY_HEADER, key)

    def _post_to_gmail(self, client):
        thread = self._conversation()
        mime = self._compose(thread)
        in_mailbox = thread.filtered(lambda each: each.account_id == self.account_id)
        thread_id = in_mailbox.gmail_thread_id or None
        self._begin_attempt(len(mime))  # no query from here on: nothing is locked
        try:
            try:
                return client.send(mime, thread_id)
            except errors.NotFound:
                # Deleted in Gmail; the headers still thread it for its recipients.
                return client.send(mime, None)
        except errors.OutcomeUnknown:
            raise
        except errors.GoogleError:
            self.attempt_date = False
            self.env.cr.commit()  # Gmail does not have it: nothing to look up
            raise

    def _begin_attempt(self, size):
        """Put the attempt on record; from here on only Gmail knows.

        :raises LeaseLost: another worker is at it, so this one must not POST
        """
        self.attempt_date = fields.Datetime.now()
        self._hold(beside=timedelta(seconds=longest_send(size)))

    # ------------------------------------------------------------
    # ADOPT
    # ------------------------------------------------------------

    def _adopt(self, gmail_message_id, gmail_thread_id):
        """Gmail took the message: store its ids, bind the thread, tell the chatter."""
        if self.state == "sent":
            return
        self._drop_discovered(gmail_message_id)
        self.write(
            {
                "state": "sent",
                "gmail_message_id": gmail_message_id,
                "gmail_thread_id": gmail_thread_id,
                "date": fields.Datetime.now(),
                "attempt_date": False,
                "retry_after": False,
                "error": False,
            }
        )
        self.flush_recordset()  # a sync that finds it from here on has to wait
        self._bind_sent()
        self._tell(False)

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
        if self.state == "pending" and (
            self.lease_until or fields.Datetime.now()
        ) > fields.Datetime.now():
            found.retry_after = self.lease_until  # its sender is about to adopt it
            return
        if self.state in ("pending", "failed"):
            self._adopt(envelope.gmail_id, envelope.thread_id)
        found.exists().unlink()
        self._note_envelope(envelope)

    def _read_back(self, client):
        """Store the Message-ID that Gmail gave the message, and Gmail's date.

        If this fails the message is sent all the same: the sync reads it later.
        """
        answer = client.headers([self.gmail_message_id])[self.gmail_message_id]
        if isinstance(answer, errors.GoogleError):
            return
        self._note_envelope(
            from_headers(
                answer.id,
                answer.thread_id,
                answer.label_ids,
                answer.internal_date,
                answer.size,
                answer.headers,
            )
        )

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
        if isinstance(error, errors.OutcomeUnknown):
            self._retry_send(error, LOOK_UP_AFTER)
            return
        if isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            self.account_id._need_reconnect()
            self._fail(error)
            return
        if not isinstance(error, errors.GoogleError | Unsendable | vault.CannotDecrypt):
            _logger.error("Message row %s: not sent", self.id, exc_info=error)
        if isinstance(error, FINAL_ERRORS) or self.attempts + 1 >= MAX_ATTEMPTS:
            self._fail(error)
            return
        self._retry_send(error, BACKOFF * 2**self.attempts)

    def _retry_send(self, error, wait):
        at = getattr(error, "retry_at", None) or (
            fields.Datetime.now() + min(wait, LONGEST_BACKOFF)
        )
        self.write(
            {
                "attempts": self.attempts + 1,
                "error": self._words(error),
                "retry_after": at,
            }
        )
        self._trigger_send(at)

    def _fail(self, error):
        self.write(
            {"state": "failed", "error": self._words(error), "retry_after": False}
        )
        self._tell(self.error)

    def _words(self, error):
        return sentence_of(self.account_id._in_language_of_owner().env, error)

    def _cancel(self):
        """The message was deleted before it left: nothing is sent (B10)."""
        self._skip("cancelled")
        self.mail_mail_id.cancel()
        self.env["mail.notification"].search(
            [("mail_mail_id", "in", self.mail_mail_id.ids)]
        ).notification_status = "canceled"

    def _send_again(self):
        """Put failed rows back into the queue."""
        failed = self.filtered(lambda row: row.state == "failed" and row.sending_key)
        failed.write(
            {"state": "pending", "attempts": 0, "retry_after": False, "error": False}
        )
        self.env["mail.notification"].search(
            [("mail_mail_id", "in", failed.mail_mail_id.ids)]
        ).write({"notification_status": "ready", "failure_type": False})
        failed.mail_mail_id.write({"state": "outgoing"})
        if failed:
            self._trigger_send()

    def _tell(self, failure):
        """Show what became of it where Odoo's users look: mail and notifications."""
        mail = self.mail_mail_id
        if not mail:
            return
        mail.write(
            {
                "state": "exception" if failure else "sent",
                "failure_type": "unknown" if failure else False,
                "failure_reason": failure,
            }
        )
        mail._postprocess_sent_message(
            success_pids=mail.recipient_ids.browse(),
            success_emails=[],
            failure_reason=failure,
            failure_type="unknown" if failure else None,
        )
        if not failure:
            self.mail_message_ids._notify_message_notification_update()
