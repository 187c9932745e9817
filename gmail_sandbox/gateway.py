"""Mail for gateway domains, piped into a command as a mail server's alias would."""

from __future__ import annotations

import logging
import shlex
import subprocess
import threading
import time

from . import bounce, delivery
from .store import Store

TEMPORARY = 75  # EX_TEMPFAIL of sysexits: the mail server tries again
MAX_TRIES = 5
TIMEOUT = 120
_WAITING = (
    "FROM gateway_runs r JOIN gateways g"
    " ON g.domain = lower(substr(r.recipient, instr(r.recipient, '@') + 1))"
    " WHERE r.exit_code IS NULL"
)

_logger = logging.getLogger(__name__)


class Gateway:
    """One background worker; what is not done yet lies in the store."""

    def __init__(self, store: Store, pause: float = 2.0) -> None:
        self.store = store
        self.pause = pause
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self.store.on_gateway_mail = self.wake
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()
        if self._running:
            self._running.kill()
        self._thread.join(timeout=5)

    def wait_idle(self, timeout: float) -> bool:
        """Block until everything so far was piped; False after the timeout."""
        deadline = time.monotonic() + timeout
        while self._pending():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _pending(self) -> bool:
        return bool(self.store.one(f"SELECT 1 {_WAITING}"))

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._stopping.is_set() and self._run_next():
                pass

    def _run_next(self) -> bool:
        run = self.store.one(f"SELECT r.*, g.command {_WAITING} ORDER BY r.tries, r.id")
        if run is None:
            return False
        if run["tries"] and self._stopping.wait(self.pause):
            return False
        code, stdout, stderr = self._pipe(run)
        if self._stopping.is_set():
            return False  # cut short by us: it runs again at the next start
        self._finish(run, code, stdout, stderr)
        return True

    def _pipe(self, run) -> tuple[int, str, str]:
        message = _as_piped(self.store, run)
        try:
            self._running = subprocess.Popen(
                shlex.split(run["command"]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            out, err = self._running.communicate(message, timeout=TIMEOUT)
            code = self._running.returncode
        except subprocess.TimeoutExpired:
            assert self._running is not None
            self._running.kill()
            out, err = self._running.communicate()
            code = TEMPORARY
        except OSError as error:
            out, err, code = b"", str(error).encode(), 127
        finally:
            self._running = None
        return code, out.decode(errors="replace"), err.decode(errors="replace")

    def _finish(self, run, code: int, stdout: str, stderr: str) -> None:
        again = code == TEMPORARY and run["tries"] + 1 < MAX_TRIES
        with self.store.transaction():
            self.store.run(
                "UPDATE gateway_runs SET tries = tries + 1, exit_code = ?,"
                " stdout = ?, stderr = ? WHERE id = ?",
                None if again else code,
                stdout,
                stderr,
                run["id"],
            )
            if code and not again:
                _logger.warning("The gateway command ended with %s", code)
                last_line = (stderr.strip().splitlines() or [f"exit code {code}"])[-1]
                failure = bounce.Failure(run["recipient"], "5.3.0", last_line[:400])
                delivery.bounce_to(self.store, run["sender"], failure, run["raw"])


def _as_piped(store: Store, run) -> bytes:
    """The message with the headers that a mail server's pipe adds."""
    marked = f"X-Original-To: {run['recipient']}\r\n".encode() + delivery.received(
        store, run["sender"], run["recipient"], run["raw"]
    )
    # Programs behind a pipe get the system's line ends.
    return marked.replace(b"\r\n", b"\n")
