"""Starting other programs so that none of them outlives us."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: int = signal.SIGTERM) -> None:
    """Ask the kernel to send us `sig` when our parent dies, even by kill -9."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent dies, to end them too."""
    if _libc:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


# Children that outlive us on purpose.
spared: set[int] = set()


class Ended(BaseException):
    """Somebody asked us to end (SIGTERM, SIGHUP). Not an error."""


def end_on_signals() -> None:
    """Turn signals into exceptions, so that `finally` blocks run.

    SIGINT too: a shell starts what it puts into the background with SIGINT ignored.
    """

    def handler(signum, _frame):
        raise Ended(signum)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGHUP, handler)
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)


def ignore_signals() -> None:
    """Let nothing interrupt the last steps, which end other programs."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def start(command: list, death: int = signal.SIGKILL, **kwargs) -> subprocess.Popen:
    """Start a program in a process group of its own that dies when we die."""
    return subprocess.Popen(
        [str(part) for part in command],
        preexec_fn=lambda: die_with_parent(death),
        start_new_session=True,
        **kwargs,
    )


def stop(process: subprocess.Popen, sig: int = signal.SIGTERM, patience=10.0) -> None:
    """End a program started with `start`, and what it started: kindly, then not."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, sig)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.wait()


def children() -> list[int]:
    """Return the process ids of our direct children (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = entry.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid():
                found.append(int(entry.parent.name))
    return [pid for pid in found if pid not in spared]


def end_children(patience: float = 5.0) -> None:
    """Kill every descendant that is left; orphans come to us (`adopt_orphans`)."""
    deadline = time.monotonic() + patience
    while (left := children()) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
