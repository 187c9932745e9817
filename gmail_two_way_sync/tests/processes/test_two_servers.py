"""F1, B8, C13: several workers and hosts at once, and nothing is done twice."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

from .office import SEND, SYNC
from .server import Refused, eventually

pytest_plugins = ["odoo.addons.gmail_two_way_sync.tests.processes.fixtures"]

MAILBOXES = 10
MAILS = [f"Mail {number}" for number in range(4)]
ROUND_MAILS = [f"To everybody {number}" for number in range(4)]


def fill(office, people):
    """Mail for and from everybody; what is to be on the contacts in the end.

    :return: subjects by contact, posted messages by customer's address
    """
    expected, posted = {}, {}
    common, common_email = office.customer()
    everybody = ", ".join(person.email for person in people)
    for subject in ROUND_MAILS:
        office.control.send(common_email, everybody, subject)
    expected[common] = ROUND_MAILS
    for person in people:
        customer, email = office.customer(person)
        for subject in MAILS:
            office.control.send(email, person.email, subject)
        posted[email] = office.post(person, customer, "Offer")
        expected[customer] = sorted([*MAILS, "Offer"])
    return expected, posted


def disturb(office):
    """Google as on a bad day; each fault passes."""
    inject = office.control.inject
    inject(
        "error", "history.list", error="userRateLimitExceeded", retry_after=1, times=3
    )
    inject("error", "messages.get", error="backendError503", skip=5, times=5)
    inject("drop_before", "batch", skip=3, times=2)
    inject("drop_after", "batch", skip=2, times=2)
    inject("drop_after", "messages.send", times=2)
    inject("drop_before", "messages.send", skip=2, times=2)
    inject("error", "messages.send", error="backendError503", skip=1, times=2)
    inject("error_after", "messages.send", error="backendError503", skip=1, times=2)
    inject("delay", "history.list", delay=0.2, times=10)


def sync_everything(office, server, people):
    for person in people:
        with contextlib.suppress(Refused):  # it says what is wrong with a mailbox
            office.admin.call(
                server, "gmail.account", "action_sync_now", [person.account_id]
            )


def is_complete(office, expected, posted):
    office.do_not_wait()
    return all(
        len(office.chatter(contact)) >= len(subjects)
        for contact, subjects in expected.items()
    ) and all(office.status(message) == ["sent"] for message in posted.values())


def test_f1_two_servers_ten_mailboxes_and_a_bad_day(office):
    people = [office.salesperson(f"seller{number}") for number in range(MAILBOXES)]
    lost = office.salesperson("locked.out")
    office.control.revoke_grant(lost.email)
    servers = [office.server("main"), office.server("second")]
    expected, posted = fill(office, people)
    disturb(office)
    with ThreadPoolExecutor() as pool:
        for server, order in zip(servers, (people, people[::-1]), strict=True):
            pool.submit(sync_everything, office, server, order)
        pool.submit(office.run_soon, SYNC)
        pool.submit(office.run_soon, SEND)
    office.run_until(
        SYNC, lambda: is_complete(office, expected, posted), "everything is done"
    )
    office.control.clear_faults()
    for server in servers:
        sync_everything(office, server, people)
    assert {contact: office.chatter(contact) for contact in expected} == expected
    assert {email: office.inbox(email) for email in posted} == dict.fromkeys(
        posted, ["Offer"]
    )
    assert office.query(
        "SELECT state FROM gmail_account WHERE id = %s", lost.account_id
    ) == [("reconnect",)]
    assert_crons_are_well(office)


def test_c13_two_mailboxes_hold_the_same_message(office, anna):
    """PostgreSQL holds the first import back, and the second one waits its turn."""
    ben = office.salesperson("ben")
    customer, email = office.customer()
    contents = office.control.inject("hold", "batch", account=anna.email, skip=1)
    office.control.send(email, f"{anna.email}, {ben.email}", "To both")
    with ThreadPoolExecutor() as pool:
        pool.submit(sync_everything, office, office.server(), [anna])
        assert office.control.wait_for_hits(contents, 1, timeout=30)
        waiting = "SELECT 1 FROM gmail_message WHERE state = 'pending' FOR UPDATE"
        with office.locked(waiting):
            office.control.release(contents)
            eventually(office.waiting_for_locks, "the first import is under way")
            pool.submit(sync_everything, office, office.server(), [ben])
            eventually(lambda: office.waiting_for_locks() == 2, "the second one waits")
    assert office.chatter(customer) == ["To both"]
    assert office.query(
        "SELECT account_id FROM gmail_message WHERE state = 'imported' AND id IN"
        " (SELECT gmail_message_id FROM gmail_message_mail_message_rel"
        " JOIN mail_message ON mail_message.id = mail_message_id"
        " WHERE model = 'res.partner' AND res_id = %s) ORDER BY account_id",
        customer,
    ) == [(anna.account_id,), (ben.account_id,)]


def assert_crons_are_well(office):
    crons = office.query(
        "SELECT active, failure_count FROM ir_cron WHERE id IN (%s, %s)",
        office.ref("gmail_two_way_sync", SYNC),
        office.ref("gmail_two_way_sync", SEND),
    )
    assert crons == [(True, 0), (True, 0)]


def test_f1_google_out_of_reach_is_no_failure_of_the_scheduled_actions(office, anna):
    """Odoo switches off what fails for a week."""
    customer, email = office.customer(anna)
    office.control.inject("drop_before", times=None)
    message = office.post(anna, customer, "Offer")
    eventually(lambda: office.row(message, "error")[0], "the send is tried")
    office.run_until(
        SYNC,
        lambda: office.query(
            "SELECT 1 FROM gmail_account WHERE id = %s AND last_error != ''",
            anna.account_id,
        ),
        "the sync is tried",
    )
    eventually(lambda: not office.crons_run(), "the scheduled actions have ended")
    assert_crons_are_well(office)
    office.control.clear_faults()
    office.do_not_wait()
    office.run_until(SEND, lambda: office.status(message) == ["sent"], "it is sent")
    assert office.inbox(email) == ["Offer"]


def test_b8_what_is_being_sent_is_left_to_its_sender(office, anna):
    customer, email = office.customer(anna)
    held = office.control.inject("hold", "messages.send", account=anna.email)
    message = office.post(anna, customer, "Offer")
    assert office.control.wait_for_hits(held, 1, timeout=30)
    before = office.control.counts(anna.email).get("history.list", 0)
    # This scheduled action sends, too, before it syncs.
    office.run_until(
        SYNC,
        lambda: office.control.counts(anna.email).get("history.list", 0) > before,
        "another worker has had its chance",
    )
    assert office.status(message) == ["ready"]
    office.control.release(held)
    eventually(lambda: office.status(message) == ["sent"], "it is sent")
    assert office.inbox(email) == ["Offer"]
    assert office.posts(anna.email) == 1


def test_b8_a_worker_that_was_too_slow_does_not_send(office, anna):
    """Its lease ran out while it looked the message up, and another one sent it."""
    customer, email = office.customer(anna)
    office.control.inject("drop_before", "messages.send", account=anna.email)
    message = office.post(anna, customer, "Offer")
    eventually(lambda: office.row(message, "attempts") == (1,), "it is tried")
    slow = office.control.inject(
        "hold", "messages.list", account=anna.email, when="after"
    )
    office.do_not_wait()
    office.run_soon(SEND)
    assert office.control.wait_for_hits(slow, 1, timeout=30)
    office.let_leases_run_out()
    sent_and_let_go = ("sent", None)
    office.run_until(
        SYNC,
        lambda: office.row(message, "state, lease_until") == sent_and_let_go,
        "another one sends it",
    )
    office.control.release(slow)
    eventually(lambda: not office.crons_run(), "the slow one has ended")
    assert office.inbox(email) == ["Offer"]
    assert office.posts(anna.email) == 2  # the lost one, and the one that arrived
