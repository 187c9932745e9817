from datetime import timedelta

from odoo import fields, models

from ..google import errors

DEFAULT_DAILY_LIMIT = 500
WINDOW = timedelta(days=1)
# How near the limit is when Gmail is asked what it sent: nobody writes as many
# messages in Gmail between two syncs.
NEAR = 50
SYNCED_WITHIN = timedelta(minutes=15)
COUNT_AGAIN_AFTER = timedelta(hours=1)


class GmailAccount(models.Model):
    """The daily limit (B5): what left the mailbox in 24 hours, by whichever program.

    Of private mail only Gmail ids are kept (C20), so Gmail is asked how many messages
    were sent: by the sync when it saw one, and before sending when the limit is near.
    """

    _inherit = "gmail.account"

    daily_limit = fields.Integer(
        "Daily limit",
        help="Messages per 24 hours from this mailbox; 0 takes the general setting",
    )
    sent_last_day = fields.Integer(
        "Sent in the last 24 hours", compute="_compute_sent_last_day"
    )
    sent_elsewhere = fields.Integer(
        readonly=True, help="Messages of the last 24 hours that are on no record"
    )
    sent_counted_date = fields.Datetime(
        "Counted on", readonly=True, help="Empty when it has to be counted again"
    )

    def _compute_sent_last_day(self):
        # sudo: gmail.message - their number discloses none of them
        rows = self.env["gmail.message"].sudo()
        counts = dict(
            rows._read_group(self._sent_domain(), ["account_id"], ["__count"])
        )
        old = fields.Datetime.now() - WINDOW
        for account in self:
            counted = account.sent_counted_date
            elsewhere = 0 if counted and counted < old else account.sent_elsewhere
            account.sent_last_day = elsewhere + counts.get(account.sudo(), 0)

    def _sent_domain(self):
        """What left in the last 24 hours and is, or was, on a record."""
        return [
            ("account_id", "in", self.ids),
            ("direction", "=", "out"),
            ("state", "in", ("sent", "imported", "skipped")),
            ("date", ">=", fields.Datetime.now() - WINDOW),
        ]

    def _limit(self):
        """Messages that may leave per rolling 24 hours (B5)."""
        general = self._parameter("daily_limit", DEFAULT_DAILY_LIMIT)
        return self.daily_limit or int(general) or DEFAULT_DAILY_LIMIT

    def _check_limit(self, client):
        """Make sure that one more message may leave.

        :raises SendingLimitReached: not before its ``retry_at``
        """
        limit = self._limit()
        if self.sent_last_day + NEAR < limit and self._is_synced():
            return
        ids = self._count_sent(client)
        if len(ids) >= limit:
            at = self._free_from(client, ids[limit - 1])
            raise errors.SendingLimitReached("", "limit", at)

    def _is_synced(self):
        recently = fields.Datetime.now() - SYNCED_WITHIN
        return bool(self.last_sync_date) and self.last_sync_date > recently

    def _count_sent(self, client):
        """Ask Gmail for the messages that were sent; :return: ids, the newest first."""
        now = fields.Datetime.now()
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        asked = client.sent_since(now - WINDOW)
        # Gmail's search may not know the newest ones yet.
        rows = self.env["gmail.message"].search(self._sent_domain())
        ours = rows.mapped("gmail_message_id")
        ids = [*(each for each in ours if each not in asked), *asked]
        self.write({"sent_elsewhere": len(ids) - len(ours), "sent_counted_date": now})
        return ids

    def _count_sent_if_stale(self, client):
        """Count again after private mail was seen, or when older ones drop out."""
        counted, now = self.sent_counted_date, fields.Datetime.now()
        if not counted or (self.sent_elsewhere and counted < now - COUNT_AGAIN_AFTER):
            self._count_sent(client)

    def _free_from(self, client, message_id):
        """When the message that is one too many is 24 hours old."""
        answer = client.headers([message_id], ("Date",))[message_id]
        if isinstance(answer, errors.GoogleError):
            return fields.Datetime.now() + timedelta(hours=1)
        return answer.internal_date + WINDOW
