"""What a received message holds, made readable for Odoo's own mail parser.

The parser of Odoo reads well-formed mail well. Messages in the wild name charsets that
do not exist, put text beside an alternative, attach messages and send images without
names; here such a message is read tolerantly and written anew as a flat list of parts:
texts in UTF-8 in their order, attachments with a name each (C14).
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesFeedParser, BytesHeaderParser

from . import file_names, plain_text, received_html, received_text
from .headers import decode_bytes, decode_words, one_line, plain_characters

MAX_TEXT = 300_000  # characters that are shown; Odoo's cleaning is slow beyond it
MAX_PARTS = 1000
_MAX_HEADER = 20_000
_SALVAGE_BYTES = 1024 * 1024
_PIECE = 64 * 1024

_AS_WRITTEN = policy.compat32.clone(max_line_length=0, linesep="\r\n")
_HEADERS = BytesHeaderParser(policy=_AS_WRITTEN)
_PROSE = frozenset({"plain", "html", "enriched", "richtext", "markdown", "x-markdown"})
_NEVER_SHOWN = frozenset({"text/x-amp-html", "application/applefile"})
_ENCRYPTED = re.compile(
    r"multipart/encrypted|application/(?:x-)?pkcs7-mime(?!.*smime-type=\W?signed)", re.I
)
_BINARY = re.compile(r"(?:image|audio|video|application)/[\w.+-]+")
_UNKNOWN_TYPE = "application/octet-stream"
_ENCODINGS = frozenset(
    {"base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"}
)
_LOST_BOUNDARY = re.compile(
    r'^--([^\s"][^\r\n"]{0,68}?)[ \t]*\r?\n(?=content-)', re.I | re.M
)
_BLOCK_END = re.compile(rb"\r?\n\r?\n|^--[^\n]*\n", re.M)
_FIRST_TEXT = re.compile(rb"^content-type:\s*text/(?:plain|html)", re.I | re.M)


class TooManyParts(ValueError):
    """A message that nobody wrote: more parts than ``MAX_PARTS``."""


@dataclass(frozen=True)
class Content:
    """A message for ``mail.thread.message_parse``: content only, no senders or ids.

    ``is_shortened``: its texts have more than ``MAX_TEXT`` characters or endless
    nesting, and the whole of them is attached. ``is_encrypted``: there is nothing to
    read without a key.
    """

    message: EmailMessage
    is_shortened: bool
    is_encrypted: bool


def read(raw: bytes) -> Content:
    """Return the content of a raw message.

    Raises TooManyParts, or RecursionError for one that is nested hundreds of levels.
    """
    source = _parsed(raw)
    leaves = list(_leaves(source))
    if len(leaves) > MAX_PARTS:
        raise TooManyParts(len(leaves))
    bodies, files = _Parts(leaves).sorted_out()
    message = EmailMessage(policy=policy.default)
    message["Content-Type"] = "multipart/mixed"
    message.set_payload(bodies + files)
    return Content(
        message=message,
        is_shortened=any(part.get_filename() for part in bodies),
        is_encrypted=not bodies
        and bool(_ENCRYPTED.match(_fields(source)["content-type"] or "")),
    )


def salvage(raw: bytes) -> str:
    """Return the first text of a message that ``read`` refuses, '' if there is none.

    Looks at the bytes only: such a message has no structure to rely on.
    """
    found = _FIRST_TEXT.search(raw[:_SALVAGE_BYTES])
    if not found:
        return ""
    blocks = [block.end() for block in _BLOCK_END.finditer(raw, 0, found.start())]
    end = raw.find(b"\n--", found.end())
    part = raw[blocks[-1] if blocks else 0 : end if end >= 0 else None]
    leaf = _HEADERS.parsebytes(part[:_SALVAGE_BYTES])
    text = _text(leaf)[:MAX_TEXT]
    return plain_text.text_version(text) if _is_html(leaf) else text


# ------------------------------------------------------------
# STRUCTURE
# ------------------------------------------------------------


def _parsed(raw: bytes) -> Message:
    """Parse in pieces: at once, the parser would hold the message four times more."""
    parser = BytesFeedParser(policy=_AS_WRITTEN)
    for start in range(0, len(raw), _PIECE):
        parser.feed(raw[start : start + _PIECE])
    return parser.close()


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that carry content, in order, of alternatives the best one."""
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart" and not part.is_multipart():
        yield from _leaves(_with_found_boundary(part))
    elif part.get_content_maintype() == "message" or not part.is_multipart():
        yield from () if kind in _NEVER_SHOWN else (part,)
    elif kind == "multipart/alternative":
        yield from _alternative(part)
    else:
        for child in part.get_payload():
            yield from _leaves(child)


def _with_found_boundary(part: Message) -> Message:
    """A multipart that names no or a wrong boundary, with the one that is there.

    Without any it is plain text.
    """
    payload = part.get_payload()
    found = _LOST_BOUNDARY.search(payload)
    head = f'multipart/mixed; boundary="{found[1]}"' if found else "text/plain"
    return email.message_from_string(
        f"Content-Type: {head}\n\n{payload}", policy=_AS_WRITTEN
    )


def _alternative(part: Message) -> Iterator[Message]:
    """The last HTML, else the last text; what is no text at all comes along."""
    choices = [list(_leaves(child)) for child in part.get_payload()]
    ranks = [max((_rank(leaf) for leaf in leaves), default=0) for leaves in choices]
    best = max(range(len(choices)), key=lambda index: (ranks[index], index), default=0)
    for index, leaves in enumerate(choices):
        yield from (leaf for leaf in leaves if index == best or not _is_body(leaf))


def _rank(leaf: Message) -> int:
    if not _is_body(leaf):
        return 0
    text = _text(leaf)[:MAX_TEXT]
    if _is_html(leaf):
        return 0 if received_html.is_empty(text) else 2
    return 1 if text.strip() else 0


def _is_html(leaf: Message) -> bool:
    return leaf.get_content_type() == "text/html"


def _is_body(leaf: Message) -> bool:
    """Tell whether a part is text to show, not a file."""
    fields = _fields(leaf)
    return (
        leaf.get_content_maintype() == "text"
        and leaf.get_content_subtype() in _PROSE
        and fields.get_content_disposition() != "attachment"
        and not file_names.given(fields)
    )


def _fields(part: Message) -> Message:
    """The content headers of a part, in plain characters and one line each."""
    fields = Message()
    for name, value in part.raw_items():
        if name.lower().startswith("content-"):
            fields[name] = one_line(plain_characters(str(value)[:_MAX_HEADER]))
    return fields


def _text(leaf: Message) -> str:
    data = _data(leaf)
    charset = _fields(leaf).get_param("charset", "")
    charset = charset[2] if isinstance(charset, tuple) else charset
    if not charset and _is_html(leaf):
        charset = received_html.declared_charset(data)
    return received_text.clean(decode_bytes(data, charset))


def _data(leaf: Message) -> bytes:
    return leaf.get_payload(decode=True) or b""


# ------------------------------------------------------------
# PARTS FOR ODOO
# ------------------------------------------------------------


class _Parts:
    """Turns leaves into parts that Odoo's parser reads without a doubt."""

    def __init__(self, leaves: list[Message]) -> None:
        self.leaves = leaves
        self.content_ids: dict[str, str] = {}
        self.room = MAX_TEXT

    def sorted_out(self) -> tuple[list[EmailMessage], list[EmailMessage]]:
        """Parts of the body and files; a long text's whole follows it in the body."""
        files = [
            self._file(number, leaf)
            for number, leaf in enumerate(self.leaves)
            if not _is_body(leaf)
        ]
        bodies = [
            part for leaf in self.leaves if _is_body(leaf) for part in self._body(leaf)
        ]
        return bodies, files

    def _body(self, leaf: Message) -> Iterator[EmailMessage]:
        text, is_html = _text(leaf), _is_html(leaf)
        shown, is_whole = text[: self.room], len(text) <= self.room
        self.room -= len(shown)
        if is_html:
            shown, is_flat = received_html.readable(shown, self.content_ids)
            is_whole = is_whole and is_flat
        else:
            shown = received_text.unflowed(shown, _fields(leaf))
        if shown.strip():
            part = EmailMessage(policy=policy.default)
            part.set_content(shown, subtype="html" if is_html else "plain", cte="8bit")
            yield part
        if not is_whole:
            name = "message.html" if is_html else "message.txt"
            yield _named(_attached(leaf, leaf.get_payload()), name)

    def _file(self, number: int, leaf: Message) -> EmailMessage:
        fields = _fields(leaf)
        part = _attached(leaf, _payload(leaf))
        name = file_names.cleaned(file_names.given(fields))
        _named(part, name or _default_name(leaf, part))
        content_id = one_line(fields["content-id"] or "").strip("<> ")
        location = one_line(fields["content-location"] or "")
        if location:
            content_id = content_id or f"part{number}@location"
            self.content_ids[location] = content_id
        if content_id:
            part["Content-ID"] = f"<{content_id}>"
        return part


def _attached(leaf: Message, payload: str) -> EmailMessage:
    """A part with the same bytes, of a type that Odoo does not take for text."""
    kind = leaf.get_content_type()
    part = EmailMessage(policy=policy.default)
    part["Content-Type"] = kind if _BINARY.fullmatch(kind) else _UNKNOWN_TYPE
    encoding = (_fields(leaf)["content-transfer-encoding"] or "").lower()
    if encoding in _ENCODINGS:
        part["Content-Transfer-Encoding"] = encoding
    part.set_payload(payload)
    return part


def _named(part: EmailMessage, name: str) -> EmailMessage:
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    return part


def _payload(leaf: Message) -> str:
    """Content as it stands in the source; of an attached message its source."""
    payload = leaf.get_payload()
    if isinstance(payload, str):
        return payload
    inner = b"".join(each.as_bytes(policy=_AS_WRITTEN) for each in payload)
    return inner.decode("ascii", "surrogateescape")


def _default_name(leaf: Message, part: EmailMessage) -> str:
    subject = ""
    if leaf.get_content_maintype() == "message":
        attached = _HEADERS.parsebytes(_data(part).lstrip())
        subject = decode_words(str(attached["subject"] or ""))
    return file_names.default(leaf.get_content_type(), subject)
