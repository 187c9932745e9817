"""`make shell`: an Odoo shell on a throw-away database with the addon."""

import subprocess
import tempfile
from pathlib import Path

from . import odoo, paths, postgres
from .run_odoo import Runner
from .templates import Templates


def main(arguments: list[str]) -> int:
    """Give `env` on a fresh copy; what is committed is gone afterwards."""
    with postgres.server() as server:
        runner = Runner(odoo.find(), server)
        with Templates(runner).run() as database, tempfile.TemporaryDirectory() as tmp:
            config = runner.configure(Path(tmp) / "odoo.conf", database)
            command = runner.command("shell", "-c", config, "--no-http", *arguments)
            return subprocess.call(
                command, cwd=paths.ROOT, env=runner.environment(PGAPPNAME="gtws-shell")
            )
