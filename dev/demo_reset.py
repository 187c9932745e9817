"""`make demo-reset`: forget the demo's database and mailboxes."""

from . import demo, locks, paths, postgres, say
from .database import Databases


def main(arguments: list[str]) -> int:
    """Remove what the demo keeps; the next `make demo` starts over."""
    lock = locks.FileLock(paths.state("demo") / "demo.lock")
    if not lock.acquire(wait=False):
        raise say.Stop("The demo of this clone runs: end it first.")
    with postgres.server() as server:
        demo.forget(Databases(server))
    say.line("  The next `make demo` starts over.")
    return 0
