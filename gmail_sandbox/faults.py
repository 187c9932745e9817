"""Faults that the control API injects, and the log of requests."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .errors import CATALOGUE, GoogleError, with_retry_time

KINDS = ("error", "error_after", "drop_before", "drop_after", "delay", "hold")


@dataclass
class Call:
    """One API request, as faults are matched and as it is logged."""

    method: str
    account: str | None = None
    format: str | None = None
    message_id: str | None = None
    parts: int | None = None
    in_batch: bool = False
    status: int | None = None
    fault: str | None = None
    at: float = field(default_factory=time.time)


@dataclass
class Fault:
    """What shall go wrong; None matches anything.

    :param times: how often it still fires; None is for ever.
    :param when: for delay and hold, ``before`` or ``after`` processing.
    """

    id: int
    method: str | None
    kind: str
    account: str | None = None
    times: int | None = 1
    error: GoogleError | None = None
    retry_after: str | None = None
    retry_seconds: float = 900
    delay: float = 0
    when: str = "before"
    message_id: str | None = None
    in_batch: bool | None = None
    skip: int = 0
    hits: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def matches(self, call: Call) -> bool:
        return (
            self.times != 0
            and self.method in (None, call.method)
            and self.account in (None, call.account)
            and self.message_id in (None, call.message_id)
            and self.in_batch in (None, call.in_batch)
        )

    def answer(self) -> GoogleError:
        """The error that it makes of a request, raised anew each time."""
        assert self.error is not None
        return with_retry_time(replace(self.error), self.retry_seconds)


def make_error(
    name: str | None, status: int | None, reason: str | None, message: str | None
) -> GoogleError:
    """An error by its name in the catalogue, in part or wholly overridden."""
    if name and name not in CATALOGUE:
        raise ValueError(f"Unknown error {name}; known: {', '.join(CATALOGUE)}")
    error = CATALOGUE[name or "backendError503"]
    changes = {"status": status, "reason": reason, "message": message}
    given = {key: value for key, value in changes.items() if value is not None}
    if "message" in given:
        given["detail"] = ""
    if "status" in given and given["status"] != error.status:
        given["status_name"] = ""
    return replace(error, **given)  # type: ignore[arg-type]


class Faults:
    """The faults in force, first injected first; one applies to a request."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._faults: dict[int, Fault] = {}
        self._last_id = 0

    def inject(self, fault: Fault) -> int:
        if fault.kind not in KINDS:
            raise ValueError(f"Unknown kind {fault.kind}; known: {', '.join(KINDS)}")
        with self._changed:
            self._last_id += 1
            fault.id = self._last_id
            self._faults[fault.id] = fault
            return fault.id

    def take(self, call: Call) -> Fault | None:
        """The fault for this request, counted down."""
        with self._changed:
            for fault in self._faults.values():
                if not fault.matches(call):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                call.fault = fault.kind
                self._changed.notify_all()
                return fault
        return None

    def get(self, fault_id: int) -> Fault:
        with self._changed:
            if fault_id not in self._faults:
                raise ValueError(f"There is no fault {fault_id}")
            return self._faults[fault_id]

    def wait_for_hits(self, fault_id: int, hits: int, timeout: float) -> bool:
        """Block until the fault has fired that often; False after the timeout."""
        fault = self.get(fault_id)
        with self._changed:
            return self._changed.wait_for(lambda: fault.hits >= hits, timeout)

    def release(self, fault_id: int | None = None) -> None:
        """Let held requests go on, and hold no more of them."""
        with self._changed:
            chosen = [
                fault
                for fault in self._faults.values()
                if fault_id in (None, fault.id) and fault.kind == "hold"
            ]
        for fault in chosen:
            fault.times = 0
            fault.released.set()

    def clear(self, fault_id: int | None = None) -> None:
        """Remove faults; held requests go on."""
        self.release(fault_id)
        with self._changed:
            for key in [fault_id] if fault_id else list(self._faults):
                self._faults.pop(key, None)

    def describe(self) -> list[dict[str, Any]]:
        with self._changed:
            return [
                {
                    "id": fault.id,
                    "method": fault.method,
                    "kind": fault.kind,
                    "account": fault.account,
                    "times": fault.times,
                    "hits": fault.hits,
                }
                for fault in self._faults.values()
            ]


class RequestLog:
    """The last requests, without anything secret in them."""

    def __init__(self, size: int = 100_000) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=size)

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def entries(
        self, method: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        with self._lock:
            calls = list(self._calls)
        return [
            asdict(call)
            for call in calls
            if method in (None, call.method) and account in (None, call.account)
        ]

    def counts(self, account: str | None = None) -> dict[str, int]:
        """Requests per method; batch parts count as their own method."""
        entries = self.entries(account=account)
        return dict(Counter(entry["method"] for entry in entries))

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
