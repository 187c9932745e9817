"""Names of received files: what the sender gave, without what harms."""

import mimetypes
import re
from email.message import Message

from .headers import decode_bytes, decode_words, one_line

MAX_LENGTH = 150

_FORBIDDEN = re.compile(r'[:*?"<>|\ud800-\udfff\ufffe\uffff]')
# Marks that change the direction of writing, or that nobody sees.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_KNOWN = {
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
    "text/rfc822-headers": "headers.txt",
}


def given(fields: Message) -> str:
    """Return the name in a part's content headers, decoded, '' if it has none."""
    for header, parameter in (
        ("content-disposition", "filename"),
        ("content-type", "name"),
    ):
        found = [
            value
            for name, value in fields.get_params([], header)
            if name.lower() == parameter
        ]
        # RFC 2231 first: mailers write the other form for old programs.
        for value in sorted(found, key=lambda one: isinstance(one, str)):
            if _decoded(value).strip():
                return _decoded(value)
    return ""


def cleaned(name: str) -> str:
    """Return a name without folders, control characters and tricks, maybe ''."""
    name = one_line(_INVISIBLE.sub("", name))
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = _FORBIDDEN.sub("_", name).strip(" .")
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:MAX_LENGTH]
    return f"{stem[: MAX_LENGTH - len(extension) - 1]}.{extension}"


def default(content_type: str, subject: str) -> str:
    """Return a name for a file that has none.

    :param content_type: such as ``image/png``
    :param subject: of an attached message
    """
    if content_type in _KNOWN:
        return _KNOWN[content_type]
    kind, _slash, subtype = content_type.partition("/")
    if content_type in ("message/rfc822", "message/global"):
        return cleaned(f"{cleaned(subject)[:100] or 'message'}.eml")
    if kind == "message":
        return cleaned(f"{subtype}.txt")
    stem = "image" if kind == "image" else "attachment"
    return f"{stem}{mimetypes.guess_extension(content_type) or ''}"


def _decoded(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, str):
        return decode_words(value)
    charset, _language, encoded = value  # the bytes as Latin-1 characters
    return decode_bytes(encoded.encode("latin-1", "replace"), charset or "")
