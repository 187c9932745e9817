"""`make bench`: run the benchmarks, each a program of its own."""

import subprocess

from . import odoo, paths, postgres, say, venv
from .run_odoo import Runner

FOLDER = paths.ROOT / "benchmarks"


def main(arguments: list[str]) -> int:
    """Run benchmarks/*.py, or those named; return how many failed."""
    found = [p for p in sorted(FOLDER.glob("*.py")) if not p.name.startswith("_")]
    chosen = [p for p in found if not arguments or p.stem in arguments]
    if not chosen:
        known = ", ".join(path.stem for path in found) or "none yet"
        say.line(f"  No benchmark to run; there are: {known}.")
        return 0
    failed = 0
    with postgres.server() as server:
        runner = Runner(odoo.find(), server)
        for path in chosen:
            say.line(f"\n== {path.stem}")
            failed += bool(
                subprocess.call(
                    [venv.python(), path],
                    cwd=paths.ROOT,
                    # Where they find the server that we hold for them.
                    env=runner.environment(**server.variables),
                )
            )
    return failed
