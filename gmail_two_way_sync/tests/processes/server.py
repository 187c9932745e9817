"""Odoo servers as processes of their own, and the people who use them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import requests

from dev import process

START_SECONDS = 90
# Longer than anything takes that works, on a machine that does other things too.
PATIENCE = 60
# What woke nobody would wait for a minute at least; a busy machine may take this.
AT_ONCE = 10


def eventually(ask, what, meanwhile=None, seconds=PATIENCE):
    """Wait until ``ask()`` is true and return what it returned.

    :param what: what is waited for, named if it never happens
    :param meanwhile: called about once a second
    """
    deadline = time.monotonic() + seconds
    called = 0.0
    while not (answer := ask()):
        now = time.monotonic()
        assert now < deadline, f"Waited {seconds} s in vain: {what}"
        if meanwhile and now - called > 1:
            meanwhile()
            called = now
        time.sleep(0.05)
    return answer


class Refused(Exception):
    """Odoo answered a call with an error."""


class OdooServer:
    """One Odoo server on the office's database.

    :param cron_threads: how many threads run scheduled actions
    """

    def __init__(self, runner, folder, database, name, cron_threads=2):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(folder) / f"{name}.log"
        self._runner = runner
        self._config = runner.configure(
            Path(folder) / f"{name}.conf",
            database,
            http_port=self.port,
            max_cron_threads=cron_threads,
            log_level="warn",
            without_demo=True,
        )
        self._process = None

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def start(self):
        with self.log.open("a") as log:
            self._process = process.start(
                self._runner.command("-c", self._config),
                env=self._runner.environment(NO_PROXY="127.0.0.1"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._answers, f"{self.log} serves", seconds=START_SECONDS)

    def kill(self):
        """End it as a power cut would: no thread gets to say a last word."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self):
        if self._process:
            process.stop(self._process, signal.SIGKILL)

    def _answers(self):
        assert self.is_running, f"The server has ended:\n{self.end_of_log()}"
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            return _session().get(f"{self.url}/web/health", timeout=START_SECONDS).ok

    def end_of_log(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-60:])


class Person:
    """Somebody in front of a browser. Sessions hold for all servers of a database."""

    def __init__(self, login, password):
        self.login = login
        self.password = password
        self.id = None
        self._session = _session()

    def sign_in(self, server, database):
        answer = self._post(
            server,
            "/web/session/authenticate",
            {"db": database, "login": self.login, "password": self.password},
        )
        self.id = answer["uid"]

    def call(self, server, model, method, *args, **kwargs):
        """Call a public method of a model, as the web client does."""
        parameters = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(server, f"/web/dataset/call_kw/{model}/{method}", parameters)

    def open(self, url, **options):
        return self._session.get(url, timeout=PATIENCE, **options)

    def _post(self, server, path, parameters):
        answer = self._session.post(
            f"{server.url}{path}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}),
            headers={"Content-Type": "application/json"},
            timeout=120,
        ).json()
        if "error" in answer:
            raise Refused(answer["error"]["data"]["debug"])
        return answer["result"]


def _session():
    session = requests.Session()
    session.trust_env = False  # no proxy between us and this machine
    return session


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
