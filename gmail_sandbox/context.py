"""What one running sandbox consists of, and how a request reaches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from flask import current_app

from .faults import Faults, RequestLog
from .store import Store

if TYPE_CHECKING:
    from .gateway import Gateway
    from .push import Publisher


@dataclass
class Sandbox:
    """Store, faults, log and the workers of one sandbox."""

    store: Store
    gateway: Gateway
    publisher: Publisher
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    #: Resumable uploads that are not finished, by id.
    uploads: dict[str, dict] = field(default_factory=dict)
    _running: int = 0
    _idle: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def request_running(self) -> Iterator[None]:
        """Count a request while it is processed."""
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Block until no request is being processed; False after the timeout."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout)


def sandbox() -> Sandbox:
    """The sandbox that serves the current request."""
    return cast(Sandbox, current_app.extensions["sandbox"])
