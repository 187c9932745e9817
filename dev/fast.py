"""`make test-fast`: the tests that need no database, in seconds."""

import subprocess

from . import odoo, paths, venv
from .postgres import Server
from .run_odoo import Runner

PURE = [
    "dev/tests/test_dev.py",
    "gmail_sandbox/tests",
    "gmail_two_way_sync/tests/rules",
    "gmail_two_way_sync/tests/google",
]


def main(arguments: list[str]) -> int:
    """Run pytest without pytest-odoo on `arguments`, or on everything pure."""
    chosen = [text for text in arguments if "/" in text]
    if not chosen:
        chosen = [text for text in PURE if (paths.ROOT / text).exists()]
    options = [text for text in arguments if text not in chosen]
    command = [venv.python(), "-m", "pytest", "-p", "no:odoo", "-p", "dev.plain"]
    environment = Runner(odoo.find(), Server()).environment()
    return subprocess.call(
        [*command, *options, *chosen], cwd=paths.ROOT, env=environment
    )
