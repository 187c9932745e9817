import logging
from contextlib import contextmanager
from itertools import chain

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import split_every

from ..google import errors
from ..google.client import HEADERS_PER_REQUEST, RAW_PER_REQUEST
from ..rules import envelope as envelopes
from ..rules import matching

_logger = logging.getLogger(__name__)

IMPORT_BATCH_BYTES = 20 * 1024 * 1024


class GmailImporter(models.AbstractModel):
    """Mail in: what waits is decided by its headers, then fetched and imported.

    For whoever has messages of a mailbox to import, under a lease of its own: the
    mailbox what its sync discovered, an import of past mail what it found.
    """

    _name = "gmail.importer"
    _inherit = ["gmail.lease"]
    _description = "What imports messages of a mailbox"

    def _mailbox(self):
        """The ``gmail.account`` whose messages are imported."""
        raise NotImplementedError()

    def _queue_domain(self):
        """Which rows are this importer's."""
        raise NotImplementedError()

    def _may_go_on(self, budget):
        """Commit a batch that is done, and tell whether to begin another one."""
        self.env.cr.commit()  # done is done, whatever happens to the next batch
        return budget.is_left

    def _stop_if_rate_limited(self, answers):
        """Gmail refused single messages of a batch: the whole mailbox has to wait."""
        for answer in answers.values():
            if isinstance(answer, errors.RateLimited):
                self.env.cr.commit()  # keep what was noted about the other messages
                raise answer

    # ------------------------------------------------------------
    # DECIDE
    # ------------------------------------------------------------

    def _decide_waiting(self, client, budget):
        """Decide what was found, the oldest first.

        :return: whether that was all
        """
        waiting = self._waiting([("date", "=", False)]).sorted("id")
        for rows in split_every(HEADERS_PER_REQUEST, waiting.ids, waiting.browse):
            budget.spend(len(rows))
            self._decide(client, rows)
            if not self._may_go_on(budget):
                return False
        return True

    def _waiting(self, domain):
        return self.env["gmail.message"]._due(
            [
                *self._queue_domain(),
                ("sending_key", "=", False),
                ("reason", "=", False),
                *domain,
            ]
        )

    def _decide(self, client, rows):
        ids = rows.mapped("gmail_message_id")
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        answers = client.headers(ids)
        self._hold()
        read = []
        for row in rows.exists():  # a sender takes away those that it sent
            answer = answers[row.gmail_message_id]
            if isinstance(answer, errors.GoogleError):
                row._note_unread(answer)
            else:
                read.append((row, envelope_of(answer)))
        self._decide_read(sorted(read, key=lambda pair: pair[1].date))
        self._stop_if_rate_limited(answers)

    def _decide_read(self, read):
        """Decide together, or one by one if that fails: one message stops no other."""
        try:
            with self.env.cr.savepoint():
                self._decide_together(read)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # no message's fault: all of it is taken up again
        except Exception as error:
            if len(read) > 1:
                for pair in read:
                    self._decide_read([pair])
                return
            row = read[0][0]
            # Without its text, which may hold addresses.
            kind = type(error).__name__
            _logger.error("Message %s: cannot be decided: %s", row.id, kind)
            row._retry_later(error)

    def _decide_together(self, read):
        """Skip or link what needs no content; note about the rest what it is for."""
        directory = self.env["gmail.directory"]._load_with_decided(
            self._mailbox(), [envelope for _row, envelope in read]
        )
        for row, envelope in read:
            decision = row._decision(envelope, directory)
            if isinstance(decision, matching.Import):
                row._note_decided(envelope, decision)
                directory = row._after_import(directory)
            else:
                row._apply(decision, envelope)
                self._note_settled(decision, envelope)

    def _note_settled(self, decision, envelope):
        """A hook: what needs no content is done with."""

    # ------------------------------------------------------------
    # IMPORT
    # ------------------------------------------------------------

    def _import_decided(self, client, budget):
        """Import what was decided, the records with the newest mail first.

        :return: whether that was all
        """
        decided = self._waiting([("date", "!=", False)])
        for rows in _by_size(_newest_records_first(decided)):
            budget.spend(len(rows))
            self._import_batch(client, self.env["gmail.message"].concat(*rows))
            if not self._may_go_on(budget):
                return False
        return True

    def _import_batch(self, client, rows):
        ids = rows.mapped("gmail_message_id")
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        answers = client.raw(ids)
        self._hold()
        read = []
        for row in rows:
            answer = answers[row.gmail_message_id]
            if isinstance(answer, errors.GoogleError):
                row._note_unread(answer)
            else:
                read.append((row, answer.raw, _envelope_of_raw(answer)))
        with self._alone_with(envelope.message_id for *_row, envelope in read):
            self._import_read(read)
        self._stop_if_rate_limited(answers)

    def _import_read(self, read):
        # What was decided may be out of date: a contact deleted, a thread stopped.
        directory = self.env["gmail.directory"]._load(
            self._mailbox(), [envelope for _row, _raw, envelope in read]
        )
        for row, raw, envelope in read:
            decision = row._decision(envelope, directory)
            if isinstance(decision, matching.Import):
                row._note_decided(envelope, decision)
                after = row._after_import(directory)
                row._import(raw, envelope, decision, directory)
                directory = after
            else:
                row._apply(decision, envelope)

    @contextmanager
    def _alone_with(self, message_ids):
        """Work that nobody does at once for the same messages; commits at its end.

        Two mailboxes may hold the same message (C13), and whoever comes second has to
        see what the first did. So the locks outlive a transaction: the work's own
        begins when they are held.

        :param message_ids: Message-IDs, or empty texts
        """
        keys = sorted({each for each in message_ids if each})
        self._advisory("lock", keys)
        self.env.cr.commit()
        try:
            yield
            self.env.cr.commit()  # imported is imported
        except BaseException:
            self.env.cr.rollback()
            raise
        finally:
            self._advisory("unlock", keys)

    def _advisory(self, action, keys):
        function = SQL.identifier(f"pg_advisory_{action}")
        for key in keys:
            self.env.cr.execute(
                SQL("SELECT %s(hashtextextended(%s, 0))", function, key)
            )

    # ------------------------------------------------------------
    # DELIVERY REPORTS
    # ------------------------------------------------------------

    def _read_reports(self, client):
        """Fetch and read the delivery reports that wait (B9)."""
        reports = self.env["gmail.message"]._due(
            [*self._queue_domain(), ("reason", "=", "delivery_report")]
        )
        for rows in split_every(RAW_PER_REQUEST, reports.ids, reports.browse):
            ids = rows.mapped("gmail_message_id")
            self.env.cr.commit()  # no snapshot grows old while Google is waited for
            answers = client.raw(ids)
            self._hold()
            for row in rows:
                answer = answers[row.gmail_message_id]
                if isinstance(answer, errors.GoogleError):
                    row._note_unread(answer)
                else:
                    row._read_report(answer.raw)
            self.env.cr.commit()  # what is read is read
            self._stop_if_rate_limited(answers)


def envelope_of(answer):
    """``rules.envelope.Envelope`` of a ``google.payloads.MessageHeaders``."""
    return _envelope(answer, answer.size, answer.headers)


def _envelope_of_raw(answer):
    return _envelope(answer, len(answer.raw), envelopes.headers_of(answer.raw))


def _envelope(answer, size, headers):
    place = (answer.id, answer.thread_id, answer.label_ids, answer.internal_date)
    return envelopes.from_headers(*place, size, headers)


def _newest_records_first(rows):
    """Whole records by their newest message; on each the oldest first (C15)."""
    by_record = rows.grouped(lambda row: tuple(row.targets[0][:2]))
    newest_first = sorted(
        (each.sorted(lambda row: (row.date, row.id)) for each in by_record.values()),
        key=lambda each: each[-1].date,
        reverse=True,
    )
    return list(chain.from_iterable(newest_first))


def _by_size(rows):
    """Cut messages into batches that fit into memory and into one request."""
    batch, size = [], 0
    for row in rows:
        if batch and (
            size + row.size > IMPORT_BATCH_BYTES or len(batch) == RAW_PER_REQUEST
        ):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.size
    if batch:
        yield batch
