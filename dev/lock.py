"""`make lock`: choose the newest versions for dev/requirements.txt.

One set of versions for all supported versions of Python, from wheels only. The tool
that can do this, uv, is needed for nothing else and is not kept.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import paths, say, venv

HEADER = """\
# The versions that `make demo` and `make test` install into .venv: one set for
# Python 3.10 to 3.13. Made from requirements.in by `make lock`; edit that file.
"""
SOURCE = paths.DEV / "requirements.in"


def main(arguments: list[str]) -> int:
    """Write dev/requirements.txt; `arguments` go to `uv pip compile`."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        pip = [sys.executable, "-m", "pip", "install", "-q", "--target", place, "uv"]
        if subprocess.call([str(part) for part in pip]):
            raise say.Stop("The package uv cannot be had from the configured index.")
        command = [place / "bin" / "uv", "pip", "compile", "--quiet", SOURCE]
        command += ["--universal", "--python-version", "3.10", "--no-annotate"]
        command += ["--only-binary", ":all:", "--fork-strategy", "fewest"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--no-header"]
        command += ["--output-file", place / "locked.txt", *arguments]
        environment = {**os.environ}
        if bundle := os.environ.get("PIP_CERT"):
            environment.setdefault("SSL_CERT_FILE", bundle)
        # Start from the present versions: only what is asked for changes.
        (place / "locked.txt").write_text(venv.REQUIREMENTS.read_text())
        if subprocess.call([str(part) for part in command], env=environment):
            raise say.Stop("No set of versions fits dev/requirements.in.")
        venv.REQUIREMENTS.write_text(HEADER + (place / "locked.txt").read_text())
    say.line(f"  {venv.REQUIREMENTS.name} is written.")
    return 0
