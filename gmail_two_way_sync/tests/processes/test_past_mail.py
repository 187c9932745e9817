"""E5, F1: past mail is imported once, whatever dies on the way."""

import pytest

from ..common import mail
from .office import PAST_MAIL, SYNC

pytest_plugins = ["odoo.addons.gmail_two_way_sync.tests.processes.fixtures"]

DAY = 86_400_000


def deliver_old(office, person, sender, subjects):
    raws = [
        mail(sender, person.email, subject, Message_ID=f"<{subject}-{sender}>")
        for subject in subjects
    ]
    at = office.control.now_ms() - 30 * DAY
    office.control.deliver_many(person.email, raws, internal_date=at)


def counted(office, person, customer):
    """An import of everything, ready to be started, and its number of messages."""
    values = {"partner_id": customer, "period": "all"}
    server = office.server()
    past_import = person.call(server, "gmail.past.import", "create", values)
    person.call(server, "gmail.past.import", "action_count", [past_import])
    return past_import, state_of(office, past_import, "found_count")


def start_and_hold(office, person, past_import, method, **options):
    """Start an import that stops at a request."""
    fault = office.control.inject("hold", method, account=person.email, **options)
    person.call(office.server(), "gmail.past.import", "action_start", [past_import])
    assert office.control.wait_for_hits(fault, 1, timeout=30)


def state_of(office, past_import, column="state"):
    [[found]] = office.query(
        f"SELECT {column} FROM gmail_past_import WHERE id = %s", past_import
    )
    return found


@pytest.mark.parametrize(
    ("count", "method", "skip", "there"),
    [
        pytest.param(505, "messages.list", 1, 0, id="between pages of the search"),
        pytest.param(25, "batch", 0, 0, id="before anything is decided"),
        pytest.param(25, "batch", 2, 20, id="between imports"),
    ],
)
def test_e5_killed_and_resumed(office, anna, count, method, skip, there):
    customer, email = office.customer(anna)
    subjects = [f"Mail {number:03}" for number in range(count)]
    deliver_old(office, anna, email, subjects)
    office.parameter("past_per_minute", 10_000)
    past_import, found = counted(office, anna, customer)
    assert found == len(subjects)
    start_and_hold(office, anna, past_import, method, skip=skip)
    office.server().kill()
    assert len(office.chatter(customer)) == there

    office.let_leases_run_out()
    office.server()
    office.run_until(
        PAST_MAIL, lambda: state_of(office, past_import) == "done", "it is done"
    )
    assert office.chatter(customer) == subjects
    assert state_of(office, past_import, "imported_count") == len(subjects)
    office.run_until(
        SYNC, lambda: office.control.requests("history.list"), "the sync has looked"
    )
    assert office.chatter(customer) == subjects
