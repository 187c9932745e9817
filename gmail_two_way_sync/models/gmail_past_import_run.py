import logging
from contextlib import closing
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.service.model import retrying

from ..google import errors
from ..tools import vault
from ..tools.budget import Budget
from .gmail_lease import LOST_RACES
from .gmail_message import NOTHING_KNOWN
from .gmail_past_import import OPEN_STATES
from .sentences import MailboxGone, sentence_of

_logger = logging.getLogger(__name__)

COUNT_SECONDS = 5
RUN_SECONDS = 30
# Half of a mailbox's quota: what is written and what comes in go first. Google's newest
# projects have 6,000 units a minute; reading headers or a message takes 20.
PER_MINUTE = 150
MINUTE = timedelta(minutes=1)
PAUSE = timedelta(seconds=15)
ANOTHER_TRY = timedelta(minutes=5)
# Why a message is not on a record, and will not be on another day.
FOR_GOOD = ("deleted", "cancelled", "own_message", "delivery_report")


class GmailPastImport(models.Model):
    """The work: count; list, decide and import, as much at once as the quota allows.

    Every message found is a row of the queue before any is imported, and the place in
    the search is written with its rows: a crash costs nothing.
    """

    _inherit = "gmail.past.import"

    def _mailbox(self):
        return self.account_id

    def _queue_domain(self):
        return [
            ("account_id", "=", self.account_id.id),
            ("past_import_id", "=", self.id),
        ]

    # ------------------------------------------------------------
    # COUNT
    # ------------------------------------------------------------

    def action_count_on(self):
        """Count for some seconds; whoever waits for the number calls it again."""
        self.ensure_one()
        self.check_access("write")
        # sudo: gmail.past.import - counters are nobody's to write
        own = self.sudo()
        if own.state == "counting" and own._is_due():
            claimed = own._claim()
            if claimed:
                claimed._work(claimed._count)
        return self.state

    def _count(self, client):
        budget = Budget(COUNT_SECONDS)
        for page in self._pages(client):
            ids = [message_id for message_id, _thread_id in page.ids]
            self.found_count += len(ids)
            self.known_count += self.env["gmail.message"].search_count(
                [
                    ("account_id", "=", self.account_id.id),
                    ("gmail_message_id", "in", ids),
                    ("state", "in", ("imported", "sent")),
                ]
            )
            if self.is_listed:
                self.state = "ready"
            if not self._may_go_on(budget):
                break

    def _pages(self, client):
        """The rest of the search, page by page; what is done with one goes with it."""
        while not self.is_listed:
            query, token = self.query, self.page_token or None
            self.env.cr.commit()  # no snapshot grows old while Google is waited for
            page = client.list_messages(query=query, page_token=token)
            self._hold()
            if not self._may_be_claimed():
                return  # cancelled meanwhile
            self.page_token = page.next_page_token
            self.is_listed = not page.next_page_token
            yield page

    # ------------------------------------------------------------
    # RUN
    # ------------------------------------------------------------

    @api.model
    def _cron_import_past(self):
        """Scheduled action: one step of every import whose time has come."""
        for ended in self._with_leftovers():
            ended._drop_leftovers()
        due = self._due()
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(due))
        for each in due:
            claimed = each._claim()
            if claimed:
                claimed._work(claimed._step)
            if not progress._commit_progress(1):
                break

    def action_go_on(self):
        """Whoever looks at a running import has it go on as soon as it may."""
        self.check_access("read")
        # sudo: gmail.past.import - whose turn it is among all imports
        if self in self.sudo()._due().sudo(False) and self.sudo()._is_free():
            self._trigger()
        return True

    @api.model
    def _due(self):
        """The first running import of each connected mailbox, if it need not wait."""
        running = self.search([("state", "=", "running")], order="id")
        firsts = [each[0] for each in running.grouped("account_id").values()]
        return (
            self.browse()
            .concat(*firsts)
            .filtered(lambda each: each.account_id._may_be_claimed() and each._is_due())
        )

    def _is_due(self):
        now = fields.Datetime.now()
        waits = (self.retry_after, self.account_id.retry_after)
        return all(until <= now for until in waits if until)

    def _may_be_claimed(self):
        return self.state in ("counting", "running")

    def _work(self, work):
        """Do something of the claimed import with Gmail; never raises for failures."""
        try:
            with closing(self.account_id._client()) as client:
                work(client)
            self.env.cr.commit()
        except Exception as error:
            self.env.cr.rollback()
            retrying(partial(self._note_failure, error), self.env)
        self._let_go()

    def _step(self, client):
        budget = Budget(RUN_SECONDS, self._allowance())
        self.last_step_date = fields.Datetime.now()
        if (
            self._list(client, budget)
            and self._decide_waiting(client, budget)
            and self._import_decided(client, budget)
        ):
            self._read_reports(client)
        self._note_progress()
        self.error = False
        if self.state == "running" and self.is_listed and not self._waits():
            self.state = "done"
        elif self.state == "running":
            self._come_back(self.last_step_date + PAUSE)

    def _allowance(self):
        """How many messages may be read: what the quota grew by since the last step."""
        per_minute = int(self.account_id._parameter("past_per_minute", PER_MINUTE))
        last = self.last_step_date
        passed = min(fields.Datetime.now() - last, MINUTE) if last else PAUSE
        return max(per_minute * passed // MINUTE, 1)

    def _list(self, client, budget):
        """Put what the search finds into the queue.

        :return: whether that was all
        """
        for page in self._pages(client):
            self._enqueue(dict(reversed(page.ids)))
            if not self._may_go_on(budget):
                return False
        return True

    def _enqueue(self, ids):
        """Have messages decided that are new, or that were not imported before (E5).

        :param ids: thread ids by message id
        """
        rows = self.env["gmail.message"]
        again = rows.search(
            [
                ("account_id", "=", self.account_id.id),
                ("gmail_message_id", "in", list(ids)),
                ("sending_key", "=", False),
                ("state", "in", ("skipped", "failed")),
                ("reason", "not in", FOR_GOOD),
            ]
        )
        again.write({**NOTHING_KNOWN, "state": "pending", "original": False})
        (self.account_id._queue(ids) | again).past_import_id = self

    def _may_go_on(self, budget):
        if self.state == "running":
            self._note_progress()
        return super()._may_go_on(budget) and self._may_be_claimed()

    def _waits(self):
        return bool(self._rows_count([("state", "=", "pending")]))

    def _rows_count(self, domain):
        return self.env["gmail.message"].search_count([*self._queue_domain(), *domain])

    def _note_progress(self):
        """Write down how far it is, as the rows have it."""
        counts = dict(
            self.env["gmail.message"]._read_group(
                self._queue_domain(), ["state"], ["__count"]
            )
        )
        unread = self._rows_count([("state", "=", "pending"), ("date", "=", False)])
        total = sum(counts.values())
        self.write(
            {
                "total_count": total
                if self.is_listed
                else max(total, self.total_count),
                "read_count": total - unread,
                "imported_count": counts.get("imported", 0),
                "skipped_count": counts.get("skipped", 0),
                "failed_count": counts.get("failed", 0),
            }
        )

    # ------------------------------------------------------------
    # FAILURES, ENDS
    # ------------------------------------------------------------

    def _note_failure(self, error):
        """Put what stopped it where its user looks, and say when it goes on."""
        if isinstance(error, LOST_RACES):
            self._come_back(fields.Datetime.now())
        elif isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            self.account_id._need_reconnect()  # goes on when it is connected again
        elif isinstance(error, errors.Refused) and self.page_token:
            # Gmail does not know the place in the search any more.
            self.write(self._values_of_search())
            self._come_back(fields.Datetime.now() + MINUTE)
        elif isinstance(error, errors.Refused):
            self._end("failed", error)
        else:
            self._try_later(error)

    def _try_later(self, error):
        if not isinstance(error, errors.GoogleError | vault.CannotDecrypt):
            _logger.error("Past import %s failed", self.id, exc_info=error)
        self.error = self._sentence(error)
        at = getattr(error, "retry_at", None)
        self._come_back(at or fields.Datetime.now() + ANOTHER_TRY)

    def _come_back(self, at):
        self.retry_after = at
        if self.state == "running":
            self._trigger(at)

    def _sentence(self, error):
        return sentence_of(self.account_id._in_language_of_owner().env, error)

    def _end(self, state, error):
        self.write({"state": state, "error": self._sentence(error)})
        self._trigger()

    @api.model
    def _with_leftovers(self):
        """Ended imports that nobody is at any more, with messages that still wait."""
        waiting = self.env["gmail.message"]._read_group(
            [("state", "=", "pending"), ("past_import_id.state", "!=", "running")],
            ["past_import_id"],
        )
        return (
            self.browse()
            .concat(*(each for [each] in waiting))
            .filtered(lambda each: each._is_free())
        )

    def _drop_leftovers(self):
        """Of what was not looked at nothing stays behind (C20)."""
        self.row_ids.filtered(lambda row: row.state == "pending").unlink()


class GmailAccount(models.Model):
    _inherit = "gmail.account"

    @api.model
    def _connect(self, user, grant, profile, own_addresses):
        account = super()._connect(user, grant, profile, own_addresses)
        self.env["gmail.past.import"]._trigger()  # what waited for this goes on
        return account

    def _end(self):
        result = super()._end()
        under_way = self.env["gmail.past.import"].search(
            [("account_id", "in", self.ids), ("state", "in", OPEN_STATES)]
        )
        for each in under_way:
            each._end("failed", MailboxGone())
        return result
