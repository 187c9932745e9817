"""Header values as they occur in the wild, made into clean text and identifiers."""

import base64
import binascii
import quopri
import re
from collections import defaultdict
from collections.abc import Iterable

SENDING_KEY_HEADER = "X-Gmail-Two-Way-Sync-Key"

# Content of an encoded word is limited so that hostile input stays linear.
ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?(.{0,2000}?)\?=")
_BETWEEN_WORDS = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)\s+(?==\?)")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MESSAGE_ID = re.compile(r"\([^()]*\)|<([^<>]+)>")
# In bytes: what fits on one line (RFC 5322, 2.1.1). PostgreSQL indexes no long texts.
_LONGEST_ID = 998

# Labels that name a smaller character set than the one that mailers really use.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
    "us-ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
}
# Python's own codecs, which no mailer means; some are slow on hostile input.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
)


def one_line(value: str) -> str:
    """Return ``value`` with each run of blanks and control characters as one space."""
    return _BLANK.sub(" ", value).strip()


def decode_bytes(data: bytes, charset: str) -> str:
    """Return ``data`` as text, whatever ``charset`` claims; never raises.

    Without a usable charset, UTF-8 is tried before Windows-1252. Text that is slightly
    damaged keeps its charset and has U+FFFD where it is. There are no surrogates.
    """
    label = charset.lower().partition("*")[0].strip("\"' ")
    if label.replace("-", "_") in _NO_CHARSETS:
        label = ""
    candidates = (_SUPERSETS.get(label, label), label, "utf-8")
    for candidate in candidates:
        text = _decoded(data, candidate, "strict")
        if text is not None:
            return text
    for candidate in candidates:
        text = _decoded(data, candidate, "replace")
        if text is not None and _is_mostly_right(text):
            return text
    return data.decode("cp1252", "replace")


def plain_characters(value: str) -> str:
    """Return a value as the standard library gives it with its 8-bit bytes decoded."""
    try:
        return decode_bytes(value.encode("ascii", "surrogateescape"), "utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()


def decode_words(value: str) -> str:
    """Return ``value`` with its encoded words (RFC 2047) as text; never raises.

    Neighbouring words of one charset are joined before they are decoded, since mailers
    split in the middle of a character. Raw 8-bit characters are read as well.
    """
    value = _BETWEEN_WORDS.sub(r"\1", plain_characters(value))
    pieces: list[tuple[str, bytes | str]] = []
    position = 0
    for match in ENCODED_WORD.finditer(value):
        if match.start() > position:
            pieces.append(("", value[position : match.start()]))
        charset, encoding, content = match.groups()
        data = _word_bytes(encoding, content)
        if pieces and pieces[-1][0] == charset.lower():
            data = pieces.pop()[1] + data
        pieces.append((charset.lower(), data))
        position = match.end()
    pieces.append(("", value[position:]))
    return "".join(
        decode_bytes(piece, charset) if isinstance(piece, bytes) else piece
        for charset, piece in pieces
    )


def message_ids(value: str) -> tuple[str, ...]:
    """Return the message ids in a header value as ``<...>``, unique and in order.

    Reads folded ids, comments around them and ids without brackets (RFC 5322, 3.6.4).
    What is longer than a line is none.
    """
    found = [match[1] for match in _MESSAGE_ID.finditer(value) if match[1]]
    if not found:
        found = [word.strip("<>,;\"'") for word in value.split() if "@" in word]
    ids = (_BLANK.sub("", candidate) for candidate in found)
    fitting = (one for one in ids if len(one.encode("utf-8", "replace")) < _LONGEST_ID)
    return tuple(dict.fromkeys(f"<{one}>" for one in fitting if one))


def by_name(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Group header values by lowercased name, in order; an unknown name gives [].

    Values are in plain characters: neither a database nor an answer to the web client
    takes half a surrogate pair.
    """
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        plain = plain_characters(str(value or ""))
        grouped[str(name).strip().lower()].append(plain)
    return grouped


def first(grouped: dict[str, list[str]], name: str) -> str:
    """Return the first value of header ``name`` (lowercase) on one line, or ''."""
    return one_line(next(iter(grouped.get(name, ())), ""))


def _word_bytes(encoding: str, content: str) -> bytes:
    data = content.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b" ", b"_"), header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return base64.b64decode(data[: len(data) // 4 * 4])


def _decoded(data: bytes, charset: str, errors: str) -> str | None:
    try:
        text = data.decode(charset, errors)
        text.encode()  # some charsets can write half a surrogate pair
    except (LookupError, ValueError):
        return None
    return text


def _is_mostly_right(text: str) -> bool:
    """Tell whether at least half of what a wrong charset would break came out well."""
    strange = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") * 2 <= strange
