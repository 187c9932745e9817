"""Delivery failure reports (B9), in the shapes that mail servers really produce.

Reports in the standard form (RFC 3464) are read from their machine part, others (old
Exim, qmail, Gmail's prose) from their text.
"""

import codecs
import email
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message

from . import addresses
from .headers import (
    SENDING_KEY_HEADER,
    by_name,
    decode_bytes,
    decode_words,
    first,
    message_ids,
    one_line,
)

MAX_REASON = 300

_POLICY = policy.compat32.clone(max_line_length=0)
_PLAIN = "text/plain"
_COPY_MARKER = re.compile(
    r"^[ >]*-{2,}.*(?:copy of the message|below this line|original message"
    r"|message headers?|body of message).*$",
    re.I | re.M,
)
_ADDRESS_LINE = re.compile(r"^\s*<?([^\s<>]+@[^\s<>:]+)>?(?::\s*(.*))?$")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_DELAYED = re.compile(
    r"\bdelay|not yet been delivered|will (?:be |keep |continue |retry)", re.I
)
_DIAGNOSTIC_TYPE = re.compile(r"^[\w-]+\s*;")
_REPLY_CODE = re.compile(r"\b[45]\d\d[ -]")
_ORIGINAL_TYPES = frozenset(
    {
        "message/rfc822",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
        "text/rfc822-headers",
    }
)
_MACHINE_TYPES = frozenset(
    {"message/delivery-status", "message/global-delivery-status"}
)


@dataclass(frozen=True)
class Failure:
    """One recipient that a message did not reach.

    ``reason`` is one readable line of at most ``MAX_REASON`` characters, '' if the
    report gives none. ``status`` is an enhanced status code (RFC 3463) or ''. It is
    ``permanent`` when the reporting server has given up.
    """

    address: str
    reason: str
    status: str
    permanent: bool


@dataclass(frozen=True)
class Report:
    """A delivery report: who failed, and which message of ours it is about.

    ``original_message_ids`` are with angle brackets; ``sending_key`` is '' if the
    report does not quote it.
    """

    failures: tuple[Failure, ...]
    original_message_ids: tuple[str, ...]
    sending_key: str


def looks_like_report(headers: Iterable[tuple[str, str]]) -> bool:
    """Tell from (name, value) header pairs whether a message is a delivery report.

    Either it is a ``multipart/report`` on delivery, or a mail server's daemon wrote it.
    ``X-Failed-Recipients`` alone proves nothing: anybody can write that header.
    """
    named = by_name(headers)
    content = first(named, "content-type").lower()
    if content.startswith("multipart/report"):
        kind = re.search(r"report-type\s*=\s*\"?([\w-]+)", content)
        return kind is None or kind[1] == "delivery-status"
    sender = next(iter(addresses.parse(named["from"])), None)
    local = sender.email.partition("@")[0].lower() if sender else ""
    return local == "mailer-daemon" or (
        local == "postmaster" and _is_machine_made(named)
    )


def parse(raw: bytes) -> Report | None:
    """Return what the delivery report ``raw`` (RFC 5322) says, None if it is none.

    Never raises: a report that names no failed recipient has no failures, and a
    message nested too deeply to be read is none.
    """
    try:
        return _read(raw)
    except RecursionError:
        return None


def _read(raw: bytes) -> Report | None:
    message = email.message_from_bytes(raw, policy=_POLICY)
    headers = [(name, str(value)) for name, value in message.items()]
    if not looks_like_report(headers):
        return None
    text, quoted = _split_copy(_human_text(message))
    original = _original_headers(message) or by_name(_header_pairs(quoted))
    named = by_name(headers)
    told = list(_recipients(message))
    return Report(
        # The machine part has the last word: that all is well, too.
        failures=tuple(filter(None, map(_recipient_failure, told)))
        if told
        else tuple(_prose_failures(named, text)),
        original_message_ids=_original_ids(named, original),
        sending_key=first(original, SENDING_KEY_HEADER.lower()),
    )


def _is_machine_made(named: dict[str, list[str]]) -> bool:
    return (
        first(named, "auto-submitted").lower() not in ("", "no")
        or first(named, "return-path") == "<>"
        or "x-failed-recipients" in named
    )


def _original_ids(
    named: dict[str, list[str]], original: dict[str, list[str]]
) -> tuple[str, ...]:
    """Return the ids from the strongest source that has one.

    References come last because they name the whole conversation.
    """
    ids = message_ids(first(original, "message-id"))
    ids += message_ids(first(named, "in-reply-to"))
    return tuple(dict.fromkeys(ids)) or message_ids(first(named, "references"))[-1:]


def _recipients(message: Message) -> Iterator[dict[str, list[str]]]:
    """Give the fields of each recipient whose fate the machine part tells."""
    for part in _parts(message):
        if part.get_content_type() in _MACHINE_TYPES:
            for block in re.split(r"\n\s*\n", _content(part)):
                fields = by_name(_header_pairs(block))
                if _recipient(fields) and {"action", "status"} & fields.keys():
                    yield fields


def _recipient(fields: dict[str, list[str]]) -> str:
    return _typed(first(fields, "original-recipient")) or _typed(
        first(fields, "final-recipient")
    )


def _recipient_failure(fields: dict[str, list[str]]) -> Failure | None:
    """Read the fields of one recipient (RFC 3464, 2.3); None if it did not fail."""
    address = _recipient(fields)
    action = first(fields, "action").lower()
    status = "".join(_STATUS.findall(first(fields, "status"))[:1])
    if action not in ("failed", "delayed", ""):
        return None
    if not action and not status.startswith(("4", "5")):
        return None
    diagnostic = _DIAGNOSTIC_TYPE.sub("", first(fields, "diagnostic-code"))
    permanent = action == "failed" or (not action and status.startswith("5"))
    return Failure(address, _readable(diagnostic), status, permanent)


def _typed(value: str) -> str:
    """Return the address of a ``rfc822; address`` field, or ''."""
    found = addresses.parse([value.partition(";")[2].replace("+2B", "+")])
    return found[0].email if found else ""


def _prose_failures(named: dict[str, list[str]], text: str) -> Iterator[Failure]:
    """Read a report that is mere text: X-Failed-Recipients, else lines of addresses."""
    described = _described_addresses(text)
    listed = [one.email for one in addresses.parse(named["x-failed-recipients"])]
    permanent = not _DELAYED.search(first(named, "subject") + "\n" + text)
    for address in dict.fromkeys(listed or described):
        detail = described.get(address) or _error_line(text)
        status = "".join(_STATUS.findall(detail)[:1])
        yield Failure(address, _readable(detail), status, permanent)


def _described_addresses(text: str) -> dict[str, str]:
    """Return address -> explanation for lines that consist of an address.

    The explanation is the rest of that line and the lines up to the next blank one
    (qmail's QSBMF, Exim, Postfix).
    """
    described: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        match = _ADDRESS_LINE.match(line)
        if match and addresses.match_key(match[1]):
            current = match[1]
            described[current] = match[2] or ""
        elif not line.strip():
            current = ""
        elif current:
            described[current] += f" {line}"
    return described


def _error_line(text: str) -> str:
    """Return the line that quotes a server's answer, else the first real sentence."""
    lines = [line for line in map(one_line, text.splitlines()) if line]
    answers = [line for line in lines if _REPLY_CODE.search(line)]
    return next(iter(answers or lines), "")


def _readable(text: str) -> str:
    line = one_line(decode_words(text))
    return line if len(line) <= MAX_REASON else f"{line[: MAX_REASON - 1]}…"


def _split_copy(text: str) -> tuple[str, str]:
    """Cut a report at the line that announces the copy of the original message."""
    marker = _COPY_MARKER.search(text)
    if not marker:
        return text, ""
    return text[: marker.start()], text[marker.end() :].lstrip()


def _parts(message: Message) -> Iterator[Message]:
    """Give the leaves of a message without looking into attached messages."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [*part.get_payload(), *waiting]
        else:
            yield part


def _human_text(message: Message) -> str:
    plain = (part for part in _parts(message) if part.get_content_type() == _PLAIN)
    return next(map(_content, plain), "")


def _original_headers(message: Message) -> dict[str, list[str]]:
    for part in _parts(message):
        if part.get_content_type() in _ORIGINAL_TYPES:
            return by_name(_header_pairs(_content(part)))
    return {}


def _header_pairs(text: str) -> list[tuple[str, str]]:
    parsed = email.message_from_string(text, policy=_POLICY)
    return [(name, str(value)) for name, value in parsed.items()]


def _content(part: Message) -> str:
    """Return the text of a part, whatever its type and encoding."""
    data = part.get_payload(decode=True)
    if data is None:
        data = part.as_bytes(policy=_POLICY).partition(b"\n\n")[2]
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        if encoding in ("base64", "quoted-printable"):
            data = codecs.decode(data, encoding.replace("-", "_"))
    return decode_bytes(data, str(part.get_content_charset("utf-8")))
