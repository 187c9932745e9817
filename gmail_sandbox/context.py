"""What one running sandbox consists of, and how a request reaches it."""

from __future__ import annotations

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


def sandbox() -> Sandbox:
    """The sandbox that serves the current request."""
    return cast(Sandbox, current_app.extensions["sandbox"])
