import secrets
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying

NOTHING = timedelta(0)
LEASE_KEY = "gmail_lease_key"


class LeaseLost(Exception):
    """The lease ran out under the worker that had it, and another worker took it."""


# Another worker was quicker; a new attempt sees what it did.
LOST_RACES = (LeaseLost, UniqueViolation, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)


class GmailLease(models.AbstractModel):
    """What only one worker does at a time, on whichever host (F1, B8).

    A lease needs no lock, so that nobody waits for a worker that waits for Google, and
    it runs out if its worker dies. A worker that was only slow finds out by the key
    that every claim makes anew: it can neither go on with nor give back what is
    another one's by now.
    """

    _name = "gmail.lease"
    _description = "Work that one worker does at a time"
    _lease = timedelta(minutes=10)

    lease_until = fields.Datetime(
        "Under way until",
        help="A worker is at it; if that dies, another one may take it from then on",
    )
    lease_key = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)

    def _may_be_claimed(self):
        """Whether there is something to do, lease aside."""
        raise NotImplementedError()

    def _claim(self):
        """Take the lease of this record, if nobody has it; commits.

        :return: the record to work with, or an empty recordset
        """
        self.env.cr.commit()  # a fresh snapshot: others may have taken it meanwhile
        try:
            record = self.try_lock_for_update(allow_referencing=True)
            record.invalidate_recordset()
            if not record or not record._is_free() or not record._may_be_claimed():
                return self.browse()
            key = secrets.token_urlsafe(12)
            until = fields.Datetime.now() + self._lease
            record.write({"lease_key": key, "lease_until": until})
            self.env.cr.commit()  # others see the lease, and no lock is held
        except LOST_RACES:
            self.env.cr.rollback()
            return self.browse()
        return record.with_context(**{LEASE_KEY: key})

    def _is_free(self):
        now = fields.Datetime.now()
        return (self.lease_until or now) <= now

    def _hold(self, beside=NOTHING):
        """Keep the claimed lease from now on; commits.

        :param beside: what the next step may take beside the usual time
        :raises LeaseLost: another worker has it
        """
        if self.lease_key != self.env.context[LEASE_KEY]:
            raise LeaseLost
        self.lease_until = fields.Datetime.now() + self._lease + beside
        self.env.cr.commit()  # fails if another worker took it at this moment

    def _let_go(self):
        """Give the claimed lease back, unless another worker has it by now; commits."""
        retrying(self._release, self.env)

    def _release(self):
        record = self.exists()
        if record.lease_key == self.env.context[LEASE_KEY]:
            record.write({"lease_key": False, "lease_until": False})
