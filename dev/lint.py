"""`make lint`: each check is a command that prints what is wrong.

`make test` runs the same checks, as tests (dev/tests/test_lint.py).
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import node, paths, say, venv

PYTHON_FOLDERS = ["dev", "gmail_sandbox", "gmail_two_way_sync", "benchmarks"]
# What the two packages ship; vendored libraries would be listed here.
STYLED = {".xml", ".js", ".mjs"}
ESLINT = (node.tool("eslint"), "--config", "dev/eslint.config.mjs")


@dataclass(frozen=True)
class Check:
    """A named command; `needs_node` says that it is one of npm's tools."""

    name: str
    command: tuple[str, ...]
    needs_node: bool = False

    def run(self) -> tuple[int, str]:
        """Return the exit status and what the command printed."""
        done = subprocess.run(
            self.command,
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        return done.returncode, done.stdout + done.stderr


def checks() -> list[Check]:
    """Return every check that has something to look at."""
    binaries = venv.python().parent
    python = [name for name in PYTHON_FOLDERS if (paths.ROOT / name).is_dir()]
    ruff, addon = str(binaries / "ruff"), paths.ADDON.name
    pylint = [str(venv.python()), "-m", "pylint", "--rcfile=dev/pylintrc", addon]
    oca = [str(binaries / "oca-checks-odoo-module"), f"{addon}/__manifest__.py"]
    found = [
        Check("ruff", (ruff, "check", *python)),
        Check("ruff-format", (ruff, "format", "--check", *python)),
        Check("pylint-odoo", tuple(pylint)),
        Check("oca-checks", tuple(oca)),
    ]
    styled = files(STYLED)
    if styled:
        found.append(Check("prettier", prettier("--check", styled), True))
    scripts = [name for name in styled if not name.endswith(".xml")]
    if scripts:
        found.append(Check("eslint", (*ESLINT, *scripts), True))
    return found


def prettier(mode: str, names: list[str]) -> tuple[str, ...]:
    config = "--config=dev/prettier.config.mjs"
    return (node.tool("prettier"), config, "--log-level=warn", mode, *names)


def files(suffixes: set[str]) -> list[str]:
    """Return the repository's files with these endings, without vendored ones."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [
        name
        for name in listed
        if Path(name).suffix in suffixes
        and "/lib/" not in name
        and (paths.ROOT / name).is_file()
    ]


def main(arguments: list[str]) -> int:
    """Run the checks (or those named); return 1 if any complains."""
    without_node = bool(node.ensure())
    failed = []
    for check in checks():
        if arguments and check.name not in arguments:
            continue
        if check.needs_node and without_node:
            continue
        status, output = check.run()
        say.line(f"  {check.name}: {'ok' if not status else 'failed'}")
        if status:
            failed.append(check.name)
            say.line(output)
    if failed:
        raise say.Stop(f"Lint: {', '.join(failed)}; `make format` mends the layout.")
    return 0
