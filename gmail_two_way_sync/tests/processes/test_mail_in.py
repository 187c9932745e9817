"""C13, F1: what the cursor has passed is imported once, whatever dies on the way."""

import time
from concurrent.futures import ThreadPoolExecutor

from ..common import mail
from .office import SYNC
from .server import eventually

pytest_plugins = ["odoo.addons.gmail_two_way_sync.tests.processes.fixtures"]


def deliver(office, person, sender, subjects):
    """Mails that have reached the mailbox, but not Odoo."""
    raws = [
        mail(sender, person.email, subject, Message_ID=f"<{subject}-{sender}>")
        for subject in subjects
    ]
    office.control.deliver_many(person.email, raws)


def sync_and_hold(office, person, method, **options):
    """Start a sync that stops at a request."""
    fault = office.control.inject("hold", method, account=person.email, **options)
    office.run_soon(SYNC)
    assert office.control.wait_for_hits(fault, 1, timeout=30)


def check_imported_once(office, customer, subjects):
    """After a restart everything is on the contact, and once."""
    office.let_leases_run_out()
    office.server()
    office.run_until(
        SYNC, lambda: office.chatter(customer) == sorted(subjects), "all are imported"
    )
    sync_again(office)
    assert office.chatter(customer) == sorted(subjects)


def sync_again(office):
    before = len(office.control.requests("history.list"))
    office.run_until(
        SYNC,
        lambda: len(office.control.requests("history.list")) > before,
        "another sync",
    )


def test_c13_killed_between_cursor_and_import(office, anna):
    customer, email = office.customer(anna)
    subjects = [f"Mail {number}" for number in range(3)]
    deliver(office, anna, email, subjects)
    [[before]] = office.query("SELECT history_id FROM gmail_account")
    sync_and_hold(office, anna, "batch")
    office.server().kill()
    [[after]] = office.query("SELECT history_id FROM gmail_account")
    assert int(after) > int(before)
    assert office.chatter(customer) == []
    check_imported_once(office, customer, subjects)


def test_c13_killed_in_the_middle_of_a_batch(office, anna):
    """PostgreSQL holds the third import back, so the first two are under way."""
    customer, email = office.customer(anna)
    subjects = [f"Mail {number}" for number in range(5)]
    deliver(office, anna, email, subjects)
    sync_and_hold(office, anna, "batch")
    third = (
        "SELECT 1 FROM gmail_message WHERE id = (SELECT id FROM gmail_message"
        " WHERE state = 'pending' ORDER BY id OFFSET 2 LIMIT 1) FOR UPDATE"
    )
    with office.locked(third):
        office.control.release()
        eventually(office.waiting_for_locks, "the import gets there")
        office.server().kill()
    check_imported_once(office, customer, subjects)


def test_c13_killed_between_batches(office, anna):
    """What was imported before stays, the rest follows."""
    customer, email = office.customer(anna)
    subjects = [f"Mail {number}" for number in range(25)]
    deliver(office, anna, email, subjects)
    # The headers and the first twenty contents go through.
    sync_and_hold(office, anna, "batch", skip=2)
    office.server().kill()
    assert len(office.chatter(customer)) == 20
    check_imported_once(office, customer, subjects)


def test_c13_killed_between_history_pages(office, anna):
    """Nothing is on record before all pages are there, so all are asked for again."""
    customer, email = office.customer(anna)
    noise = [mail("x@noise.example", anna.email, "Noise") for _number in range(501)]
    office.control.deliver_many(anna.email, noise)
    deliver(office, anna, email, ["After the noise"])
    known = "SELECT count(*) FROM gmail_message WHERE account_id = %s"
    [[before]] = office.query(known, anna.account_id)
    sync_and_hold(office, anna, "history.list", skip=1)
    office.server().kill()
    assert office.query(known, anna.account_id) == [(before,)]
    check_imported_once(office, customer, ["After the noise"])
    assert office.query(known, anna.account_id) == [(before + 502,)]


def test_f1_database_restarts_while_importing(office, anna):
    """The server goes on without help."""
    customer, email = office.customer(anna)
    deliver(office, anna, email, ["One", "Two"])
    sync_and_hold(office, anna, "batch", skip=1)
    with office.database_restarts():
        office.control.release()
        time.sleep(1)
    check_imported_once(office, customer, ["One", "Two"])


def test_f1_who_asks_for_a_sync_gets_the_newest_mail(office, anna):
    """A sync under way may have asked Gmail too early."""
    customer, email = office.customer(anna)
    deliver(office, anna, email, ["Early"])
    sync_and_hold(office, anna, "batch")
    deliver(office, anna, email, ["Late"])
    ask = (office.server(), "gmail.account", "action_sync_now", [anna.account_id])
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(anna.call, *ask)
        time.sleep(1)
        assert not answer.done()
        office.control.release()
        assert answer.result()
    assert office.chatter(customer) == ["Early", "Late"]
