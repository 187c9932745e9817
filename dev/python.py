"""`make python ARGS="..."`: the virtual environment's Python with Odoo on its path."""

import subprocess

from . import odoo, paths, venv
from .postgres import Server
from .run_odoo import Runner


def main(arguments: list[str]) -> int:
    """Run Python with `arguments`; return its exit status."""
    environment = Runner(odoo.find(), Server()).environment()
    return subprocess.call([venv.python(), *arguments], cwd=paths.ROOT, env=environment)
