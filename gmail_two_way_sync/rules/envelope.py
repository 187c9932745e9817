"""What the headers and labels of one Gmail message say, as plain data."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import compat32

from . import addresses
from .addresses import Address
from .bounce import looks_like_report
from .headers import (
    SENDING_KEY_HEADER,
    by_name,
    decode_words,
    first,
    message_ids,
    one_line,
    plain_characters,
)

_HEADERS_END = re.compile(rb"(?:\A|\n)\r?\n")
_AUTOMATIC_HEADERS = ("x-autoreply", "x-autorespond", "list-id", "list-unsubscribe")
_AUTOMATIC_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})


@dataclass(frozen=True)
class Envelope:
    """A message without its content.

    ``date`` is Gmail's internal date, naive UTC. ``size`` is in bytes. ``subject`` is
    decoded and on one line. Message ids carry their angle brackets; ``message_id`` and
    ``in_reply_to`` are '' if missing; ``references`` are the ids of References, then
    of In-Reply-To, each once. ``is_automatic`` follows RFC 3834 and the usual headers
    of robots and lists.
    """

    gmail_id: str
    thread_id: str
    label_ids: frozenset[str]
    date: datetime
    size: int
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    delivered_to: tuple[Address, ...]
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    sending_key: str
    odoo_objects: str
    is_delivery_report: bool
    is_automatic: bool

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everybody in To, then Cc, then Bcc."""
        return self.to + self.cc + self.bcc

    @property
    def is_draft(self) -> bool:
        return "DRAFT" in self.label_ids

    @property
    def is_spam(self) -> bool:
        return "SPAM" in self.label_ids

    @property
    def is_trash(self) -> bool:
        return "TRASH" in self.label_ids

    @property
    def is_chat(self) -> bool:
        return "CHAT" in self.label_ids

    @property
    def is_sent_label(self) -> bool:
        return "SENT" in self.label_ids


def from_headers(
    gmail_id: str,
    thread_id: str,
    label_ids: Iterable[str],
    date: datetime,
    size: int,
    headers: Iterable[tuple[str, str]],
) -> Envelope:
    """Return the envelope of a message from its (name, value) header pairs.

    ``date`` is naive UTC, ``size`` in bytes. Names are case-insensitive; missing,
    repeated and malformed headers are fine; never raises.
    """
    pairs = list(headers)
    named = by_name(pairs)
    replied = _ids(named["in-reply-to"])
    return Envelope(
        gmail_id=gmail_id,
        thread_id=thread_id,
        label_ids=frozenset(label_ids),
        date=date,
        size=size,
        sender=next(iter(addresses.parse(named["from"])), None),
        to=addresses.parse(named["to"]),
        cc=addresses.parse(named["cc"]),
        bcc=addresses.parse(named["bcc"]),
        delivered_to=addresses.parse(named["delivered-to"]),
        subject=one_line(decode_words(first(named, "subject"))),
        message_id=next(iter(_ids(named["message-id"])), ""),
        in_reply_to=next(iter(replied), ""),
        references=tuple(dict.fromkeys(_ids(named["references"]) + replied)),
        sending_key=first(named, SENDING_KEY_HEADER.lower()),
        odoo_objects=first(named, "x-odoo-objects"),
        is_delivery_report=looks_like_report(pairs),
        is_automatic=_is_automatic(named),
    )


def headers_of(raw: bytes) -> list[tuple[str, str]]:
    """Return the (name, value) header pairs of a whole message, as they are in it.

    What is not ASCII is read as UTF-8, else as Windows-1252; never raises.
    """
    end = _HEADERS_END.search(raw)
    # Only the headers: the parser would copy a whole message several times.
    message = BytesHeaderParser(policy=compat32).parsebytes(raw[: end and end.end()])
    return [(name, plain_characters(str(value))) for name, value in message.raw_items()]


def _ids(values: list[str]) -> tuple[str, ...]:
    return tuple(one for value in values for one in message_ids(value))


def _is_automatic(named: dict[str, list[str]]) -> bool:
    submitted = first(named, "auto-submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or first(named, "precedence").lower() in _AUTOMATIC_PRECEDENCE
        or any(first(named, name) not in ("", "no") for name in _AUTOMATIC_HEADERS)
        or first(named, "return-path") == "<>"
    )
