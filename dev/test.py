"""`make test`: one pytest run over everything, on a fresh copy of the database."""

import shlex
import signal
import tempfile
from pathlib import Path

from . import browser, node, odoo, paths, postgres, process, say, venv
from .run_odoo import Runner
from .templates import Templates


def main(arguments: list[str]) -> int:
    """Run the tests that pytest selects from `arguments`; return its exit status."""
    process.adopt_orphans()
    found = odoo.find()
    say.line(f"  {found.describe()}")
    browser.ensure()
    node.ensure()
    with postgres.server() as server:
        say.line(f"  {server.description}")
        runner = Runner(found, server)
        with Templates(runner).run() as database:
            return _pytest(runner, database, arguments)


def _pytest(runner: Runner, database: str, arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="gtws-test-") as temporary:
        config = runner.configure(Path(temporary) / "odoo.conf", database)
        command = [venv.python(), "-m", "pytest", "-p", "dev.pytest_plugin"]
        command += [f"--odoo-config={config}", f"--odoo-database={database}"]
        command += ["--odoo-http", *arguments]
        say.line(f"  pytest {shlex.join(arguments)}".rstrip())
        environment = runner.environment(
            # Chromium and others leave their files in a folder that we remove.
            TMPDIR=temporary,
        )
        child = process.start(
            command, death=signal.SIGINT, cwd=paths.ROOT, env=environment
        )
        try:
            return child.wait()
        finally:
            process.ignore_signals()
            process.stop(child, signal.SIGINT, patience=20)
            process.end_children()
