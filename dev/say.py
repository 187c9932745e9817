"""What the person at the terminal sees: steps, progress, and one last sentence."""

import contextlib
import os
import sys
import time


class Stop(Exception):
    """Something is missing that a person has to supply. The text is one sentence."""


def line(text: str) -> None:
    """Print one line at once, so that a pipe shows it when it happens."""
    print(text, flush=True)


def _in_place() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Step:
    """One step of the work: its name, how far it is, and how long it took.

    On a terminal the progress moves in place; in a log it is written when it has
    advanced noticeably, so that a long step never looks dead.
    """

    def __init__(self, title: str, quiet_seconds: float = 10.0):
        self.title = title
        self.started = time.monotonic()
        self._quiet = quiet_seconds
        self._last = self.started
        self._open = False

    def start(self) -> None:
        if _in_place():
            print(f"  {self.title} ...", end="", flush=True)
            self._open = True
        else:
            line(f"  {self.title} ...")

    def progress(self, text: str) -> None:
        """Show `text` as the state of this step."""
        now = time.monotonic()
        if self._open:
            if now - self._last > 0.2:
                self._last = now
                print(f"\r\033[K  {self.title} ... {text}", end="", flush=True)
        elif now - self._last > self._quiet:
            self._last = now
            line(f"  {self.title} ... {text} ({now - self.started:.0f} s)")

    def done(self, text: str = "done") -> None:
        took = f"{time.monotonic() - self.started:.0f} s"
        head = "\r\033[K" if self._open else ""
        self._open = False
        line(f"{head}  {self.title}: {text} ({took})")

    def failed(self) -> None:
        if self._open:
            self._open = False
            line("")


@contextlib.contextmanager
def step(title: str):
    """Show a step while the body runs; the body may call `.progress(text)`."""
    current = Step(title)
    current.start()
    try:
        yield current
    except BaseException:
        current.failed()
        raise
    current.done()
