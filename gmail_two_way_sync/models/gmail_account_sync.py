import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext, suppress
from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools.misc import split_every

from ..google import errors
from ..rules import matching
from ..tools import vault
from ..tools.budget import Budget
from .gmail_lease import LOST_RACES
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

RUN_SECONDS = 120
# How often, and at which distance, a person who asks for a sync waits for another one.
LOOKS = 100
LOOK_SECONDS = 0.2
TOGETHER = 16
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
        with ThreadPoolExecutor(TOGETHER) as pool:
            for group in split_every(TOGETHER, accounts.ids, self.browse):
                if not group._sync_together(pool):
                    break

    def _sync_together(self, pool):
        """Sync mailboxes one by one, having asked Gmail for all their news at once.

        Threads only wait for the network; everything of Odoo is in this one.

        :return: whether there is time for more
        """
        with ExitStack() as stack:
            clients = {}
            for account in self:
                with suppress(vault.CannotDecrypt):  # its own sync will say so
                    client = stack.enter_context(closing(account._client()))
                    client.ask_ahead(int(account.history_id), pool)
                    clients[account.id] = client
            for account in self:
                account._sync(clients.get(account.id))
                if not self.env["ir.cron"]._commit_progress(1):
                    return False
        return True

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

    def _sync(self, client=None):
        """Sync one mailbox; commits as it goes, and never raises for its failures.

        :param client: one that was asked ahead, to be closed by who opened it
        :return: whether it was synced; False if it was not this worker's to sync
        """
        self.ensure_one()
        account = self._claim()
        if not account:
            return False
        try:
            with nullcontext(client) if client else closing(account._client()) as gmail:
                account._sync_with(gmail)
            self.env.cr.commit()
        except Exception as error:
            self.env.cr.rollback()
            retrying(partial(account._note_failure, error), self.env)
        account._let_go()
        return True

    def _sync_in_turn(self):
        """Sync once the worker that is at it, if any, is done.

        What it asked Gmail for may be older than the newest mail.

        :raises UserError: it is not done for long
        """
        for _attempt in range(LOOKS):
            if self._sync() or not self._may_be_claimed():
                return
            time.sleep(LOOK_SECONDS)
        raise UserError(
            self.env._("This mailbox is being synced. Try again in a minute.")
        )

    def _may_be_claimed(self):
        return self.state == "connected" and self._is_of_this_database()

    def _sync_with(self, client):
        started = fields.Datetime.now()
        budget = Budget(RUN_SECONDS)
        self._discover(client)
        self._read_own_addresses(client)
        self.env["gmail.message"]._read_back(self, client)
        # Nothing is imported before all is decided: what is older comes first on a
        # record (C15), and only then is it known what belongs on the same one.
        if not (
            self._decide_waiting(client, budget)
            and self._import_decided(client, budget)
        ):
            self._trigger_sync()
        self._read_reports(client)
        self._count_sent_if_stale(client)
        self._keep_tokens(client)
        self.write({"last_sync_date": started, "last_error": False})

    def _mailbox(self):
        return self

    def _queue_domain(self):
        return [("account_id", "=", self.id), ("past_import_id", "=", False)]

    def _note_settled(self, decision, envelope):
        """A private message that was sent in Gmail counts for the limit (B5)."""
        if envelope.is_sent_label and isinstance(decision, matching.Skip):
            self.sent_counted_date = False

    @api.model
    def _trigger_sync(self, at=None):
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger(at)

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    def _note_failure(self, error):
        """Put what stopped a sync where people and later runs look.

        That another worker was quicker is no news.
        """
        if isinstance(error, LOST_RACES):
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
