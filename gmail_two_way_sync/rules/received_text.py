"""Plain text of received messages."""

import re
from email.message import Message

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE = re.compile(r"^(>*)( ?)(.*)$", re.S)


def clean(text: str) -> str:
    """Return text that a database and a page can hold, with \\n as line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text.removeprefix("\ufeff"))


def unflowed(text: str, fields: Message) -> str:
    """Return text with the soft line breaks of ``format=flowed`` undone (RFC 3676).

    :param fields: content headers of the text's part
    """
    if str(fields.get_param("format", "")).lower() != "flowed":
        return text
    keeps_blank = str(fields.get_param("delsp", "")).lower() != "yes"
    lines: list[str] = []
    open_depth = None  # of the quotes of a line that goes on
    for line in text.split("\n"):
        quotes, _stuffing, words = _LINE.match(line).groups()
        is_soft = words.endswith(" ") and words != "-- "
        body = words if keeps_blank or not is_soft else words[:-1]
        if open_depth == len(quotes) and words != "-- ":
            lines[-1] += body
        else:
            lines.append(f"{quotes} {body}" if quotes else body)
        open_depth = len(quotes) if is_soft else None
    return "\n".join(lines)
