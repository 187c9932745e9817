"""B8: an email is sent exactly once, whatever dies at whatever moment."""

import time

from .office import SEND, SYNC
from .server import AT_ONCE, eventually

pytest_plugins = ["odoo.addons.gmail_two_way_sync.tests.processes.fixtures"]

# A sender tries to write down what it knows for some seconds.
DATABASE_AWAY = 3


def post_and_hold(office, person, kind, method, **options):
    """Post a message whose sending stops at a fault; what is known of both."""
    customer, email = office.customer(person)
    fault = office.control.inject(kind, method, **options)
    message = office.post(person, customer, f"Offer to {email}")
    assert office.control.wait_for_hits(fault, 1, timeout=30)
    return message, email


def check_sent_once(office, person, message, email, posts):
    """After a restart the message leaves if it had not, and only then."""
    office.control.release()
    office.let_leases_run_out()
    office.server()
    office.run_until(SEND, lambda: office.status(message) == ["sent"], "it is sent")
    office.run_soon(SEND)
    assert office.inbox(email) == [f"Offer to {email}"]
    eventually(lambda: office.posts(person.email) >= posts, "the requests have ended")
    assert office.posts(person.email) == posts


def test_b8_killed_before_sending_began(office, anna):
    customer, email = office.customer(anna)
    send = office.ref("gmail_two_way_sync", SEND)
    with office.locked("SELECT 1 FROM ir_cron WHERE id = %s FOR NO KEY UPDATE", send):
        message = office.post(anna, customer, f"Offer to {email}")
        office.server().kill()
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_killed_before_the_post(office, anna):
    office.control.expire_access_tokens(anna.email)
    message, email = post_and_hold(office, anna, "hold", "token")
    office.server().kill()
    assert office.row(message, "state, attempt_date IS NOT NULL") == ("pending", True)
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_killed_before_gmail_took_it(office, anna):
    message, email = post_and_hold(
        office, anna, "hold", "messages.send", account=anna.email
    )
    office.server().kill()
    assert office.inbox(email) == []
    office.control.release()  # the request outlives the server that made it
    eventually(lambda: office.inbox(email), "Gmail takes it")
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_killed_after_gmail_took_it(office, anna):
    message, email = post_and_hold(
        office, anna, "hold", "messages.send", account=anna.email, when="after"
    )
    office.server().kill()
    assert office.status(message) == ["ready"]
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_killed_while_looking_it_up(office, anna):
    message, email = post_and_hold(
        office, anna, "drop_after", "messages.send", account=anna.email
    )
    eventually(lambda: office.row(message, "attempts") == (1,), "it is noted")
    look_up = office.control.inject("hold", "messages.list", account=anna.email)
    office.let_leases_run_out()
    office.run_soon(SEND)
    assert office.control.wait_for_hits(look_up, 1, timeout=30)
    office.server().kill()
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_killed_while_reading_back(office, anna):
    """It is sent and says so; Gmail's Message-ID, which replies need, comes later."""
    message, email = post_and_hold(
        office, anna, "hold", "messages.get", account=anna.email
    )
    office.server().kill()
    assert office.status(message) == ["sent"]
    check_sent_once(office, anna, message, email, posts=1)
    [received] = office.control.messages(email)
    office.run_until(
        SYNC,
        lambda: office.row(message, "rfc_message_id") == (received["message_id"],),
        "Gmail's Message-ID is known",
    )


def answered(office, person):
    """Whether Gmail's answer to a POST has left it."""
    sent = office.control.requests("messages.send", person.email)
    return [each["status"] for each in sent] == [200]


def restart_database(office, person):
    """Gmail answers while there is no database to write it down."""
    with office.database_restarts():
        office.control.release()
        eventually(lambda: answered(office, person), "Gmail answers")
        time.sleep(DATABASE_AWAY)


def test_b8_database_restarts_before_gmail_took_it(office, anna):
    message, email = post_and_hold(
        office, anna, "hold", "messages.send", account=anna.email
    )
    restart_database(office, anna)
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_database_restarts_after_gmail_took_it(office, anna):
    message, email = post_and_hold(
        office, anna, "hold", "messages.send", account=anna.email, when="after"
    )
    restart_database(office, anna)
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_database_restarts_before_the_post(office, anna):
    office.control.expire_access_tokens(anna.email)
    message, email = post_and_hold(office, anna, "hold", "token")
    restart_database(office, anna)
    check_sent_once(office, anna, message, email, posts=1)


def test_b8_sync_finds_it_before_its_sender_wrote_it_down(office, anna):
    message, email = post_and_hold(
        office, anna, "hold", "messages.send", account=anna.email, when="after"
    )

    def seen():
        return office.query(
            "SELECT 1 FROM gmail_message WHERE account_id = %s AND state = 'pending'"
            " AND sending_key IS NULL AND retry_after IS NOT NULL",
            anna.account_id,
        )

    office.run_until(SYNC, seen, "the sync leaves it to its sender")
    assert office.status(message) == ["ready"]
    office.control.release()
    eventually(lambda: office.status(message) == ["sent"], "its sender writes it down")
    assert not seen()
    assert office.inbox(email) == [f"Offer to {email}"]


def test_b1_leaves_at_once(office, anna):
    """Posting wakes the servers: nobody waits for the next regular run."""
    customer, email = office.customer(anna)
    message = office.post(anna, customer, "First")
    eventually(lambda: office.inbox(email), "it arrives", seconds=AT_ONCE)
    eventually(lambda: office.status(message) == ["sent"], "it is noted")


def test_b1_posted_while_others_are_sent_leaves_right_after(office, anna):
    """Also a second message of the same record, which waits for the first (B3)."""
    customer, email = office.customer(anna)
    held = office.control.inject("hold", "messages.send", account=anna.email)
    office.post(anna, customer, "First")
    assert office.control.wait_for_hits(held, 1, timeout=30)
    office.post(anna, customer, "Second")
    other, other_email = office.customer(anna)
    office.post(anna, other, "Third")
    office.control.release(held)
    eventually(lambda: len(office.inbox(email)) == 2, "both arrive", seconds=AT_ONCE)
    eventually(lambda: office.inbox(other_email), "the other one, too", seconds=AT_ONCE)
