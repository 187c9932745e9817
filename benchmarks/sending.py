"""From pressing Send to the response, and to Gmail, against stock Odoo in one run.

Stock Odoo sends by a personal outgoing server of the same user, on a local SMTP server,
before the request ends. With the addon the request ends first, and the message leaves
by a worker after that. Both servers answer at once, so the times are Odoo's.

    make bench ARGS="sending"
"""

import logging
import os
import socket
import statistics
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from benchmarks._office import ANNA, connect, control, run_inside, tell

MESSAGES = int(os.environ.get("MESSAGES", "30"))
CUSTOMER = "carla@customer.example"


class Taker:
    """An SMTP server that takes everything."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _server, _session, _envelope) -> str:
        self.taken += 1
        return "250 OK"


def inside(env) -> None:
    """Post the same messages both ways, one by one, and compare the medians."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    taker, port = Taker(), free_port()
    smtp = Controller(
        taker,
        "127.0.0.1",
        port,
        authenticator=lambda *_: AuthResult(success=True),
        auth_require_tls=False,
    )
    smtp.start()
    try:
        gmail, stock = both_ways(env, port)
    finally:
        smtp.stop()
    found = (len(control().messages(ANNA, "in:sent")), taker.taken)
    if found != (MESSAGES + 1, MESSAGES + 1):
        sys.exit(f"not every message left by its way: {found}")
    for number, what in enumerate(("Send to response", "Send to outgoing server")):
        compare(
            what, [each[number] for each in gmail], [each[number] for each in stock]
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def both_ways(env, port):
    """Times of messages that leave through Gmail, and by a personal SMTP server."""
    account = connect(env)
    seller = env.ref("sales_team.group_sale_salesman")
    account.user_id.group_ids += seller
    customer = env["res.partner"].create({"name": "Carla", "email": CUSTOMER})
    leads = env["crm.lead"].create(
        [
            {"name": f"Lead {n}", "user_id": account.user_id.id}
            for n in range(2 * MESSAGES + 2)
        ]
    )
    env["ir.mail_server"].create(
        {
            "name": "Anna's own",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "smtp_user": ANNA,
            "smtp_pass": "secret",
            "from_filter": ANNA,
            "owner_user_id": account.user_id.id,
        }
    )
    # Stock sends 30 a minute by a personal server; a fast machine would wait.
    parameters = env["ir.config_parameter"]
    parameters.set_param("mail.server.personal.limit.minutes", 10 * MESSAGES)
    env.cr.commit()
    env.invalidate_all()
    if not account.user_id.outgoing_mail_server_id:
        sys.exit("Odoo does not use the personal server")
    account._sync()
    gmail, stock = [], []
    for number, lead in enumerate(leads):
        is_gmail = number % 2 == 0
        account.state = "connected" if is_gmail else "disconnected"
        env.cr.commit()
        times = measure(env, lead.with_user(account.user_id), customer)
        if number > 1:  # the first of each kind fills the caches
            (gmail if is_gmail else stock).append(times)
    return gmail, stock


def measure(env, record, customer):
    """Seconds until the request has ended, and until the message has left."""
    env.invalidate_all()
    begun = time.perf_counter()
    record.message_post(
        body="Dear Carla",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        partner_ids=customer.ids,
    )
    env.cr.commit()
    response = time.perf_counter() - begun
    env["gmail.message"]._cron_send()
    return response, time.perf_counter() - begun


def compare(what: str, gmail: list[float], stock: list[float]) -> None:
    ours, theirs = statistics.median(gmail), statistics.median(stock)
    tell(
        what,
        f"{ours * 1000:.0f} ms, stock {theirs * 1000:.0f} ms, "
        f"ratio {ours / theirs:.2f}",
    )


if __name__ == "__main__":
    sys.exit(run_inside(__file__))
