"""One HTTP request, and what came back: nothing that is particular to Gmail."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

_logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0

# requests' own errors are OSErrors, as is that of a missing CA bundle; some errors of
# urllib3 come through as they are.
NETWORK_ERRORS = (OSError, urllib3.exceptions.HTTPError)


class PromptAdapter(HTTPAdapter):
    """Gives up connecting soon, however long an answer may take.

    A session takes one number of seconds for both. A pair would do, too, but not
    everything that stands between a session and its adapters expects one.
    """

    def send(self, request, stream=False, timeout=None, **options):  # type: ignore
        if isinstance(timeout, int | float):
            timeout = (min(CONNECT_TIMEOUT, timeout), timeout)
        return super().send(request, stream=stream, timeout=timeout, **options)


SessionType = TypeVar("SessionType", bound=requests.Session)


def prompt(session: SessionType) -> SessionType:
    """The session, which from now on gives up connecting soon and never repeats."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, PromptAdapter())
    return session


def utcnow() -> datetime:
    """The present, as naive UTC like all times in this package."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


@dataclass(frozen=True)
class Answer:
    """A complete HTTP answer, or one part of a batch answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """Value of a header, whatever its case; empty when there is none."""
        wanted = name.lower()
        values = (v for k, v in self.headers.items() if k.lower() == wanted)
        return next(values, "")

    def json(self) -> Any:
        """The decoded body. Raises ValueError when it is not JSON."""
        return json.loads(self.body)


def exchange(
    session: requests.Session, call: str, method: str, url: str, **options: Any
) -> Answer:
    """Make one request and read its answer to the end, whatever its status.

    Redirects are answers too: following one would repeat a POST (307, 308), and no
    endpoint used here redirects.

    :param call: name of the operation, for the log only.
    :param options: as for ``requests.Session.request``; ``timeout`` is
        what reading may take, in seconds.
    :raises: one of ``NETWORK_ERRORS``, or what the session's credentials raise.
    """
    options.setdefault("timeout", READ_TIMEOUT)
    started = time.monotonic()
    outcome = "failed"
    try:
        response = session.request(method, url, allow_redirects=False, **options)
        outcome = str(response.status_code)
    finally:
        # URLs, headers and bodies carry tokens, addresses and subjects: not logged.
        elapsed = (time.monotonic() - started) * 1000
        _logger.debug("Google %s: %s in %.0f ms", call, outcome, elapsed)
    return Answer(response.status_code, response.headers, response.content)
