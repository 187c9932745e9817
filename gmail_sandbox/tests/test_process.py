"""The sandbox as a process of its own: command line, restart, SMTP, gateway."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from ..control_client import ControlClient
from ..server import SandboxServer
from . import ANN, BOB, CLIENT_ID, CLIENT_SECRET, REDIRECT, mail

CONFIG = {
    "clients": [
        {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [REDIRECT],
        }
    ],
    "accounts": [
        {"email": ANN, "name": "Ann Smith", "kind": "workspace"},
        {
            "email": BOB,
            "name": "Bob",
            "send_as": [{"email": "b@x.example", "name": "B", "verified": True}],
        },
    ],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "gmail_sandbox", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": ""},
    )


@pytest.fixture
def started(tmp_path):
    """Start (and start again) one sandbox on the same file."""
    port = free_port()
    config = tmp_path / "config.json"
    config.write_text(json.dumps(CONFIG))
    processes = []

    def start(*more):
        data = tmp_path / "mail.sqlite"
        process = run("--port", port, "--data", data, "--config", config, *more)
        processes.append(process)
        control = ControlClient(f"http://127.0.0.1:{port}")
        control.wait_ready()
        return process, control

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_killed_process_keeps_the_mailbox(started):
    process, control = started()
    tokens = control.connect(ANN, client_id=CLIENT_ID)
    url = control.authorization_url(CLIENT_ID, REDIRECT)
    sent = control.send(ANN, BOB, "Kept")
    before = control.account(ANN)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _process, control = started()
    assert [m["id"] for m in control.messages(ANN)] == [sent["id"]]
    assert control.messages(BOB)[0]["subject"] == "Kept"
    assert control.account(ANN) == before
    assert control.token_counts(ANN)["refresh"] == 1
    assert control.authorize(url, ANN).startswith(REDIRECT)
    assert tokens["access_token"]


def test_ends_quickly_and_says_little(started):
    process, control = started()
    hold = control.inject("hold", "auth")
    url = control.authorization_url(CLIENT_ID, REDIRECT)
    with pytest.raises(requests.Timeout):
        requests.get(url, timeout=0.5)
    assert control.wait_for_hits(hold)
    control.connect(ANN, client_id=CLIENT_ID)
    begin = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - begin < 4
    out, err = process.communicate()
    assert out == f"Gmail sandbox: {control.base_url}\n"
    assert err == ""


def test_port_taken():
    with SandboxServer() as running:
        process = run("--port", running.port)
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert err.count("\n") == 1 and str(running.port) in err


def test_unreadable_configuration(tmp_path):
    process = run("--port", free_port(), "--config", tmp_path / "nope.json")
    _out, err = process.communicate(timeout=20)
    assert process.returncode and "cannot be read" in err and "Traceback" not in err


def test_smtp_and_gateway_of_a_process(started, tmp_path):
    script = tmp_path / "gate.py"
    script.write_text("import sys; sys.stdout.write(sys.stdin.read())")
    smtp_port = free_port()
    _process, control = started(
        "--smtp-port",
        smtp_port,
        "--gateway-domain",
        "odoo.example",
        "--gateway-command",
        f"{sys.executable} {script}",
    )
    with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
        smtp.sendmail("odoo@odoo.example", [ANN, "x@else.example"], mail())
    assert control.messages(ANN)[0]["from"] == "Carl Customer <carl@else.example>"
    assert control.outside()[0]["recipient"] == "x@else.example"
    control.send(ANN, "catchall@odoo.example", "For Odoo")
    assert control.wait_gateway()
    (run_,) = control.gateway_runs()
    assert "Subject: For Odoo" in run_["stdout"]


# In this process


@pytest.fixture
def gate(control, tmp_path):
    """A gateway command made of some Python code."""

    def set_code(code):
        script = tmp_path / "gate.py"
        script.write_text(f"import sys\ndata = sys.stdin.buffer.read()\n{code}\n")
        control.set_gateway("odoo.example", f'{sys.executable} "{script}"')

    return set_code


def test_gateway_gets_one_message_per_recipient(control, gate):
    gate("sys.stdout.buffer.write(data); print('noise', file=sys.stderr)")
    control.send(
        ANN, f"a@odoo.example, {BOB}", "Hi", cc="b@odoo.example", bcc="c@ODOO.example"
    )
    assert control.wait_gateway()
    runs = control.gateway_runs()
    assert [r["recipient"] for r in runs] == [
        "a@odoo.example",
        "b@odoo.example",
        "c@ODOO.example",
    ]
    for run_ in runs:
        assert run_["exit_code"] == 0 and run_["stderr"] == "noise\n"
        first, second, *_rest = run_["stdout"].splitlines()
        assert first == f"X-Original-To: {run_['recipient']}"
        assert second == f"Delivered-To: {run_['recipient']}"
        assert "Bcc" not in run_["stdout"] and "\r" not in run_["stdout"]
    assert control.outside() == []


def test_refusing_gateway_bounces(control, gate):
    gate("print('no such alias', file=sys.stderr); sys.exit(67)")
    sent = control.send(ANN, "x@odoo.example", "Hi")
    assert control.wait_gateway()
    bounce = control.messages(ANN, "from:mailer-daemon", with_raw=True)[0]
    assert bounce["thread_id"] == sent["thread_id"]
    assert b"no such alias" in bounce["raw"]


def test_gateway_with_a_passing_trouble_is_tried_again(server, control, gate, tmp_path):
    server.sandbox.gateway.pause = 0.05
    mark = tmp_path / "mark"
    gate(
        f"import pathlib; mark = pathlib.Path({str(mark)!r})\n"
        "if not mark.exists(): mark.touch(); sys.exit(75)"
    )
    control.send(ANN, "x@odoo.example", "Hi")
    assert control.wait_gateway()
    (run_,) = control.gateway_runs()
    assert run_["tries"] == 2 and run_["exit_code"] == 0
    assert len(control.messages(ANN)) == 1


def test_smtp_inlet_bounces_to_the_envelope_sender(server, control):
    with smtplib.SMTP("127.0.0.1", server.smtp_port) as smtp:
        smtp.sendmail(ANN, ["nobody@gmail.com"], mail(Message_ID="<keep@odoo.example>"))
        smtp.sendmail(ANN, [BOB], mail(Message_ID="<keep@odoo.example>"))
    assert control.messages(BOB)[0]["message_id"] == "<keep@odoo.example>"
    assert "Failure" in control.messages(ANN)[0]["subject"]


def test_big_mail_by_smtp(server, control):
    blob = ("big.bin", "application/octet-stream", b"\0" * 5_000_000)
    with smtplib.SMTP("127.0.0.1", server.smtp_port) as smtp:
        smtp.sendmail(ANN, [BOB], mail(files=(blob,)).replace(b"\n", b"\r\n"))
    assert control.messages(BOB, "has:attachment")
