from datetime import timedelta

from odoo import api, fields, models

from ..rules.matching import REASONS

SKIPPED_KEPT_DAYS = 30


class GmailMessage(models.Model):
    """A message of a mailbox: queue, idempotency key and journal in one (spec E4).

    Incoming rows are made when the sync discovers a Gmail id, in the transaction
    that moves the cursor; outgoing ones in the transaction that posts the message.
    From then on a crash costs nothing: whatever is ``pending`` is taken up again.
    """

    _name = "gmail.message"
    _description = "Message of a Gmail mailbox"
    _rec_name = "gmail_message_id"
    _order = "id desc"

    account_id = fields.Many2one(
        "gmail.account", "Mailbox", index=True, ondelete="cascade"
    )
    auto_bcc_user_id = fields.Many2one(
        "res.users",
        "Auto-BCC of",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="Whose Auto-BCC address it came to; such mail is of no mailbox",
    )
    gmail_message_id = fields.Char("Gmail id", index=True)
    gmail_thread_id = fields.Char("Gmail thread id", index=True)
    thread_id = fields.Many2one(
        "gmail.thread", "Conversation", index="btree_not_null", ondelete="set null"
    )
    rfc_message_id = fields.Char("Message-ID", index="btree_not_null")
    direction = fields.Selection([("in", "Received"), ("out", "Sent")])
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("imported", "Imported"),
            ("sent", "Sent"),
            ("skipped", "Not imported"),
            ("failed", "Failed"),
        ],
        default="pending",
        required=True,
        index=True,
    )
    reason = fields.Selection(list(REASONS))
    mail_message_ids = fields.Many2many("mail.message", string="Messages")
    email_from = fields.Char("From")
    email_to = fields.Text("To")
    email_cc = fields.Text("Cc")
    email_bcc = fields.Text("Bcc", groups="base.group_user")
    date = fields.Datetime(help="Gmail's date of the message")
    error = fields.Char("What went wrong", readonly=True)
    attempts = fields.Integer(readonly=True)
    retry_after = fields.Datetime(
        "Not before", help="The next attempt is not made earlier"
    )

    _gmail_id_once_per_mailbox = models.Constraint(
        "UNIQUE(account_id, gmail_message_id)",
        "This message of the mailbox is already known.",
    )

    def _owner(self):
        """The user whose mail it is: the mailbox's, or the Auto-BCC address's."""
        return self.account_id.user_id or self.auto_bcc_user_id

    def _own_keys(self):
        """Addresses that are the owner's own, by the way that the mail came (C18, D2)."""
        if self.account_id:
            return self.account_id._own_keys()
        return self.auto_bcc_user_id._own_email_keys()

    @api.model
    def _due(self, domain):
        """Rows that wait and whose time has come, the oldest first."""
        return self.search(
            [
                ("state", "=", "pending"),
                "|",
                ("retry_after", "=", False),
                ("retry_after", "<=", fields.Datetime.now()),
                *domain,
            ],
            order="id",
        )

    def _skip(self, reason):
        """Keep nothing but the id and why (C20)."""
        self.write(
            {
                "state": "skipped",
                "reason": reason,
                "direction": False,
                "gmail_thread_id": False,
                "retry_after": False,
                "error": False,
            }
        )

    @api.autovacuum
    def _gc_skipped(self):
        days = int(self.env["gmail.account"]._parameter("journal_days", 0))
        before = fields.Datetime.now() - timedelta(days=days or SKIPPED_KEPT_DAYS)
        self.search(
            [
                ("state", "=", "skipped"),
                ("reason", "!=", "deleted"),
                ("write_date", "<", before),
            ],
            limit=10000,
        ).unlink()
