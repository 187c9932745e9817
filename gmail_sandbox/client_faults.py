"""The control client's methods about faults and the request log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .client_base import Connection


class FaultMethods(Connection):
    """Make requests fail, and see which ones came."""

    # Faults

    def inject(
        self,
        kind: str = "error",
        method: str | None = None,
        *,
        account: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        error: str | None = None,
        status: int | None = None,
        reason: str | None = None,
        message: str | None = None,
        retry_after: str | int | None = None,
        retry_seconds: float = 900,
        delay: float = 0,
        when: str = "before",
        message_id: str | None = None,
        in_batch: bool | None = None,
    ) -> int:
        """Make requests fail; returns the fault's id.

        :param kind: error, error_after (processed, but this error answered),
            drop_before, drop_after (connection closed without an answer, not
            processed or processed), delay, hold (until ``release``).
        :param method: API method ("messages.send", "history.list", "getProfile",
            "batch", "token", "revoke", "auth", ...); None matches any.
        :param account: only for this account.
        :param times: how often it fires; None is for ever. ``skip``: how many
            matching requests pass before.
        :param error: name in the catalogue (errors.CATALOGUE); status, reason and
            message override parts of it.
        :param retry_after: value of a Retry-After header; ``retry_seconds``: how far
            ahead the time in the error ``retryAfterMessage`` is.
        :param delay: seconds, before or after processing as ``when`` says.
        :param message_id: only requests for this message.
        :param in_batch: only parts of a batch (True) or only others (False).
        """
        return self.call(
            "inject",
            kind=kind,
            method=method,
            account=account,
            times=times,
            skip=skip,
            error=error,
            status=status,
            reason=reason,
            message=message,
            retry_after=None if retry_after is None else str(retry_after),
            retry_seconds=retry_seconds,
            delay=delay,
            when=when,
            message_id=message_id,
            in_batch=in_batch,
        )

    def not_yet_visible(self, email: str, message_id: str, times: int = 1) -> int:
        """messages.get of this message answers 404 that often."""
        return self.inject(
            "error",
            "messages.get",
            error="notFound",
            account=email,
            message_id=message_id,
            times=times,
        )

    def faults(self) -> list[dict[str, Any]]:
        """Faults in force: id, method, kind, account, times, hits."""
        return self.call("list_faults")

    def clear_faults(self, fault_id: int | None = None) -> None:
        """Remove one or all faults; held requests go on."""
        self.call("clear_faults", fault_id=fault_id)

    def release(self, fault_id: int | None = None) -> None:
        """Let held requests go on."""
        self.call("release", fault_id=fault_id)

    def wait_for_hits(self, fault_id: int, hits: int = 1, timeout: float = 10) -> bool:
        """Block until a fault has fired; False after the timeout."""
        return self.call("wait_for_hits", fault_id=fault_id, hits=hits, timeout=timeout)

    @contextmanager
    def fault(self, kind: str = "error", *args: Any, **options: Any) -> Iterator[int]:
        """A fault for the length of a ``with`` block; same parameters as inject."""
        fault_id = self.inject(kind, *args, **options)
        try:
            yield fault_id
        finally:
            self.clear_faults(fault_id)

    # The log of API requests

    def requests(
        self, method: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        """Keys: method, account, format, message_id, parts, in_batch, status (0: no
        answer), fault, at."""
        return self.call("requests", method=method, account=account)

    def counts(self, account: str | None = None) -> dict[str, int]:
        """Requests per method; parts of a batch count under their own method."""
        return self.call("counts", account=account)

    def clear_requests(self) -> None:
        self.call("clear_requests")
