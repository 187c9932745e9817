import logging
import time
from contextlib import closing
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..google import errors
from ..rules import envelope as envelopes
from ..rules import matching
from ..tools import vault
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
RELIST_MARGIN = timedelta(hours=1)
DECIDE_BATCH = 50
RUN_SECONDS = 120
IMPORT_BATCH_BYTES = 20 * 1024 * 1024
LEFT_LABELS = {"SPAM", "TRASH", "DRAFT"}


class GmailAccount(models.Model):
    """Mail in: discover, decide, import.

    Discovering writes a row per new Gmail id and moves the cursor in one
    transaction; deciding and importing take the rows up from there, batch by batch,
    each committed. No transaction is open while Google is waited for.
    """

    _inherit = "gmail.account"

    @api.model
    def _cron_sync(self):
        """Scheduled action: sync every live mailbox, whatever happens to the others.

        What waits to be sent goes first: the scheduled action that sends is triggered
        by every message, and this is its safety net.
        """
        self.env["gmail.message"]._cron_send()
        accounts = self._due_for_sync()
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(accounts))
        for account in accounts:
            account._sync()
            if not progress._commit_progress(1):
                break

    @api.model
    def _due_for_sync(self):
        """Connected mailboxes of this database, the longest waiting first."""
        now = fields.Datetime.now()
        return self.search(
            [
                ("state", "=", "connected"),
                ("database_uuid", "=", self._database_uuid()),
                "|",
                ("retry_after", "=", False),
                ("retry_after", "<=", now),
            ],
            order="last_sync_date nulls first, id",
        )

    def _sync(self):
        """Sync one mailbox; commits as it goes, and never raises for its failures."""
        self.ensure_one()
        if not self._claim():
            return
        try:
            with closing(self._client()) as client:
                self._sync_with(client)
        except Exception as error:
            self.env.cr.rollback()
            self._note_failure(error)
        self.lease_until = False
        self.env.cr.commit()  # the lease is given back whatever follows

    def _claim(self):
        """Take the lease of this mailbox, if no other worker holds it."""
        now = fields.Datetime.now()
        self.env.cr.commit()  # a fresh snapshot: others may have taken it meanwhile
        locked = self.try_lock_for_update(allow_referencing=True)
        locked.invalidate_recordset(["lease_until", "state"])
        if not locked or (locked.lease_until or now) > now:
            return False
        if locked.state != "connected" or not locked._is_of_this_database():
            return False
        locked.lease_until = now + LEASE
        self.env.cr.commit()  # others see the lease, and no lock is held
        return True

    def _note_failure(self, error):
        """Put what stopped a sync where people and later runs look.

        What Odoo itself retries, such as two workers writing the same row, is no news.
        """
        if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger()
            return
        if isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            self._need_reconnect()
            return
        if not isinstance(error, errors.GoogleError | vault.CannotDecrypt):
            _logger.error("Mailbox %s: sync failed", self.id, exc_info=error)
        self.last_error = sentence_of(self._in_language_of_owner().env, error)
        self.retry_after = getattr(error, "retry_at", None) or False

    def _sync_with(self, client):
        started = fields.Datetime.now()
        self._discover(client)
        deadline = time.monotonic() + RUN_SECONDS
        for rows in split_every(DECIDE_BATCH, self._waiting().ids, self._rows):
            self._decide_and_import(client, rows)
            self.lease_until = fields.Datetime.now() + LEASE
            self.env.cr.commit()  # the batch is done, and the lease goes on
            if time.monotonic() > deadline:
                self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger()
                break
        self._keep_tokens(client)
        self.write({"last_sync_date": started, "last_error": False})

    def _rows(self, ids):
        return self.env["gmail.message"].browse(ids)

    def _waiting(self):
        return self.env["gmail.message"]._due(
            [("account_id", "=", self.id), ("sending_key", "=", False)]
        )

    # ------------------------------------------------------------
    # DISCOVER
    # ------------------------------------------------------------

    def _discover(self, client):
        """Write down every new id of the mailbox and move the cursor, at once."""
        added, left, cursor = {}, set(), None
        try:
            for page in client.history(int(self.history_id)):
                # Of the first page: what comes in while paging is asked for again.
                cursor = cursor or page.history_id
                for change in page.changes:
                    _note_change(change, added, left)
        except errors.HistoryExpired:
            added, cursor = self._relist(client)
        self._queue(added)
        self._requeue(left)
        self._keep_tokens(client)
        self.history_id = str(max(cursor or 0, int(self.history_id)))
        self.env.cr.commit()  # from here on the rows are the queue

    def _relist(self, client):
        """What the mailbox got since the last sync, when Gmail forgot the cursor (A8).

        :return: ids with their thread ids, and the cursor from before listing
        """
        cursor = client.profile().history_id
        since = self.connected_date  # older mail is never imported (A5)
        if self.last_sync_date:
            since = max(since, self.last_sync_date - RELIST_MARGIN)
        query = f"after:{int(since.replace(tzinfo=timezone.utc).timestamp())}"
        ids, token = {}, None
        while True:
            page = client.list_messages(query=query, page_token=token)
            ids.update(page.ids)
            token = page.next_page_token
            if not token:
                return ids, cursor

    def _queue(self, ids):
        """Insert a pending row per id; known ones stay as they are."""
        if not ids:
            return
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
                " ON CONFLICT (account_id, gmail_message_id) DO NOTHING",
                values,
            )
        )
        self.env["gmail.message"].invalidate_model()

    def _requeue(self, ids):
        """Look again at messages that left spam or the trash (C1)."""
        self.env["gmail.message"].search(
            [
                ("account_id", "=", self.id),
                ("gmail_message_id", "in", list(ids)),
                ("state", "=", "skipped"),
                ("reason", "in", ("spam", "trash", "draft")),
            ]
        ).write({"state": "pending", "reason": False})

    # ------------------------------------------------------------
    # DECIDE AND IMPORT
    # ------------------------------------------------------------

    def _decide_and_import(self, client, rows):
        """Decide a batch by its headers, then fetch and post what is to be imported."""
        read = self._read_headers(client, rows)
        directory = self.env["gmail.directory"]._load(
            self, [envelope for _row, envelope in read]
        )
        to_import = []
        for row, envelope in read:
            decision = matching.decide(envelope, directory)
            if isinstance(decision, matching.Import):
                to_import.append((row, envelope, decision))
                directory = _foresee(directory, envelope, decision)
            else:
                row._apply(decision, envelope)
        self.env.cr.commit()  # skipped rows are done, and no lock while fetching
        for batch in _by_size(to_import):
            self._import_batch(client, batch)

    def _read_headers(self, client, rows):
        """Envelopes of the rows that Gmail gives, oldest first."""
        answers = client.headers(rows.mapped("gmail_message_id"))
        read = []
        for row in rows:
            answer = answers[row.gmail_message_id]
            if isinstance(answer, errors.GoogleError):
                row._note_unread(answer)
            else:
                read.append((row, envelopes.from_headers(
                    answer.id,
                    answer.thread_id,
                    answer.label_ids,
                    answer.internal_date,
                    answer.size,
                    answer.headers,
                )))
        self._stop_if_rate_limited(answers)
        return sorted(read, key=lambda pair: pair[1].date)

    def _stop_if_rate_limited(self, answers):
        for answer in answers.values():
            if isinstance(answer, errors.RateLimited):
                self.env.cr.commit()  # keep what was noted about single messages
                raise answer

    def _import_batch(self, client, batch):
        answers = client.raw([row.gmail_message_id for row, _envelope, _do in batch])
        for row, envelope, decision in batch:
            answer = answers[row.gmail_message_id]
            if isinstance(answer, errors.GoogleError):
                row._note_unread(answer)
            else:
                row._import(answer.raw, envelope, decision)
        self.env.cr.commit()  # imported is imported
        self._stop_if_rate_limited(answers)


def _note_change(change, added, left):
    """Sort a change of the mailbox into new messages and ones that left spam."""
    is_new = change.kind == "added" or (
        change.kind == "label_added" and "SENT" in change.changed
    )
    if is_new and "DRAFT" not in change.label_ids:
        added[change.message_id] = change.thread_id
    elif change.kind == "label_removed" and change.changed & LEFT_LABELS:
        left.add(change.message_id)


def _foresee(directory, envelope, decision):
    """The directory for the rest of the batch, once this message binds its thread."""
    for target in decision.targets:
        bound = directory.conversations.get(envelope.thread_id, ())
        known = {(each.res_model, each.res_id) for each in bound}
        if target.binds and (target.res_model, target.res_id) not in known:
            directory = directory.with_conversation(envelope.thread_id, target)
    return directory


def _by_size(to_import):
    """Cut the messages to fetch into batches that fit into memory together."""
    batch, size = [], 0
    for item in to_import:
        if batch and size + item[1].size > IMPORT_BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item[1].size
    if batch:
        yield batch
