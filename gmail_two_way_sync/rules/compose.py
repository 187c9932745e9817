"""A message written in Odoo as the MIME message that Gmail sends (B2, B3, B6).

The MIME tree and its encodings are the standard library's. Header values are encoded
and folded here, because the library's folding would encode long message ids and has
broken lists of non-ASCII names in several Python versions.
"""

import base64
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email import policy
from email.header import Header
from email.message import Message, MIMEPart
from email.mime.multipart import MIMEMultipart
from email.utils import format_datetime, quote
from urllib.parse import quote as percent_encoded

from . import addresses
from .addresses import Address
from .headers import SENDING_KEY_HEADER, one_line

MAX_ENCODED_SIZE = 25 * 1024 * 1024
MAX_REFERENCES = 20
MAX_ADDRESS = 254

_POLICY = policy.SMTP.clone(cte_type="7bit", refold_source="none")
_LINE = 76
_SHORT = 60
_MIMETYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9._+-]+")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,900}>")
_TOKEN = re.compile(r"[\x21-\x7e]{1,900}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


class Unsendable(ValueError):
    """A message that cannot go out as it is.

    :ivar detail: what is wrong, in plain words.
    :ivar address: the address that it is about, '' if it is about none.
    """

    def __init__(self, detail: str, address: str = "") -> None:
        super().__init__(f"{detail}: {address}" if address else detail)
        self.detail = detail
        self.address = address


class NoRecipient(Unsendable):
    """Nobody is in To, Cc or Bcc."""


@dataclass(frozen=True)
class Part:
    """A file that goes along: an attachment, or with a ``cid`` an inline image."""

    name: str
    content: bytes
    mimetype: str
    cid: str = ""


@dataclass(frozen=True)
class Draft:
    """A message to be sent.

    ``date`` is naive UTC. ``key`` identifies this sending (B8). ``references`` and
    ``in_reply_to`` are message ids with angle brackets. ``images`` are shown by the
    ``cid:`` references in ``html``.
    """

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    html: str
    text: str
    date: datetime
    key: str
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    images: tuple[Part, ...] = ()
    attachments: tuple[Part, ...] = ()


def build(draft: Draft) -> bytes:
    """Return ``draft`` as an RFC 5322 message with CRLF line ends, Bcc included.

    Line breaks in the subject and in names become blanks. Raises ``Unsendable`` if
    there is no recipient, or if an address or the key cannot stand in a header.
    """
    message = _content(draft)
    for name, value in _headers(draft):
        message[name] = value
    return message.as_bytes(policy=_POLICY)


def encoded_size(draft: Draft) -> int:
    """Return the bytes that ``build`` makes, without encoding the files (B6).

    Raises what ``build`` raises.
    """
    files = draft.images + draft.attachments
    bare = replace(
        draft,
        images=tuple(replace(part, content=b"") for part in draft.images),
        attachments=tuple(replace(part, content=b"") for part in draft.attachments),
    )
    return len(build(bare)) + sum(_base64_size(len(part.content)) for part in files)


def thread_headers(
    conversation_references: tuple[str, ...], last_message_id: str
) -> tuple[str, tuple[str, ...]]:
    """Return In-Reply-To and References of an answer to ``last_message_id`` (B3).

    ``conversation_references`` are the ids known so far, oldest first; without a last
    message id the newest of them is answered. A new conversation gives ('', ()).
    """
    ids = (*conversation_references, last_message_id)
    references = tuple(dict.fromkeys(one for one in ids if one))
    if last_message_id:
        references = (*(r for r in references if r != last_message_id), last_message_id)
    return next(iter(references[-1:]), ""), references


def _headers(draft: Draft) -> list[tuple[str, str]]:
    """Return the message's own headers, encoded and folded; empty ones left out."""
    if not draft.to + draft.cc + draft.bcc:
        raise NoRecipient("The message has no recipient")
    if not _TOKEN.fullmatch(draft.key):
        raise Unsendable("The sending key cannot stand in a header")
    moment = draft.date.replace(tzinfo=timezone.utc)
    headers = [
        ("From", _address_list((draft.sender,))),
        ("To", _address_list(draft.to)),
        ("Cc", _address_list(draft.cc)),
        ("Bcc", _address_list(draft.bcc)),
        ("Subject", _unstructured(one_line(draft.subject))),
        ("Date", format_datetime(moment)),
        ("Message-ID", _id_list((draft.message_id,))),
        ("In-Reply-To", _id_list((draft.in_reply_to,))),
        ("References", _id_list(draft.references)),
        (SENDING_KEY_HEADER, draft.key),
    ]
    return [(name, value) for name, value in headers if value or name == "Subject"]


def _address_list(members: Iterable[Address]) -> str:
    return ",\n ".join(_mailbox(address) for address in members)


def _mailbox(address: Address) -> str:
    email = _sendable(address.email)
    name = one_line(_clean(address.name))
    if not name:
        return email
    phrase = _phrase(name)
    fits = len(phrase) + len(email) < _SHORT
    return f"{phrase} <{email}>" if fits else f"{phrase}\n <{email}>"


def _sendable(email: str) -> str:
    """Return an address as it can stand in a header; raises ``Unsendable``."""
    parts = addresses.split(email) if email == email.strip() else None
    if not parts:
        raise Unsendable("This is not an email address", email)
    local, host = parts
    if not local.isascii() or not local.isprintable():
        raise Unsendable("Only printable ASCII may stand before the @", email)
    try:
        sendable = f"{local}@{addresses.ascii_domain(host)}"
    except UnicodeError as error:
        raise Unsendable("This domain does not exist", email) from error
    if len(sendable) > MAX_ADDRESS:
        raise Unsendable("This address is too long", email)
    return sendable


def is_sendable(email: str) -> bool:
    """Tell whether mail can be sent to an address."""
    try:
        return bool(_sendable(email))
    except Unsendable:
        return False


def _phrase(name: str) -> str:
    """Return a display name as an atom, a quoted string or encoded words."""
    if not _is_plain(name) or len(name) > _SHORT:
        return _encoded_words(name)
    return name if _ATOMS.fullmatch(name) else f'"{quote(name)}"'


def _unstructured(text: str) -> str:
    text = _clean(text)
    words = text.split(" ")
    if not _is_plain(text) or max(map(len, words)) > _LINE:
        return _encoded_words(text)
    return _folded(words)


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _encoded_words(text: str) -> str:
    return Header(text, "utf-8", maxlinelen=_LINE, header_name="Subject").encode()


def _clean(text: str) -> str:
    """Return ``text`` without lone surrogates, which no encoding can carry."""
    return text.encode("utf-8", "replace").decode()


def _id_list(ids: tuple[str, ...]) -> str:
    """Return message ids for a header: of many the first and the newest (RFC 5322).

    Ids that cannot stand in a header are left out.
    """
    sound = [one for one in ids if _MESSAGE_ID.fullmatch(one)]
    if len(sound) > MAX_REFERENCES:
        sound = sound[:1] + sound[1 - MAX_REFERENCES :]
    return "\n ".join(sound)


def _folded(words: list[str]) -> str:
    lines = [words[0]]
    for word in words[1:]:
        room = _LINE - len("Subject: ") - len(lines[-1]) - 1
        if len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n ".join(lines)


def _content(draft: Draft) -> Message:
    """Return the MIME tree: mixed > related > alternative, as far as needed."""
    shown: Message = _text_part(draft.html, "html")
    if draft.images:
        shown = _multipart("related", [shown, *map(_image_part, draft.images)])
    alternative = _multipart("alternative", [_text_part(draft.text, "plain"), shown])
    if not draft.attachments:
        return alternative
    return _multipart("mixed", [alternative, *map(_file_part, draft.attachments)])


def _multipart(subtype: str, parts: list[Message]) -> Message:
    multipart = MIMEMultipart(subtype, uuid.uuid4().hex[:24], parts)
    for part in parts:
        del part["MIME-Version"]
    return multipart


def _text_part(text: str, subtype: str) -> Message:
    part = MIMEPart(policy=_POLICY)
    part.set_content(_clean(text), subtype=subtype, charset="utf-8")
    return part


def _image_part(image: Part) -> Message:
    if not _TOKEN.fullmatch(image.cid) or {"<", ">"} & set(image.cid):
        raise Unsendable("An inline image has no usable content id")
    part = _binary_part(image, "inline")
    part["Content-ID"] = f"<{image.cid}>"
    return part


def _file_part(attachment: Part) -> Message:
    return _binary_part(attachment, "attachment")


def _binary_part(file: Part, disposition: str) -> Message:
    """Return a base64 part whose name every mail program reads.

    ``name`` in encoded words is what older Outlook reads, ``filename`` is RFC 2231.
    """
    name = one_line(_clean(file.name)) or "attachment"
    part = Message()
    part["Content-Type"] = f"{_sendable_type(file.mimetype)};\n {_type_name(name)}"
    part["Content-Disposition"] = f"{disposition};\n {_filename(name)}"
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(file.content).decode())
    return part


def _sendable_type(mimetype: str) -> str:
    """Return the media type for a base64 part.

    Messages and multiparts may not be base64 (RFC 2046, 5.2.1), so they go as bytes.
    """
    known = mimetype.partition(";")[0].strip().lower()
    composite = known.startswith(("message/", "multipart/"))
    return (
        known
        if _MIMETYPE.fullmatch(known) and not composite
        else "application/octet-stream"
    )


def _type_name(name: str) -> str:
    if _is_plain(name) and len(name) <= _SHORT:
        return f'name="{quote(name)}"'
    return f'name="{_encoded_words(name)}"'


def _filename(name: str) -> str:
    """Return the ``filename`` parameter, in numbered pieces if long (RFC 2231)."""
    if _is_plain(name) and len(name) <= _SHORT:
        return f'filename="{quote(name)}"'
    encoded = percent_encoded(name, safe="")
    pieces = re.findall(r"(?:%..|[^%]){1,20}", encoded)
    if len(pieces) == 1:
        return f"filename*=utf-8''{pieces[0]}"
    numbered = (f"filename*{i}*={piece}" for i, piece in enumerate(pieces))
    return ";\n ".join(numbered).replace("*0*=", "*0*=utf-8''", 1)


def _base64_size(length: int) -> int:
    """Return the bytes of ``length`` encoded ones in lines of 76 with CRLF."""
    characters = (length + 2) // 3 * 4
    return characters + 2 * ((characters + 75) // 76)
