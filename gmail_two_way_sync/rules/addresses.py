"""Email addresses: read from headers, compared by the rule of C18."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import getaddresses

import idna

from .headers import ENCODED_WORD, decode_words, one_line

_CONSUMER_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
# Repetitions are bounded so that hostile headers stay linear.
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*){0,50}"'
_ADDRESS = re.compile(
    rf"((?:{_QUOTED}|[^\s\x00-\x1f\x7f@<>()\[\],;:\\\"]+))"
    r"@(\[[\w.:]+\]|[\w-]+(?:\.[\w-]+)*)\.?"
)
_TOKEN = re.compile(
    r"\((?P<comment>(?:[^()\\]|\\.|\([^()]{0,500}\)){0,500})\)"
    r"|<(?P<angle>[^<>]*)>"
    r"|(?P<end>[,;])"
    r"|(?P<group>:)"
    rf"|(?P<text>{ENCODED_WORD.pattern}|{_QUOTED}|[^=\"(<,;:]+|.)"
)
_WORD = re.compile(rf'{_QUOTED}[^\s"]*|[^\s"]+|"')


@dataclass(frozen=True)
class Address:
    """One mailbox of a header.

    ``name`` is decoded and on one line, '' if there is none. ``email`` is as written,
    with the domain in lower case (an international domain stays as written).
    """

    name: str
    email: str

    def __str__(self) -> str:
        """As ``parse`` reads it back, with the name in plain characters."""
        if not self.name:
            return self.email
        escaped = self.name.replace("\\", r"\\").replace('"', r"\"")
        return f'"{escaped}" <{self.email}>'


def parse(header_values: Iterable[str]) -> tuple[Address, ...]:
    """Return the addresses in values of From, To, Cc or Bcc, each email once, in order.

    Takes what occurs in the wild (RFC 5322 with its groups and comments, encoded words,
    unquoted commas in names, missing separators), drops what is no address and never
    raises.
    """
    found: dict[str, Address] = {}
    for value in header_values:
        for address in _read(one_line(str(value or ""))):
            found.setdefault(address.email.lower(), address)
    return tuple(found.values())


def no_addresses(typed: str) -> tuple[str, ...]:
    """Return the pieces of a line of addresses, as a person typed it, that are none.

    ``parse`` takes what others wrote and drops the rest; one's own slip is to be told.
    """
    pieces = [email for _name, email in getaddresses([typed.replace(";", ",")])]
    wrong = [each for each in pieces if each and not parse([each])]
    if not wrong and typed.strip(" ,;") and not parse([typed]):
        return (typed.strip(),)
    return tuple(wrong)


def split(email: str) -> tuple[str, str] | None:
    """Return local part and lowercased domain of a bare address, None if it is none."""
    match = _ADDRESS.fullmatch(email.strip())
    return (match[1], match[2].lower()) if match else None


def ascii_domain(name: str) -> str:
    """Return a domain in its ASCII form (IDNA 2008), lowercased.

    Raises UnicodeError if the domain has no such form.
    """
    if name.isascii():
        return name.lower()
    return idna.encode(name, uts46=True).decode("ascii").lower()


def match_key(email: str) -> str:
    """Return what equal addresses have in common (C10, C18), '' for a non-address.

    Case never counts. In consumer Gmail addresses neither do dots, a ``+tag`` and which
    of Google's two domains is written. International domains compare in ASCII form.
    """
    parts = split(email)
    if not parts:
        return ""
    local = _plain_local(unicodedata.normalize("NFC", parts[0])).lower()
    host = _comparable_domain(parts[1])
    if host in _CONSUMER_DOMAINS:
        host = "gmail.com"
        local = local.partition("+")[0].replace(".", "")
    return f"{local}@{host}" if local else ""


def spellings(email: str) -> tuple[str, ...]:
    """Return how an address may stand in Gmail, which compares it as it is written.

    Of a consumer address the plain one at both of Google's domains, too (C18).
    """
    if not is_consumer(email):
        return (email,)
    local = match_key(email).rpartition("@")[0]
    plain = (f"{local}@{host}" for host in sorted(_CONSUMER_DOMAINS))
    return tuple(dict.fromkeys((email, *plain)))


def is_consumer(email: str) -> bool:
    """Return whether it is a free Gmail address, not one of a Workspace (A10)."""
    return domain(email) in _CONSUMER_DOMAINS


def domain(email: str) -> str:
    """Return the domain of an address, lowercased and in ASCII form, or ''."""
    parts = split(email)
    return _comparable_domain(parts[1]) if parts else ""


def _read(value: str) -> list[Address]:
    """Read one value; only if it has no address, look inside quotes and words."""
    return _Reader().read(value) or _Reader().read(decode_words(value).replace('"', ""))


class _Reader:
    """Reads one header value from left to right, collecting its addresses."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self._start_member()

    def read(self, value: str) -> list[Address]:
        for match in _TOKEN.finditer(value):
            handler = getattr(self, f"_on_{match.lastgroup}")
            handler(match[match.lastgroup])
        self._on_end(";")
        return self.found

    def _start_member(self) -> None:
        self.before: list[str] = []
        self.phrase: list[str] = []
        self.comments: list[str] = []
        self.complete = False

    def _on_text(self, text: str) -> None:
        self.phrase.append(text)

    def _on_comment(self, text: str) -> None:
        self.comments.append(text)

    def _on_group(self, _colon: str) -> None:
        self._start_member()

    def _on_angle(self, text: str) -> None:
        email = _normal(text)
        if email:
            self._add("".join(self.before + self.phrase), email)
            self._start_member()
            self.complete = True

    def _on_end(self, separator: str) -> None:
        """Close the member; a comma after mere words may be part of a name."""
        text = "".join(self.phrase)
        words = _WORD.findall(text)
        emails = [email for email in map(_normal, words) if email]
        name = " ".join(word for word in words if not _normal(word))
        for email in emails:
            self._add(name, email)
        if emails or self.complete or separator == ";" or "@" in text:
            self._start_member()
        else:
            self.before.append(f"{text},")
            self.phrase = []

    def _add(self, phrase: str, email: str) -> None:
        name = _clean_name(phrase)
        remarks = [_clean_name(comment) for comment in self.comments]
        if name:
            name = " ".join([name, *(f"({remark})" for remark in remarks)])
        elif remarks:
            name = remarks[0]
        self.found.append(Address("" if name.lower() == email.lower() else name, email))


def _normal(text: str) -> str:
    """Return the address in ``text`` with its domain in lower case, or ''."""
    candidate = text if '"' in text else re.sub(r"\s", "", text)
    candidate = re.sub(r"^(?:mailto:|@[^:]*:)", "", candidate.strip(), flags=re.I)
    parts = split(candidate) or split(candidate.strip("'[]<>.,;"))
    return "@".join(parts) if parts else ""


def _clean_name(phrase: str) -> str:
    """Return a display name decoded, on one line and without quotation marks."""
    plain = re.sub(_QUOTED, lambda match: _unescaped(match[0][1:-1]), phrase)
    text = one_line(decode_words(plain)).strip(", ")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    return text


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _plain_local(local: str) -> str:
    """Return a local part without quotation marks that it does not need."""
    inner = _unescaped(local[1:-1]) if local[0] == '"' else local
    return inner if split(f"{inner}@x") else local


def _comparable_domain(name: str) -> str:
    try:
        return ascii_domain(name)
    except UnicodeError:
        return name
