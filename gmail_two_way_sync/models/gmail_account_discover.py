from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..google import errors
from ..google.search import after

RELIST_MARGIN = timedelta(hours=1)
RELIST_NEWEST = 100
OWN_ADDRESSES_HOLD = timedelta(days=1)
LEFT_LABELS = {"SPAM", "TRASH", "DRAFT"}
CAME_LABELS = {"INBOX", "SENT"}


class GmailAccount(models.Model):
    """Mail in: which messages of the mailbox are new."""

    _inherit = "gmail.account"

    def _discover(self, client):
        """Write down every new id of the mailbox and move the cursor, at once."""
        added, again, cursor = {}, set(), None
        start = int(self.history_id)
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        try:
            for page in client.history(start):
                # Of the first page: what comes in while paging is asked for again.
                cursor = cursor or page.history_id
                for change in page.changes:
                    _note_change(change, added, again)
        except errors.HistoryExpired:
            added, cursor = self._relist(client)
        self._queue(added)
        self._look_again(again)
        self._keep_tokens(client)
        self.history_id = str(max(cursor or 0, int(self.history_id)))
        self._hold()  # commits: from here on the rows are the queue

    def _read_own_addresses(self, client):
        """Once a day: which verified addresses the mailbox sends from by now (C18)."""
        now = fields.Datetime.now()
        if self.send_as_date and self.send_as_date > now - OWN_ADDRESSES_HOLD:
            return
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        self._note_send_as(client.send_as())

    def _relist(self, client):
        """What the mailbox got since the last sync, when Gmail forgot the cursor (A8).

        :return: ids with their thread ids, the oldest first, and the cursor from
            before listing
        """
        since = self.connected_date  # older mail is never imported (A5)
        if self.last_sync_date:
            since = max(since, self.last_sync_date - RELIST_MARGIN)
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        cursor = client.profile().history_id
        # With spam and trash: what leaves them later is known by its row only (C1).
        newest = client.list_messages(limit=RELIST_NEWEST, everywhere=True).ids
        found = self._listed_since(client, since)
        # Gmail's search knows a message only some minutes after its mailbox does.
        unlisted = [each for each in newest if each[0] not in found]
        dates = client.headers([message_id for message_id, _thread in unlisted], ())
        late = {
            message_id: thread_id
            for message_id, thread_id in unlisted
            if getattr(dates[message_id], "internal_date", since) >= since
        }
        return dict(reversed([*late.items(), *found.items()])), cursor

    def _listed_since(self, client, since):
        """Ids with their thread ids that Gmail's search finds, the newest first.

        :param since: naive UTC
        """
        query = after(since)
        found, token = {}, None
        while True:
            page = client.list_messages(query, page_token=token, everywhere=True)
            found.update(page.ids)
            token = page.next_page_token
            if not token:
                return found

    def _queue(self, ids):
        """Insert a pending row per id; known ones stay as they are.

        :param ids: thread ids by message id, the oldest message first
        :return: the rows that wait for this caller
        """
        if not ids:
            return self.env["gmail.message"]
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s, 'pending', 0, %s, now() at time zone 'utc',"
                " %s, now() at time zone 'utc')",
                self.id,
                message_id,
                thread_id,
                self.env.uid,
                self.env.uid,
            )
            for message_id, thread_id in ids.items()
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO gmail_message (account_id, gmail_message_id,"
                " gmail_thread_id, state, attempts, create_uid, create_date,"
                " write_uid, write_date) VALUES %s"
                " ON CONFLICT (account_id, gmail_message_id) DO NOTHING RETURNING id",
                values,
            )
        )
        added = [row_id for [row_id] in self.env.cr.fetchall()]
        self.env["gmail.message"].invalidate_model()
        return self.env["gmail.message"].browse(added) | self._take_over(list(ids))

    def _take_over(self, ids):
        """What only waits to be imported as past mail is the caller's from now on.

        New mail is never silent, and never lost with an import that is cancelled (E5).
        """
        rows = self.env["gmail.message"].search(
            [
                ("account_id", "=", self.id),
                ("gmail_message_id", "in", ids),
                ("state", "=", "pending"),
                ("past_import_id", "!=", False),
            ]
        )
        rows.past_import_id = False
        return rows

    def _look_again(self, ids):
        """Messages that left spam, the trash or the drafts are new ones now (C1)."""
        self.env["gmail.message"].search(
            [
                ("account_id", "=", self.id),
                ("gmail_message_id", "in", list(ids)),
                ("state", "=", "skipped"),
                ("reason", "in", ("spam", "trash", "draft")),
            ]
        ).write({"state": "pending", "reason": False})


def _note_change(change, added, again):
    """Sort a change of the mailbox into new messages and ones to look at again.

    Scheduled messages and drafts become mail by a label only.
    """
    if change.kind == "added" and "DRAFT" not in change.label_ids:
        added[change.message_id] = change.thread_id
    elif change.kind == "label_added" and change.changed & CAME_LABELS:
        again.add(change.message_id)
        if "SENT" in change.changed:
            added[change.message_id] = change.thread_id
    elif change.kind == "label_removed" and change.changed & LEFT_LABELS:
        again.add(change.message_id)
