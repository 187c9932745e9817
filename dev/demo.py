"""`make demo`: Odoo with the addon, and the sandbox in place of Google."""

import http.client
import json
import secrets
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import (
    demo_people,
    locks,
    odoo,
    paths,
    ports,
    postgres,
    process,
    say,
    templates,
    venv,
)
from .database import Databases
from .run_odoo import Runner
from .templates import Templates

CLIENT_ID = "demo-client.apps.sandbox.example"
ADMINISTRATOR = 2  # the id of Odoo's first user, who may hand mail in


def main(arguments: list[str]) -> int:
    """Bring everything up and stay until somebody ends it; return 0 then."""
    process.adopt_orphans()
    state = paths.state("demo")
    lock = locks.FileLock(state / "demo.lock")
    if not lock.acquire(wait=False):
        raise say.Stop("The demo of this clone runs already: end that one first.")
    demo = Demo(state, *_ports())
    found = odoo.find()
    say.line(f"  {found.describe()}")
    try:
        with postgres.server() as server:
            say.line(f"  {server.description}")
            demo.prepare(Runner(found, server))
            demo.serve()
    except (KeyboardInterrupt, process.Ended):
        pass
    finally:
        process.ignore_signals()
        demo.stop()
        process.end_children()
    say.line("\nThe demo has ended; `make demo` continues where it was.")
    return 0


def _ports() -> tuple[int, int, int]:
    return (
        ports.claim("DEMO_ODOO_PORT", 8069, "Odoo"),
        ports.claim("DEMO_SANDBOX_PORT", 8025, "the sandbox"),
        ports.claim("DEMO_SMTP_PORT", 8026, "the sandbox's mail server"),
    )


def database_name() -> str:
    return f"gtws_{paths.clone_key()}_demo"


@dataclass
class Demo:
    """The two servers of the demo and what they keep in `state`."""

    state: Path
    odoo_port: int
    sandbox_port: int
    smtp_port: int

    def __post_init__(self):
        self.odoo_url = f"http://localhost:{self.odoo_port}"
        self.sandbox_url = f"http://localhost:{self.sandbox_port}"
        self.running = {}

    def prepare(self, runner: Runner) -> None:
        """Make or update the database, and load the records if needed."""
        self.runner = runner
        database = database_name()
        self.config = runner.configure(
            self.state / "odoo.conf",
            database,
            http_port=self.odoo_port,
            max_cron_threads=1,
            without_demo=True,
        )
        self._database(database)
        self._records()

    def _database(self, database: str) -> None:
        """Install the addon into a new database, or update it if its code changed."""
        layers = Templates(self.runner)
        base = layers.base()
        code = templates.fingerprint(paths.ADDON)
        addon = paths.ADDON.name
        if not layers.databases.exists(database):
            self._forget_stamps()
            layers.databases.create(f"{database}_part", base)
            config = self.runner.configure(
                self.state / "part.conf", f"{database}_part", without_demo=True
            )
            with say.step("Installing the addon") as step:
                self.runner.modules(config, step, "-i", addon)
            layers.databases.rename(f"{database}_part", database)
        elif self._stamp("base") != base:
            with say.step("Updating all modules: Odoo changed since last time") as step:
                wanted = ",".join(templates.MODULES)
                self.runner.modules(self.config, step, "-u", "base", "-i", wanted)
        elif self._stamp("code") != code:
            with say.step("Updating the addon: its code changed") as step:
                self.runner.modules(self.config, step, "-u", addon)
        self._stamp("base", base)
        self._stamp("code", code)

    def _records(self) -> None:
        """Load the demo records unless the last run did, for the same addresses."""
        variables = {
            "DEMO_ODOO_URL": self.odoo_url,
            "DEMO_SANDBOX_URL": self.sandbox_url,
            "DEMO_SMTP_PORT": str(self.smtp_port),
            "DEMO_CLIENT_ID": CLIENT_ID,
            "DEMO_CLIENT_SECRET": self._secret(),
        }
        sources = [paths.DEV / name for name in ("demo_data.py", "demo_people.py")]
        texts = [source.read_text() for source in sources]
        wanted = templates.digest(self._stamp("code"), *texts, *variables.values())
        if self._stamp("records") == wanted:
            return
        script = "from dev import demo_data\ndemo_data.load(env)\n"
        self.runner.script(self.config, script, "Demo records", **variables)
        self._stamp("records", wanted)

    def serve(self) -> None:
        """Start both servers, show where they are, and watch them."""
        new = not (self.state / "sandbox.sqlite").exists()
        self._start_sandbox()
        self._wait_for("sandbox", self.sandbox_port, "/")
        if new:
            self._seed_mail()
        self._start_odoo()
        self._wait_for("odoo", self.odoo_port, "/web/health")
        self._greet()
        while True:
            time.sleep(0.5)
            self._check_alive()

    def stop(self) -> None:
        """End both servers and whatever they started."""
        for child in reversed(self.running.values()):
            process.stop(child)
        self.running.clear()

    def _start_sandbox(self) -> None:
        callback = f"{self.odoo_url}/gmail_two_way_sync/oauth/callback"
        client = {
            "client_id": CLIENT_ID,
            "client_secret": self._secret(),
            "redirect_uris": [callback],
        }
        config = self.state / "sandbox.json"
        accounts = demo_people.accounts()
        config.write_text(json.dumps({"clients": [client], "accounts": accounts}))
        config.chmod(0o600)
        command = [venv.python(), "-m", "gmail_sandbox", "--host", "127.0.0.1"]
        command += ["--port", self.sandbox_port, "--smtp-port", self.smtp_port]
        command += ["--data", self.state / "sandbox.sqlite", "--config", config]
        command += ["--gateway-domain", demo_people.ALIAS_DOMAIN]
        command += ["--gateway-command", self._gateway_command()]
        self._start("sandbox", command)

    def _gateway_command(self) -> str:
        """Return the command that hands one mail to Odoo: Odoo's own script."""
        command = [sys.executable, self.runner.odoo.mailgate, "-d", database_name()]
        command += ["-u", ADMINISTRATOR, "-p", "admin"]
        command += ["--host", "localhost", "--port", self.odoo_port, "--retry-status"]
        return shlex.join(str(part) for part in command)

    def _start_odoo(self) -> None:
        self._start("odoo", self.runner.command("-c", self.config))

    def _start(self, name: str, command: list) -> None:
        """Start a server whose output goes to a file."""
        with open(self.state / f"{name}.log", "w") as log:
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
            while not _answers(port, path):
                self._check_alive()
                time.sleep(0.3)
                step.progress(f"{time.monotonic() - started:.0f} s")

    def _check_alive(self) -> None:
        for name, child in self.running.items():
            if child.poll() is not None:
                log = self.state / f"{name}.log"
                say.line("")
                for text in log.read_text(errors="replace").splitlines()[-25:]:
                    say.line(text)
                raise say.Stop(f"The {name} server has ended; its log is {log}.")

    def _seed_mail(self) -> None:
        """Put some private mail into the mailboxes, which must never reach Odoo."""
        from gmail_sandbox.control_client import ControlClient

        control = ControlClient(self.sandbox_url)
        for sender, recipient, subject, text in demo_people.LETTERS:
            control.send(sender, recipient, subject, text)

    def _greet(self) -> None:
        lines = ["", f"  Odoo      {self.odoo_url}"]
        lines.append("            admin / admin (administrator)")
        for person in demo_people.COLLEAGUES:
            lines.append(f"            {person.login} / {person.login} ({person.name})")
        lines += [f"  Mailboxes {self.sandbox_url}  (the stand-in for Gmail)"]
        lines += [f"  Logs      {self.state}/odoo.log, sandbox.log", ""]
        lines += ["Log in as anna, open My Preferences > Email and connect Gmail."]
        lines += ["Ctrl-C ends the demo; the next one continues where this one was."]
        for text in lines:
            say.line(text)

    def _secret(self) -> str:
        """Return the sandbox client's secret, made once."""
        if not self._stamp("secret"):
            self._stamp("secret", secrets.token_urlsafe(24))
        return self._stamp("secret")

    def _stamp(self, name: str, value: str | None = None) -> str:
        """Read what an earlier run noted under a name, or note `value`."""
        file = self.state / f"{name}.stamp"
        if value is not None:
            file.write_text(value)
            file.chmod(0o600)
        return file.read_text() if file.exists() else ""

    def _forget_stamps(self) -> None:
        for file in self.state.glob("*.stamp"):
            file.unlink()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def forget(databases: Databases) -> None:
    """Remove the demo's databases, mailboxes, settings and logs."""
    for name in databases.names(database_name()):
        databases.drop(name)
    for file in paths.state("demo").iterdir():
        if file.name != "demo.lock":
            file.unlink()
