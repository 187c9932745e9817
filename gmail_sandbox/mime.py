"""Mail as bytes: header fields edited in place, and the text that searches need.

Bodies are never serialized anew: what a sender wrote is what a recipient gets.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import (
    format_datetime,
    formataddr,
    getaddresses,
    parsedate_to_datetime,
)

MAX_INDEXED = 200_000  # characters of a body that searches look at
ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
ADDRESS_FIELDS = {"from", "to", "cc", "bcc", "reply-to", "sender", "delivered-to"}
_REPLY_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|vs|tr|rv)(\[\d+\])?\s*:\s*)+", re.I)
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_TAG = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->|<[^<>]*>", re.S | re.I)
_BREAK = re.compile(r"<(br|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.I)

Field = tuple[bytes, bytes]


def normalize_newlines(raw: bytes) -> bytes:
    """CRLF everywhere, as Gmail returns it."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def split_fields(raw: bytes) -> tuple[list[Field], bytes]:
    """Header fields as (name, value with its folding) and the body."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    if raw.startswith(b"\r\n"):
        head, body = b"", raw[2:]
    elif not separator:
        body = b""
    fields: list[Field] = []
    for line in head.split(b"\r\n"):
        if line.startswith(b"From ") and not fields:
            continue  # a mailbox file's separator, no header
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b"\r\n" + line)
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append((name.rstrip(), value.strip()))
    return fields, body


def join_fields(fields: Iterable[Field], body: bytes) -> bytes:
    head = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    return head + b"\r\n" + body


def without(fields: Iterable[Field], *names: str) -> list[Field]:
    gone = {name.lower().encode() for name in names}
    return [field for field in fields if field[0].lower() not in gone]


def field_values(fields: Iterable[Field], name: str) -> list[str]:
    """Unfolded values, still encoded."""
    wanted = name.lower().encode()
    return [unfold(value) for key, value in fields if key.lower() == wanted]


def first_value(fields: Iterable[Field], name: str) -> str:
    return next(iter(field_values(fields, name)), "")


def unfold(value: bytes) -> str:
    text = re.sub(rb"\r?\n(?=[ \t])", b"", value).strip()
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def decode_words(value: str) -> str:
    """RFC 2047 encoded words as text; unknown charsets stay readable."""
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        part if isinstance(part, str) else decode_bytes(part, charset)
        for part, charset in parts
    )


def decode_bytes(data: bytes, charset: str | None) -> str:
    for candidate in (charset, "utf-8"):
        try:
            text = data.decode(candidate or "ascii")
            text.encode()  # UTF-7 can write half a surrogate pair
            return text
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(decoded name, address) of address header values."""
    found = getaddresses([value for value in values if value])
    return [(decode_words(name), address) for name, address in found if address]


def display_value(name: str, value: str) -> str:
    """A header as Gmail's JSON shows it: decoded, names quoted where needed."""
    if "=?" not in value or name.lower() not in ADDRESS_FIELDS:
        return decode_words(value)
    return ", ".join(readable_address(*pair) for pair in addresses([value]))


def readable_address(name: str, address: str) -> str:
    """``Name <address>`` with quotes only where the name needs them."""
    if not name:
        return address
    if re.search(r'[][()<>@,:;".\\]', name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def encoded_address(name: str, address: str) -> bytes:
    return formataddr((name, address), "utf-8").encode()


def date_header(ms: int) -> str:
    """A Date header for Unix milliseconds."""
    return format_datetime(datetime.fromtimestamp(ms // 1000, timezone.utc))


def message_ids(value: str) -> list[str]:
    return _MESSAGE_ID.findall(value)


def topic(subject: str) -> str:
    """What remains of a subject when answers and forwards are compared."""
    return " ".join(_REPLY_PREFIX.sub("", subject).lower().split())


@dataclass
class Summary:
    """What is kept of a message besides its bytes."""

    headers: list[tuple[str, str]]
    subject: str
    rfc_id: str
    references: list[str]
    text: str
    snippet: str
    has_attachment: bool

    def header(self, name: str) -> str:
        """All values of a header (a mail may have several To), comma-separated."""
        wanted = name.lower()
        return ", ".join(value for key, value in self.headers if key.lower() == wanted)


def summarize(raw: bytes) -> Summary:
    """Read a message once, when it is stored."""
    fields, _body = split_fields(raw)
    headers = [
        (name, display_value(name, unfold(value)))
        for name, value in ((key.decode("latin-1"), value) for key, value in fields)
    ]
    message = parse(raw)
    text = plain_text(message)
    ids = message_ids(first_value(fields, "Message-ID"))
    cited = [*field_values(fields, "References"), *field_values(fields, "In-Reply-To")]
    return Summary(
        headers=headers,
        subject=decode_words(first_value(fields, "Subject")),
        rfc_id=ids[0] if ids else first_value(fields, "Message-ID"),
        references=list(dict.fromkeys(message_ids(" ".join(cited)))),
        text=text[:MAX_INDEXED],
        snippet=html.escape(" ".join(text.split())[:200], quote=True),
        has_attachment=any(part.get_filename() for part in leaves(message)),
    )


def parse(raw: bytes) -> Message:
    """The message; only its headers if it is nested deeper than anybody can read."""
    try:
        return message_from_bytes(raw, policy=policy.compat32)
    except RecursionError:
        return BytesHeaderParser(policy=policy.compat32).parsebytes(raw)


def leaves(message: Message) -> Iterator[Message]:
    """Parts that carry content; a message inside a message is one of them."""
    if message.is_multipart() and message.get_content_type() != "message/rfc822":
        for part in message.get_payload():
            yield from leaves(part)  # type: ignore[arg-type]
    else:
        yield message


def part_bytes(part: Message) -> bytes:
    """The content of a leaf part, decoded from its transfer encoding."""
    if part.is_multipart():
        return b"".join(bytes(inner) for inner in part.get_payload())  # type: ignore
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def part_text(part: Message) -> str:
    return decode_bytes(part_bytes(part), part.get_content_charset())


def part_filename(part: Message) -> str:
    try:
        return decode_words(part.get_filename() or "")
    except (LookupError, ValueError):
        return "attachment"


def find_body(message: Message, content_type: str) -> str | None:
    """The first text part of that type which is not an attachment."""
    for part in leaves(message):
        if part.get_content_type() == content_type and not part.get_filename():
            return part_text(part)
    return None


def plain_text(message: Message) -> str:
    """The body as text, from HTML when there is nothing else."""
    text = find_body(message, "text/plain")
    return text if text is not None else html_to_text(find_body(message, "text/html"))


def html_to_text(source: str | None) -> str:
    text = _TAG.sub("", _BREAK.sub("\n", (source or "")[:MAX_INDEXED]))
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def date_ms(value: str) -> int | None:
    """A Date header in Unix milliseconds, None when it is unreadable."""
    try:
        return int(parsedate_to_datetime(value).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None
