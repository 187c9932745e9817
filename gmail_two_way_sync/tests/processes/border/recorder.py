"""Plays the stock paths inside of Odoo's shell and keeps what reaches a mail server.

Knows nothing of the addon either, unless a sandbox is given: then Anna's mailbox is
connected first, and what waits to leave through Gmail leaves.
"""

import json
import logging
import os
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.controller import Controller

from .plays import PLAYS
from .scene import Scene

SANDBOX_URL, SMTP_PORT, RECORDING = "GTWS_SANDBOX_URL", "GTWS_SMTP_PORT", "GTWS_FILE"


class Sink:
    """A mail server that takes everything and passes nothing on."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, _server, _session, envelope):
        raw = envelope.content.decode("ascii", "surrogateescape")
        to = sorted(envelope.rcpt_tos)
        self.taken.append({"from": envelope.mail_from, "to": to, "raw": raw})
        return "250 OK"


def record(env):
    """Write what each play sends to the file that the environment names."""
    logging.disable(logging.ERROR)
    sink = Sink()
    smtp = Controller(sink, "127.0.0.1", int(os.environ[SMTP_PORT]))
    smtp.start()
    try:
        recorded = _recorded(env, sink)
    finally:
        smtp.stop()
    Path(os.environ[RECORDING]).write_text(json.dumps(recorded))


def _recorded(env, sink):
    scene = Scene(env)
    has_gmail = SANDBOX_URL in os.environ
    if has_gmail:
        _connect(env, scene.anna)
    recorded = {}
    for function in PLAYS:
        _settle(env, has_gmail)  # what the play only prepares is not its mail
        sink.taken = []
        function(scene)
        _settle(env, has_gmail)
        recorded[function.__name__] = sink.taken
    return recorded


def _settle(env, has_gmail):
    """All that is waiting leaves, as the scheduled actions would have it leave."""
    env.cr.commit()
    env.invalidate_all()
    env["mail.mail"].process_email_queue()
    if has_gmail:
        env["gmail.message"]._cron_send()
    env.cr.commit()
    env.invalidate_all()


def _connect(env, user):
    """Connect a user's mailbox, as its owner would."""
    from gmail_sandbox.control_client import ControlClient

    url, name, secret = os.environ[SANDBOX_URL], "border", "secret"
    control = ControlClient(url)
    redirect_uri = env["gmail.sign.in"]._redirect_uri()
    control.create_client(name, secret, [redirect_uri], project=name)
    parameters = {"google_base_url": url, "client_id": name, "client_secret": secret}
    for key, value in parameters.items():
        env["ir.config_parameter"].set_param(f"gmail_two_way_sync.{key}", value)
    session = {}
    sign_in = env["gmail.sign.in"].with_user(user)
    arrived = control.authorize(sign_in._begin(session), user.email)
    answer = dict(parse_qsl(urlsplit(arrived).query))
    sign_in._finish(session, answer["state"], answer["code"], None)
