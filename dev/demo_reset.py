"""`make demo-reset`: forget the demo's database and mailboxes."""

import contextlib

from . import locks, paths, say


def main(arguments: list[str]) -> int:
    """Remove what the demo keeps; the next `make demo` starts over."""
    from . import demo_database, postgres
    from .database import Databases

    with demo_stopped(), postgres.server() as server:
        demo_database.forget(Databases(server))
    say.line("  The next `make demo` starts over.")
    return 0


def forget_clone() -> None:
    """Drop every database of this clone."""
    from . import postgres
    from .database import Databases

    with demo_stopped(), postgres.server() as server:
        databases = Databases(server)
        for name in databases.names(f"gtws_{paths.clone_key()}_"):
            databases.drop(name)


@contextlib.contextmanager
def demo_stopped():
    """Hold the demo's lock, or stop because the demo runs."""
    lock = locks.FileLock(paths.state("demo") / "demo.lock")
    if not lock.acquire(wait=False):
        raise say.Stop("The demo of this clone runs: end it first.")
    try:
        yield
    finally:
        lock.release()
