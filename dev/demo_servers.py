"""The two servers of the demo: Odoo, and the sandbox in place of Google."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

from . import demo_people, paths, ports, process, say, venv
from .demo_place import CLIENT_ID, Place
from .run_odoo import Runner

ADMINISTRATOR = 2  # the id of Odoo's first user, who may hand mail in


class Servers:
    """Starts the servers, watches them, and ends them."""

    def __init__(self, place: Place, runner: Runner):
        self.place = place
        self.runner = runner
        self.running = {}

    def start(self, config: Path) -> None:
        """Start both servers and wait until they answer."""
        self._start_sandbox()
        self._wait_for("sandbox", self.place.sandbox_port, "/")
        self._seed_mail()
        self._start_odoo(config)
        self._wait_for("odoo", self.place.odoo_port, "/web/health")

    def watch(self) -> None:
        """Stay as long as both servers run."""
        while True:
            time.sleep(0.5)
            self._check_alive()

    def stop(self) -> None:
        """End both servers and whatever they started."""
        for child in reversed(self.running.values()):
            process.stop(child)
        self.running.clear()

    def _start_sandbox(self) -> None:
        callback = f"{self.place.odoo_url}/gmail_two_way_sync/oauth/callback"
        client = {
            "client_id": CLIENT_ID,
            "client_secret": self.place.secret(),
            "redirect_uris": [callback],
        }
        config = self.place.state / "sandbox.json"
        accounts = demo_people.accounts()
        config.write_text(json.dumps({"clients": [client], "accounts": accounts}))
        config.chmod(0o600)
        command = [venv.python(), "-m", "gmail_sandbox", "--host", "127.0.0.1"]
        command += ["--port", self.place.sandbox_port]
        command += ["--smtp-port", self.place.smtp_port]
        command += ["--data", self.place.state / "sandbox.sqlite", "--config", config]
        command += ["--gateway-domain", demo_people.ALIAS_DOMAIN]
        command += ["--gateway-command", self._gateway_command()]
        self._start("sandbox", command)

    def _gateway_command(self) -> str:
        """Return the command that hands one mail to Odoo: Odoo's own script."""
        command = [sys.executable, self.runner.odoo.mailgate, "-d", self.place.database]
        command += ["-u", ADMINISTRATOR, "-p", "admin", "--retry-status"]
        command += ["--host", "localhost", "--port", self.place.odoo_port]
        return shlex.join(str(part) for part in command)

    def _start_odoo(self, config: Path) -> None:
        self._start("odoo", self.runner.command("-c", config))

    def _start(self, name: str, command: list) -> None:
        """Start a server whose output goes to a file."""
        with open(self.place.state / f"{name}.log", "w") as log:
            self.running[name] = process.start(
                command,
                cwd=paths.ROOT,
                env=self.runner.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait_for(self, name: str, port: int, path: str) -> None:
        with say.step(f"Starting {name}") as step:
            started = time.monotonic()
            while not ports.answers(port, path):
                self._check_alive()
                time.sleep(0.3)
                step.progress(f"{time.monotonic() - started:.0f} s")

    def _check_alive(self) -> None:
        for name, child in self.running.items():
            if child.poll() is not None:
                log = self.place.state / f"{name}.log"
                say.line("")
                for text in log.read_text(errors="replace").splitlines()[-25:]:
                    say.line(text)
                raise say.Stop(f"The {name} server has ended; its log is {log}.")

    def _seed_mail(self) -> None:
        """Put some private mail into the mailboxes, once; Odoo must never get it."""
        seeded = self.place.state / "seeded"
        if seeded.exists():
            return
        from gmail_sandbox.control_client import ControlClient

        control = ControlClient(self.place.sandbox_url)
        for sender, recipient, subject, text in demo_people.LETTERS:
            control.send(sender, recipient, subject, text)
        seeded.touch()
