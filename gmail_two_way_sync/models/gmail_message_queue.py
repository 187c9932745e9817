import secrets
from datetime import timedelta

from odoo import fields, models
from odoo.tools.misc import clean_context

from .sentences import LeftToOriginal

RESUMED = timedelta(hours=24)


class GmailMessage(models.Model):
    """Mail out: queued with the posting, cancelled with it, put back when it failed.

    What Odoo's users and administrators look at are the ``mail.mail`` and the
    ``mail.notification`` records; the row follows what they do with those.
    """

    _inherit = "gmail.message"

    sending_key = fields.Char(index="btree_not_null", readonly=True, copy=False)
    mail_mail_id = fields.Many2one(
        "mail.mail", "Email", index="btree_not_null", ondelete="set null", readonly=True
    )
    answers_id = fields.Many2one("mail.message", ondelete="set null", readonly=True)
    opens_thread = fields.Boolean("Opens a new Gmail thread", readonly=True)
    document_name = fields.Char(
        "Document", readonly=True, help="What it is called, if the message sends one"
    )
    awaits_connection = fields.Boolean(
        readonly=True,
        help="It failed only because the mailbox has to be connected again",
    )

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    def _queue_message(self, account, message, outside, posting, options):
        """Queue one email to all people outside of a posted message (B1).

        :param account: the mailbox that it leaves from
        :param outside: recipients data as ``_notify_get_recipients`` gives them
        :param posting: values of ``mail.thread._gmail_posting``
        :param options: those of ``mail.thread._notify_thread_by_email``
        :raises UserError: it is too big (B6)
        """
        # Defaults in the context are meant for the record that is posted on.
        cleaned = clean_context(self.env.context)
        self = self.with_context(cleaned)  # pylint: disable=context-overridden
        row = self.create(
            {
                "account_id": account.id,
                "direction": "out",
                "sending_key": secrets.token_urlsafe(24),
                "mail_message_ids": [fields.Command.set(message.ids)],
                "email_from": account._sender_of(message),
                "email_to": self._recipients_of(outside),
                "email_cc": posting["email_cc"],
                "email_bcc": posting["email_bcc"],
                "document_name": self._document_name_of(
                    message,
                    options.get("model_description"),
                    next((each["lang"] for each in outside), False),
                ),
                "answers_id": posting["answers_id"],
                "opens_thread": posting["opens_thread"],
                "date": fields.Datetime.now(),
            }
        )
        row._check_size()
        row.mail_mail_id = row._create_mail(
            outside, options.get("mail_auto_delete", True)
        )
        row._trigger_send()
        return row

    def _create_mail(self, outside, auto_delete):
        """The ``mail.mail`` and the notifications that Odoo's users look at."""
        message = self.mail_message_ids
        copies = [] if outside else self._copies_as_recipients()
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
                "email_cc": self.email_cc,
                "auto_delete": auto_delete,
            }
        )
        self.env["mail.notification"].create(
            [self._notification_values(mail, each) for each in outside or copies]
        )
        return mail

    def _notification_values(self, mail, recipient):
        message = self.mail_message_ids
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
        # sudo: ir.cron - whoever posts may have the mail sent
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_send").sudo()._trigger(at)

    # ------------------------------------------------------------
    # CANCEL
    # ------------------------------------------------------------

    def _cancel(self):
        """Its message or its email was taken back before it left (B10)."""
        mails = self.mail_mail_id
        self._skip("cancelled")
        mails.state = "cancel"
        self.env["mail.notification"].search(
            [("mail_mail_id", "in", mails.ids)]
        ).notification_status = "canceled"

    def _cancel_waiting(self):
        """Cancel those that certainly did not leave yet."""
        waiting = self.filtered(
            lambda row: row.state in ("pending", "failed") and not row.attempt_date
        )
        for row in waiting:
            row._cancel()

    # ------------------------------------------------------------
    # SEND AGAIN
    # ------------------------------------------------------------

    def _send_again(self):
        """Put failed rows back into the queue (B7)."""
        failed = self.filtered(lambda row: row.state == "failed" and row.sending_key)
        for row in failed:
            row._move_to_live_mailbox()
        failed.write(
            {
                "state": "pending",
                "attempts": 0,
                "retry_after": False,
                "error": False,
                "awaits_connection": False,
            }
        )
        mails = failed.mail_mail_id
        mails.write(
            {"state": "outgoing", "failure_type": False, "failure_reason": False}
        )
        self.env["mail.notification"].search(
            [
                ("mail_mail_id", "in", mails.ids),
                ("notification_status", "=", "exception"),
            ]
        ).write(
            {
                "notification_status": "ready",
                "failure_type": False,
                "failure_reason": False,
            }
        )
        if failed:
            self._trigger_send()

    def _move_to_live_mailbox(self):
        """Let it leave from the mailbox that its sender has now (A6).

        Not if it may have left already: only the old mailbox could tell.
        """
        message = self.mail_message_ids
        account = self.account_id._live_of(message.create_uid)
        ended = self.account_id.state == "disconnected"
        if ended and not self.attempt_date and account._is_sender(message):
            self.write(
                {"account_id": account.id, "email_from": account._sender_of(message)}
            )

    def _resume(self, account):
        """The mailbox is connected again: send what failed only for that (A8)."""
        self.search(
            [
                ("account_id", "=", account.id),
                ("state", "=", "failed"),
                ("awaits_connection", "=", True),
                ("date", ">", fields.Datetime.now() - RESUMED),
            ]
        )._send_again()

    def _leave_to_original(self, account):
        """What waited when the database was copied leaves from the original (B8, F3).

        It counts as begun: if it is sent again here, it is looked up in the mailbox.
        """
        for row in self.search(
            [
                ("account_id", "=", account.id),
                ("sending_key", "!=", False),
                "|",
                ("state", "=", "pending"),
                ("awaits_connection", "=", True),
            ]
        ):
            row.attempt_date = row.attempt_date or row.create_date
            row._fail(LeftToOriginal())
