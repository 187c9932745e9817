"""`make test`: one pytest run over everything, on a fresh copy of the database."""

import os
import shlex
import shutil
import signal
import tempfile
from pathlib import Path

from . import browser, node, odoo, paths, postgres, process, say, venv
from .run_odoo import Runner
from .templates import Templates

# Two workers, each with a copy of the database; a file's tests stay together. In their
# own order the files that take longest come first.
SHARED = ["--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"]


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


def _environment(runner: Runner, temporary: str) -> dict[str, str]:
    """Return what pytest needs to find things, and createdb the database server."""
    # Chromium and others leave their files in a folder that we remove.
    found = runner.environment(TMPDIR=temporary, **runner.server.variables)
    if runner.server.programs:
        found["PATH"] += os.pathsep + runner.server.programs
    return found


def _have_two_processors(environment: dict[str, str]) -> bool:
    """Return whether two workers are faster, and can copy the database for each."""
    has_program = shutil.which("createdb", path=environment["PATH"])
    return len(os.sched_getaffinity(0)) > 1 and bool(has_program)


def _pytest(runner: Runner, database: str, arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="gtws-test-") as temporary:
        config = runner.configure(Path(temporary) / "odoo.conf", database)
        command = [venv.python(), "-m", "pytest", "-p", "dev.pytest_plugin"]
        command += [f"--odoo-config={config}", f"--odoo-database={database}"]
        environment = _environment(runner, temporary)
        if not arguments and _have_two_processors(environment):
            arguments = SHARED
        # What Odoo logs is shown for tests that fail.
        command += ["--odoo-http", "--odoo-log-level=info", *arguments]
        say.line(f"  pytest {shlex.join(arguments)}".rstrip())
        child = process.start(
            command, death=signal.SIGINT, cwd=paths.ROOT, env=environment
        )
        try:
            return child.wait()
        finally:
            process.ignore_signals()
            process.stop(child, signal.SIGINT, patience=20)
            process.end_children()
