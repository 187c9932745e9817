"""What the benchmarks share: Odoo with the addon, and Anna's connected mailbox."""

import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from dev import odoo, postgres, process
from dev.run_odoo import Runner
from dev.templates import Templates
from gmail_sandbox.control_client import ControlClient
from gmail_sandbox.server import SandboxServer

ANNA = "anna@northwind.example"
REDIRECT = "http://localhost/gmail_two_way_sync/oauth/callback"
SANDBOX_URL = "GTWS_SANDBOX_URL"


def run_inside(file: str) -> int:
    """Run a benchmark's ``inside(env)`` in Odoo's shell on a fresh database.

    :return: the exit status.
    """
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
                env=runner.environment(**{SANDBOX_URL: sandbox.base_url}),
                input=f"import runpy; runpy.run_path({file!r})['inside'](env)",
                text=True,
                check=False,
            ).returncode


def control() -> ControlClient:
    return ControlClient(os.environ[SANDBOX_URL])


def connect(env):
    """Anna's mailbox, connected as she would do it."""
    parameters = env["ir.config_parameter"]
    for name, value in (
        ("gmail_two_way_sync.google_base_url", os.environ[SANDBOX_URL]),
        ("gmail_two_way_sync.client_id", "bench"),
        ("gmail_two_way_sync.client_secret", "bench"),
        ("web.base.url", "http://localhost"),
    ):
        parameters.set_param(name, value)
    user = env["res.users"].create({"name": "Anna Berg", "login": ANNA, "email": ANNA})
    session = {}
    sign_in = env["gmail.sign.in"].with_user(user)
    arrived = control().authorize(sign_in._begin(session), ANNA)
    answer = dict(parse_qsl(urlsplit(arrived).query))
    sign_in._finish(session, answer.get("state"), answer.get("code"), None)
    env.cr.commit()
    return env["gmail.account"].search([("email", "=", ANNA)])


def tell(what: str, value: str) -> None:
    print(f"  {what:36} {value}", flush=True)
