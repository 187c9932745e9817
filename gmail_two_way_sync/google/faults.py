"""Reading what Google says about a failure: reason, words, time to come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from .wire import Answer

_SHORTEST_WAIT = timedelta(seconds=1)
# No window of Google's is longer, so a later time is a mistake of whoever wrote it.
_LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Fault:
    """What an answer says about a failure.

    ``reasons`` are all machine-readable words in it, the most specific first.
    ``readable`` tells Google's own error documents from those of a proxy.
    """

    status: int
    reasons: tuple[str, ...]
    message: str
    readable: bool
    retry_at: datetime | None

    @property
    def reason(self) -> str:
        return next(iter(self.reasons), "")

    @property
    def detail(self) -> str:
        return self.message or self.reason or f"HTTP {self.status}"


def read_fault(answer: Answer, now: datetime) -> Fault:
    """What an answer that is not a 2xx says. ``now`` is naive UTC.

    Understands the documents of the Gmail API (``{"error": {...}}``) and of the OAuth
    endpoints (``{"error": "...", "error_description": "..."}``). Anything else, such as
    a proxy's page, gives a fault that is not ``readable``.
    """
    document = _error_document(answer)
    message = _clean(_message(document))
    return Fault(
        status=answer.status,
        reasons=tuple(_reasons(document)),
        message=message,
        readable=document is not None or _is_token_challenge(answer),
        retry_at=_bounded(_told_time(answer, message, now), now),
    )


def _error_document(answer: Answer) -> dict[str, Any] | None:
    """The object with Google's error, of the API's or of OAuth's form."""
    try:
        document = answer.json()
    except ValueError:
        return None
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        return error
    return document if isinstance(error, str) and error else None


def _is_token_challenge(answer: Answer) -> bool:
    """The upload endpoint may refuse a token without an error document."""
    challenge = answer.header("WWW-Authenticate").lower()
    return answer.status == 401 and challenge.startswith("bearer")


def _message(document: dict[str, Any] | None) -> str:
    document = document or {}
    keys = ("message", "error_description")
    texts = (document.get(key) for key in keys)
    return next((text for text in texts if isinstance(text, str)), "")


def _reasons(document: dict[str, Any] | None) -> Iterator[str]:
    """OAuth's ``error``, else the reasons of the API's items, else its status word."""
    document = document or {}
    candidates = [document.get("error")]
    for key in ("errors", "details"):
        items = document.get(key)
        for item in items if isinstance(items, list) else ():
            candidates.append(item.get("reason") if isinstance(item, dict) else None)
    candidates.append(document.get("status"))
    return (word for word in candidates if isinstance(word, str) and word)


def _clean(text: str) -> str:
    """One line of reasonable length, fit for a message to a person."""
    return " ".join(text.split())[:500]


def _told_time(answer: Answer, message: str, now: datetime) -> datetime | None:
    """When to come back, by the header or else by the message.

    Gmail's documents name no ``Retry-After`` header; they promise "a time to retry",
    which is at the end of the message: ``Retry after 2023-03-07T18:03:15.961Z``.
    """
    header = answer.header("Retry-After").strip()
    if header.isdecimal():
        return now + timedelta(seconds=min(int(header), 10**6))
    return _http_date(header) or _time_in_message(message)


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        return when
    return when.astimezone(timezone.utc).replace(tzinfo=None)


def _time_in_message(message: str) -> datetime | None:
    pattern = r"retry after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?"
    found = re.search(pattern, message, re.IGNORECASE)
    if not found:
        return None
    try:
        seconds = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    return seconds + timedelta(seconds=float(found[2] or 0))


def _bounded(when: datetime | None, now: datetime) -> datetime | None:
    if when is None:
        return None
    return min(max(when, now + _SHORTEST_WAIT), now + _LONGEST_WAIT)
