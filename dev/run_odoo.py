"""Running Odoo: its configuration, its environment, and what its log tells."""

import os
import re
import secrets
import subprocess
import tempfile
from pathlib import Path

from . import paths, process, say, venv
from .odoo import Odoo
from .postgres import Server

MAIN = "import odoo.cli; odoo.cli.main()"
LOADING = re.compile(r"odoo\.modules\.loading: Loading module (\S+) \((\d+/\d+)\)")


class Runner:
    """One Odoo on one server."""

    def __init__(self, odoo: Odoo, server: Server):
        self.odoo = odoo
        self.server = server

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment in which Python finds Odoo and this repository."""
        search = [str(self.odoo.python_path), str(paths.ROOT)]
        browser_and_tools = f"{venv.python().parent}{os.pathsep}{os.environ['PATH']}"
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(search),
            "PATH": browser_and_tools,
            "PYTHONUNBUFFERED": "1",
            # Odoo works in UTC, and so do its tests.
            "TZ": "UTC",
            **more,
        }

    def configure(self, file: Path, database: str, **options) -> Path:
        """Write an Odoo configuration file for a database; return it."""
        addons = [*map(str, self.odoo.addons), str(paths.ROOT)]
        values = {
            "addons_path": ",".join(addons),
            "data_dir": self.server.data_dir,
            "db_name": database,
            "dbfilter": f"^{re.escape(database)}$",
            "list_db": False,
            "admin_passwd": secrets.token_urlsafe(24),
            "http_interface": "127.0.0.1",
            "max_cron_threads": 0,
            "workers": 0,
            "db_host": self.server.host or False,
            "db_port": self.server.port or False,
            "db_user": self.server.user or False,
            **options,
        }
        lines = [f"{key} = {value}" for key, value in values.items()]
        file.write_text("\n".join(["[options]", *lines, ""]))
        file.chmod(0o600)
        return file

    def command(self, *arguments) -> list[str]:
        return [str(venv.python()), "-c", MAIN, *map(str, arguments)]

    def modules(self, config: Path, step: say.Step, *arguments) -> None:
        """Install or update modules (`-i x,y` or `-u z`), showing the one at work."""
        command = self.command(
            "-c",
            config,
            *arguments,
            "--stop-after-init",
            "--no-http",
            "--max-cron-threads=0",
        )
        self._watched(command, step, "The modules cannot be installed")

    def script(self, config: Path, script: str, title: str, **variables: str) -> None:
        """Run a text of Python inside of Odoo's shell, where `env` is there."""
        command = self.command("shell", "-c", config, "--no-http")
        with say.step(title) as step, tempfile.TemporaryFile("w+") as source:
            source.write(script)
            source.seek(0)
            env = self.environment(**variables)
            self._watched(command, step, f"{title} failed", stdin=source, env=env)

    def _watched(self, command, step, failure, stdin=subprocess.DEVNULL, env=None):
        """Run Odoo to its end; on failure show the end of its log and stop."""
        child = process.start(
            command,
            env=env or self.environment(),
            cwd=paths.ROOT,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = []
        try:
            for text in child.stdout:
                output.append(text.rstrip())
                if match := LOADING.search(text):
                    step.progress(f"{match[2]} {match[1]}")
            child.wait()
        finally:
            process.stop(child)
        if child.returncode or any(" CRITICAL " in text for text in output):
            say.line("")
            for text in output[-60:]:
                say.line(text)
            raise say.Stop(f"{failure}: the end of Odoo's log is above.")
