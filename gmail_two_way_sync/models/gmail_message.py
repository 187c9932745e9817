from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..rules.matching import REASONS

SKIPPED_KEPT_DAYS = 30
NOTHING_KNOWN = {
    name: False
    for name in (
        *("direction", "gmail_thread_id", "thread_id", "rfc_message_id", "date"),
        *("email_from", "email_to", "email_cc", "email_bcc", "size", "targets"),
        *("reason", "error", "retry_after", "attempts"),
    )
}


class GmailMessage(models.Model):
    """A message of a mailbox: queue, idempotency key and journal in one (spec E4).

    Incoming rows are made when the sync discovers a Gmail id, in the transaction
    that moves the cursor; outgoing ones in the transaction that posts the message.
    From then on a crash costs nothing: whatever is ``pending`` is taken up again.
    """

    _name = "gmail.message"
    _inherit = ["gmail.lease", "gmail.access.mixin"]
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
    snippet = fields.Char("Beginning", compute="_compute_snippet")
    gmail_url = fields.Char(compute="_compute_gmail_url")
    size = fields.Integer("Bytes", readonly=True)
    targets = fields.Json(
        readonly=True,
        help="What it was decided to be imported on: model, id and contact of each",
    )
    original = fields.Binary(
        readonly=True,
        help="The message as Gmail has it (.eml), if it could not be imported",
    )
    error = fields.Char("What went wrong", readonly=True)
    attempts = fields.Integer(readonly=True)
    retry_after = fields.Datetime(
        "Not before", help="The next attempt is not made earlier"
    )

    _gmail_id_once_per_mailbox = models.Constraint(
        "UNIQUE(account_id, gmail_message_id)",
        "This message of the mailbox is already known.",
    )

    def _compute_snippet(self):
        readable = self.mail_message_ids._filtered_access("read")
        for row in self:
            row.snippet = (row.mail_message_ids & readable)[:1].preview

    @api.depends_context("uid")
    def _compute_gmail_url(self):
        for row in self:
            # sudo: gmail.account - whose it is decides who gets the link
            account = row.sudo().account_id
            row.gmail_url = account._gmail_url(
                row.gmail_thread_id or row.gmail_message_id
            )

    def _owner(self):
        """The user whose mail it is: the mailbox's, or the Auto-BCC address's."""
        return self.account_id.user_id or self.auto_bcc_user_id

    def _own_keys(self):
        """The owner's own addresses, by the way that the mail came (C18, D2)."""
        if self.account_id:
            return self.account_id._own_keys()
        return self.auto_bcc_user_id._own_email_keys()

    def _permitted(self, operation):
        """The owner's; and what is on messages, for those who may read these (E8)."""
        rows = self.sudo()
        messages = rows.mail_message_ids.sudo(False)
        readable = set(messages._filtered_access("read")._ids)
        return rows.filtered(
            lambda row: (
                row._owner() == self.env.user
                or not readable.isdisjoint(row.mail_message_ids._ids)
            )
        ).sudo(self.env.su)

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

    def action_open_in_gmail(self):
        """Open the message's thread in Gmail; for the mailbox's owner."""
        return {"type": "ir.actions.act_url", "url": self.gmail_url, "target": "new"}

    def action_retry(self):
        """Try again to import messages that failed; for their mailbox's owner.

        :raises AccessError: a message is of somebody else's mailbox
        """
        if self.account_id.sudo().user_id - self.env.user:
            raise AccessError(
                self.env._("Only the owner of a mailbox can import its messages.")
            )
        # sudo: gmail.message - nobody may write the queue directly
        self.sudo()._try_again()
        return True

    def _try_again(self):
        """Put messages that could not be imported back into the queue."""
        failed = self.filtered(
            lambda row: row.state == "failed" and not row.sending_key
        )
        failed.write({**NOTHING_KNOWN, "state": "pending", "original": False})
        if failed:
            self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger()

    def _skip(self, reason):
        """Keep nothing but the id and why (C20)."""
        skipped = {"state": "skipped", "reason": reason, "wished": False}
        self.write({**NOTHING_KNOWN, **skipped})

    def _forget(self):
        """A message was deleted in Odoo: keep its ids, so that it stays deleted (E7).

        Direction and date stay, too: what left counts for the daily limit (B5).
        """
        content = dict.fromkeys(("email_from", "email_to", "email_cc", "email_bcc"))
        self.write({"state": "skipped", "reason": "deleted", "error": False, **content})

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
