"""Gmail's resources as plain data, and how to read them from its JSON.

Field names and types are those of the Gmail API's discovery document: 64-bit numbers
come as strings, and empty fields do not come at all. The readers raise KeyError,
TypeError, ValueError or AttributeError for JSON that is not such a resource.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Json = Mapping[str, Any]
ChangeKind = Literal["added", "label_added", "label_removed"]

_CHANGE_KINDS: tuple[tuple[str, ChangeKind], ...] = (
    ("messagesAdded", "added"),
    ("labelsAdded", "label_added"),
    ("labelsRemoved", "label_removed"),
)


@dataclass(frozen=True)
class Profile:
    """The mailbox: its main address and where its history stands."""

    email: str
    history_id: int


@dataclass(frozen=True)
class SendAs:
    """An address that the mailbox may send from, once it is verified."""

    email: str
    name: str
    is_primary: bool
    is_default: bool
    is_verified: bool


@dataclass(frozen=True)
class Change:
    """Something that happened to a message.

    :ivar label_ids: the labels of the message, as far as Google says: a hint only,
        often empty.
    :ivar changed: the labels that were added or removed; empty for kind ``added``.
    """

    message_id: str
    thread_id: str
    kind: ChangeKind
    label_ids: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class HistoryPage:
    """Changes in the order in which they happened.

    :ivar history_id: where the mailbox stood when Google answered.
    """

    changes: tuple[Change, ...]
    history_id: int


@dataclass(frozen=True)
class MessagePage:
    """Message and thread ids, newest first; no ``next_page_token`` on the last page."""

    ids: tuple[tuple[str, str], ...]
    next_page_token: str | None


@dataclass(frozen=True)
class MessageHeaders:
    """A message without its content.

    :ivar internal_date: naive UTC; for received mail when Google accepted it.
    :ivar size: estimate in bytes.
    :ivar headers: the requested ones in the message's order, repeated ones repeated,
        names as the message writes them.
    """

    id: str
    thread_id: str
    label_ids: frozenset[str]
    internal_date: datetime
    size: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class RawMessage:
    """A whole message; ``raw`` is its MIME, ``internal_date`` naive UTC."""

    id: str
    thread_id: str
    label_ids: frozenset[str]
    internal_date: datetime
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class SentMessage:
    """Gmail's own ids of a message that it took."""

    id: str
    thread_id: str


@dataclass(frozen=True)
class Watch:
    """Push notifications are on until ``expires_at`` (naive UTC)."""

    history_id: int
    expires_at: datetime


def profile(data: Json) -> Profile:
    return Profile(data["emailAddress"], int(data["historyId"]))


def send_as(data: Json) -> list[SendAs]:
    return [_send_as_address(item) for item in data.get("sendAs", ())]


def _send_as_address(data: Json) -> SendAs:
    # Google sets verificationStatus for added addresses only.
    is_primary = data.get("isPrimary", False)
    return SendAs(
        email=data["sendAsEmail"],
        name=data.get("displayName", ""),
        is_primary=is_primary,
        is_default=data.get("isDefault", False),
        is_verified=is_primary or data.get("verificationStatus") == "accepted",
    )


def history_page(data: Json) -> HistoryPage:
    records = data.get("history", ())
    changes = tuple(change for record in records for change in _changes(record))
    return HistoryPage(changes, int(data["historyId"]))


def _changes(record: Json) -> Iterator[Change]:
    for key, kind in _CHANGE_KINDS:
        for item in record.get(key, ()):
            message = item["message"]
            yield Change(
                message_id=message["id"],
                thread_id=message.get("threadId", ""),
                kind=kind,
                label_ids=_labels(message),
                changed=_labels(item),
            )


def message_page(data: Json) -> MessagePage:
    ids = tuple(
        (message["id"], message["threadId"]) for message in data.get("messages", ())
    )
    return MessagePage(ids, data.get("nextPageToken"))


def thread(data: Json) -> list[str]:
    return [message["id"] for message in data["messages"]]


def message_headers(data: Json) -> MessageHeaders:
    headers = data.get("payload", {}).get("headers", ())
    return MessageHeaders(
        id=data["id"],
        thread_id=data["threadId"],
        label_ids=_labels(data),
        internal_date=_moment(data["internalDate"]),
        size=int(data.get("sizeEstimate", 0)),
        headers=tuple((header["name"], header.get("value", "")) for header in headers),
    )


def raw_message(data: Json) -> RawMessage:
    raw = data["raw"]
    return RawMessage(
        id=data["id"],
        thread_id=data["threadId"],
        label_ids=_labels(data),
        internal_date=_moment(data["internalDate"]),
        raw=urlsafe_b64decode(raw + "=" * (-len(raw) % 4)),
    )


def sent_message(data: Json) -> SentMessage:
    return SentMessage(data["id"], data["threadId"])


def watch(data: Json) -> Watch:
    return Watch(int(data["historyId"]), _moment(data["expiration"]))


def _labels(data: Json) -> frozenset[str]:
    return frozenset(data.get("labelIds", ()))


def _moment(milliseconds: str | int) -> datetime:
    """Naive UTC of an epoch in milliseconds."""
    return datetime(1970, 1, 1) + timedelta(milliseconds=int(milliseconds))
