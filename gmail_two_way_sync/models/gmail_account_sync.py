import logging
import time
from contextlib import closing
from datetime import timedelta

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..google import errors
from ..tools import vault
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
RUN_SECONDS = 120
SWITCHED_OFF_WAIT = timedelta(hours=1)


class GmailAccount(models.Model):
    """Mail in: discover, decide, import; and when, and what becomes of failures.

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

    def _sync_with(self, client):
        started = fields.Datetime.now()
        deadline = time.monotonic() + RUN_SECONDS
        self._discover(client)
        # Nothing is imported before all is decided: what is older comes first on a
        # record (C15), and only then is it known what belongs on the same one.
        if not (
            self._decide_waiting(client, deadline)
            and self._import_decided(client, deadline)
        ):
            self._trigger_sync()
        self._keep_tokens(client)
        self.write({"last_sync_date": started, "last_error": False})

    def _is_time_left(self, deadline):
        """Commit a batch that is done, keep the lease, and tell whether to go on.

        :param deadline: as ``time.monotonic`` counts
        """
        self.lease_until = fields.Datetime.now() + LEASE
        self.env.cr.commit()  # done is done, whatever happens to the next batch
        return time.monotonic() < deadline

    @api.model
    def _trigger_sync(self, at=None):
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger(at)

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    def _note_failure(self, error):
        """Put what stopped a sync where people and later runs look.

        What Odoo itself retries, such as two workers writing the same row, is no news.
        """
        if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            self._trigger_sync()
            return
        if isinstance(error, errors.TokenRefused | errors.ScopeMissing):
            self._need_reconnect()
            return
        if not isinstance(error, errors.GoogleError | vault.CannotDecrypt):
            _logger.error("Mailbox %s: sync failed", self.id, exc_info=error)
        self.last_error = sentence_of(self._in_language_of_owner().env, error)
        self.retry_after = self._next_attempt(error)
        if self.retry_after:
            self._trigger_sync(self.retry_after)

    def _next_attempt(self, error):
        """When a stopped sync is taken up again; False with the next scheduled run."""
        if isinstance(error, errors.MailboxOff):
            return fields.Datetime.now() + SWITCHED_OFF_WAIT
        return getattr(error, "retry_at", None) or False

    def _stop_if_rate_limited(self, answers):
        """Gmail refused single messages of a batch: the whole mailbox has to wait."""
        for answer in answers.values():
            if isinstance(answer, errors.RateLimited):
                self.env.cr.commit()  # keep what was noted about the other messages
                raise answer
