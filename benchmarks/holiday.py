"""A mailbox after a holiday: ten thousand new messages, one in twenty of a customer.

Tells how many runs and seconds the sync takes, how much it asks of Gmail, and checks
that everything is there once. The stand-in for Google answers at once, so the seconds
are Odoo's.

    make bench ARGS="holiday"
"""

import os
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from dev import odoo, postgres, process
from dev.run_odoo import Runner
from dev.templates import Templates
from gmail_sandbox.control_client import ControlClient
from gmail_sandbox.server import SandboxServer

MESSAGES = int(os.environ.get("MESSAGES", "10000"))
ONE_IN = 20
CONTACTS = 50
ANNA = "anna@northwind.example"
REDIRECT = "http://localhost/gmail_two_way_sync/oauth/callback"
INSIDE = "GTWS_SANDBOX_URL"


def main() -> int:
    """Fill a mailbox that is connected already, then let Odoo sync it."""
    process.adopt_orphans()
    with (
        postgres.server() as server,
        tempfile.TemporaryDirectory() as folder,
        SandboxServer() as sandbox,
    ):
        runner = Runner(odoo.find(), server)
        sandbox.control.create_account(ANNA, "Anna Berg", kind="workspace")
        sandbox.control.create_client("bench", "bench", [REDIRECT], project="bench")
        with Templates(runner).run() as database:
            config = runner.configure(Path(folder) / "odoo.conf", database)
            return subprocess.run(
                runner.command(
                    "shell", "-c", config, "--no-http", "--log-level", "error"
                ),
                env=runner.environment(**{INSIDE: sandbox.base_url}),
                input=f"import runpy; runpy.run_path({__file__!r}, {{'env': env}})",
                text=True,
                check=False,
            ).returncode


def inside(env) -> None:
    """The part in Odoo's shell."""
    control = ControlClient(os.environ[INSIDE])
    account = connect(env, control)
    begun = time.monotonic()
    for start in range(0, MESSAGES, 1000):
        numbers = range(start, min(start + 1000, MESSAGES))
        control.deliver_many(ANNA, [letter(number) for number in numbers])
    tell("delivering", f"{time.monotonic() - begun:.0f} s")
    control.clear_requests()
    begun, runs, left = time.monotonic(), 0, 1
    while left:
        account._sync()
        runs += 1
        left = waiting(env, account)
        tell(f"run {runs}", f"{time.monotonic() - begun:.0f} s, {left} left")
    check(env)
    counts = control.counts(ANNA)
    tell("requests", ", ".join(f"{key} {counts[key]}" for key in sorted(counts)))
    seconds = time.monotonic() - begun
    tell("messages a second", f"{MESSAGES / seconds:.0f}")


def connect(env, control):
    parameters = env["ir.config_parameter"]
    for name, value in (
        ("gmail_two_way_sync.google_base_url", control.base_url),
        ("gmail_two_way_sync.client_id", "bench"),
        ("gmail_two_way_sync.client_secret", "bench"),
        ("web.base.url", "http://localhost"),
    ):
        parameters.set_param(name, value)
    user = env["res.users"].create({"name": "Anna Berg", "login": ANNA, "email": ANNA})
    env["res.partner"].create(
        [{"name": f"Contact {n}", "email": address(n)} for n in range(CONTACTS)]
    )
    session = {}
    sign_in = env["gmail.sign.in"].with_user(user)
    arrived = control.authorize(sign_in._begin(session), ANNA)
    answer = dict(parse_qsl(urlsplit(arrived).query))
    sign_in._finish(session, answer.get("state"), answer.get("code"), None)
    env.cr.commit()
    return env["gmail.account"].search([("email", "=", ANNA)])


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


def tell(what: str, value: str) -> None:
    print(f"  {what:20} {value}", flush=True)


if INSIDE in os.environ and "env" in globals():
    inside(env)  # noqa: F821 - given by Odoo's shell
elif __name__ == "__main__":
    sys.exit(main())
