"""Locks between processes, freed by the kernel however a process dies."""

import contextlib
import fcntl
import os
from pathlib import Path


class FileLock:
    """A lock on a file, shared or exclusive, held until `release` or process end."""

    def __init__(self, path: Path):
        self.path = path
        self._fd: int | None = None

    def acquire(self, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock; return whether it was had (always, when waiting)."""
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(fd, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        return True

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


@contextlib.contextmanager
def exclusive(path: Path, on_wait=None):
    """Hold the lock on `path`; call `on_wait()` once if another process has it."""
    lock = FileLock(path)
    if not lock.acquire(wait=False):
        if on_wait:
            on_wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
