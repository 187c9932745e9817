"""A mailbox after a holiday: ten thousand new messages, one in twenty of a customer.

Tells how many runs and seconds the sync takes, how much it asks of Gmail, and checks
that everything is there once. The stand-in for Google answers at once, so the seconds
are Odoo's.

    make bench ARGS="holiday"
"""

import os
import sys
import time
from email.message import EmailMessage

from benchmarks._office import ANNA, connect, control, run_inside, tell

MESSAGES = int(os.environ.get("MESSAGES", "10000"))
ONE_IN = 20
CONTACTS = 50


def inside(env) -> None:
    """Fill a mailbox that is connected already, then let Odoo sync it."""
    gmail = control()
    account = connect(env)
    env["res.partner"].create(
        [{"name": f"Contact {n}", "email": address(n)} for n in range(CONTACTS)]
    )
    env.cr.commit()
    begun = time.monotonic()
    for start in range(0, MESSAGES, 1000):
        numbers = range(start, min(start + 1000, MESSAGES))
        gmail.deliver_many(ANNA, [letter(number) for number in numbers])
    tell("delivering", f"{time.monotonic() - begun:.0f} s")
    gmail.clear_requests()
    begun, runs, left = time.monotonic(), 0, 1
    while left:
        account._sync()
        runs += 1
        left = waiting(env, account)
        tell(f"run {runs}", f"{time.monotonic() - begun:.0f} s, {left} left")
    check(env)
    counts = gmail.counts(ANNA)
    tell("requests", ", ".join(f"{key} {counts[key]}" for key in sorted(counts)))
    seconds = time.monotonic() - begun
    tell("messages a second", f"{MESSAGES / seconds:.0f}")


def address(number: int) -> str:
    return f"contact{number % CONTACTS}@customer.example"


def letter(number: int) -> bytes:
    message = EmailMessage()
    is_noise = number % ONE_IN
    message["From"] = "news@shop.example" if is_noise else address(number // ONE_IN)
    message["To"] = ANNA
    message["Subject"] = f"Number {number}"
    message["Message-ID"] = f"<{number}@mail.example>"
    message.set_content("Some words.\n" * 20)
    return message.as_bytes()


def waiting(env, account) -> int:
    env.invalidate_all()
    domain = [("account_id", "=", account.id), ("state", "=", "pending")]
    return env["gmail.message"].search_count(domain)


def check(env) -> None:
    expected = len(range(0, MESSAGES, ONE_IN))
    rows = env["gmail.message"].search([("state", "=", "imported")])
    found = (len(rows), len(rows.mail_message_ids))
    if found != (expected, expected):
        sys.exit(f"expected {expected} messages on contacts, found {found}")
    for message in rows.mail_message_ids.grouped("res_id").values():
        ordered = message.sorted("id").mapped("date")
        if ordered != sorted(ordered):
            sys.exit("older mail was not imported first")


if __name__ == "__main__":
    sys.exit(run_inside(__file__))
