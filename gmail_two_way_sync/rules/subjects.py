"""Subjects of a conversation: the same but for reply and forward prefixes (B3)."""

import re

from .headers import one_line

# What mail programs put before the subject of an answer, by language.
_REPLY = (
    "re|aw|antw|antwort|sv|vs|odp|r|rif|res|ynt|atb|vá|на|отв|ответ|απ|σχετ"
    "|回复|回覆|答复|答覆|返信|답장|회신|תשובה|השב|رد"
)
_FORWARD = (
    "fwd?|wg|tr|rv|enc|i|vb|vl|pd|doorst|fs|ilt|i̇lt|továbbítás|пересл|πρθ"
    "|转发|轉寄|轉發|転送|전달|הועבר"
)
_COUNT = r"(?:\s?\[\d+\]|\s?\(\d+\)|[\^*]\d+|\d{1,2})?"
_COLON = r"\s?[:：]\s*"
_REPLY_PREFIX = re.compile(rf"(?:{_REPLY}){_COUNT}{_COLON}", re.I)
_FORWARD_PREFIX = re.compile(rf"(?:{_FORWARD}){_COUNT}{_COLON}", re.I)
_FORWARD_BRACKETS = re.compile(r"\[fwd?:\s*(.*)\]", re.I)


def base_subject(subject: str) -> str:
    """Return what a conversation's subjects have in common, for comparing.

    All reply and forward prefixes are gone, blanks are single, case is folded.
    """
    rest, before = one_line(subject), None
    while rest != before:
        before = rest
        rest = _after_prefix(rest)
    return rest.casefold()


def same_subject(a: str, b: str) -> bool:
    """Tell whether two subjects belong to one conversation."""
    return base_subject(a) == base_subject(b)


def continues(subject: str, conversation: str) -> bool:
    """Tell whether a message with a subject belongs to a conversation with another.

    A forward does not, unless the conversation began as one.
    """
    forwards = is_forward(subject) and not is_forward(conversation)
    return same_subject(subject, conversation) and not forwards


def reply_subject(subject: str) -> str:
    """Return the subject of an answer: "Re: " once, an existing reply prefix kept."""
    line = one_line(subject)
    return line if _REPLY_PREFIX.match(line) else f"Re: {line}".strip()


def is_forward(subject: str) -> bool:
    """Tell whether the outermost prefix is one of forwarding.

    "VS" is an answer in Finnish and a forward in Norwegian; it counts as an answer.
    """
    line = one_line(subject)
    return bool(_FORWARD_PREFIX.match(line) or _FORWARD_BRACKETS.fullmatch(line))


def _after_prefix(line: str) -> str:
    prefix = _REPLY_PREFIX.match(line) or _FORWARD_PREFIX.match(line)
    if prefix:
        return line[prefix.end() :]
    brackets = _FORWARD_BRACKETS.fullmatch(line)
    return brackets[1] if brackets else line
