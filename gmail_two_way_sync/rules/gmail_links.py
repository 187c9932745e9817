"""Gmail's web addresses and Message-IDs, as people copy and paste them (E4)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from .headers import message_ids

GMAIL = "https://mail.google.com/mail/"
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PERMANENT = re.compile(r"(?:msg|thread)-f:(\d{1,20})(?!\d)")
_LOCAL = re.compile(r"(?:^|(?:msg|thread)-)a:r-?\d")
_HEX = re.compile(r"[0-9a-f]{8,16}")


@dataclass(frozen=True)
class Reference:
    """What a pasted text names; at most one of the fields has a value.

    ``gmail_id`` is an id as Gmail's API writes it, of a message or of a thread.
    ``message_id`` has its angle brackets. ``is_local``: the address is that of a thread
    which began as a draft in the browser; the API knows nothing of its name.
    """

    gmail_id: str = ""
    message_id: str = ""
    is_local: bool = False


def url_of(email: str, thread_id: str) -> str:
    """The address at which the owner of a mailbox reads a thread."""
    return f"{GMAIL}?authuser={quote(email)}#all/{thread_id}"


def reference_of(pasted: str) -> Reference:
    """Return what a link to Gmail, an id or a Message-ID names; empty if nothing."""
    text = unquote(pasted.strip())
    if "://" not in text:
        for message_id in message_ids(text):
            return Reference(message_id=message_id)
    found = _named(text) or _named(_decoded(_last_part(text)))
    return found or _hexadecimal(_last_part(text))


def _named(text: str) -> Reference | None:
    """Gmail's own names: ``thread-f:123``, and ``f:123`` in the newer tokens."""
    permanent = [int(number) for number in _PERMANENT.findall(text)]
    if not permanent and re.fullmatch(r"f:\d{1,20}", text):
        permanent = [int(text[2:])]
    if permanent:
        return Reference(gmail_id=f"{permanent[-1]:x}")  # the message, if both
    return Reference(is_local=True) if _LOCAL.search(text) else None


def _hexadecimal(text: str) -> Reference:
    return Reference(gmail_id=text) if _HEX.fullmatch(text) else Reference()


def _last_part(text: str) -> str:
    """What names the mail in ``.../#label/Customers/FMfcgz...?compose=new``."""
    fragment = text.rpartition("#")[2].partition("?")[0]
    return fragment.rstrip("/").rpartition("/")[2]


def _decoded(token: str) -> str:
    """Read a token of Gmail's address bar: base 64 written in consonants only."""
    if not token or set(token) - set(_CONSONANTS):
        return ""
    number = 0
    for character in token:
        number = number * len(_CONSONANTS) + _CONSONANTS.index(character)
    digits = ""
    while number:
        number, digit = divmod(number, len(_BASE64))
        digits = _BASE64[digit] + digits
    try:
        padded = digits + "=" * (-len(digits) % 4)
        return base64.b64decode(padded).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
