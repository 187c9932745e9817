"""Gmail's search language (`q`), compiled to SQL conditions.

Operators: Google help, "Refine searches in Gmail"; dates: Gmail API guide
"Searching for messages" (a bare date is midnight in Pacific time, digits are
epoch seconds). Words match whole words, addresses whole addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from .store import Store

DAY = 86_400_000
PACIFIC = timezone(timedelta(hours=-8))
_TOKEN = re.compile(
    r"\s*(?P<minus>-)?(?:(?P<open>[({])|(?P<close>[)}])"
    r'|(?:(?P<operator>[A-Za-z_0-9]+):(?=[^\s]))?(?:"(?P<quoted>[^"]*)"'
    r"|(?P<word>[^\s(){}\"]+)|(?=(?P<group>[({]))))"
)
_PLACES = {
    "inbox": "INBOX",
    "sent": "SENT",
    "spam": "SPAM",
    "trash": "TRASH",
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "chats": "CHAT",
    "important": "IMPORTANT",
    "starred": "STARRED",
    "unread": "UNREAD",
}
_FIELDS = {
    "from": ("from_text",),
    "to": ("to_text",),
    "cc": ("cc_text",),
    "bcc": ("bcc_text",),
    "subject": ("subject",),
}
_EVERYWHERE = ("from_text", "to_text", "cc_text", "bcc_text", "subject")
_PERIODS = {"d": DAY, "m": 30 * DAY, "y": 365 * DAY, "h": DAY // 24}


@dataclass
class Condition:
    """A piece of SQL on the messages table (alias m) with its values."""

    sql: str
    values: list[object] = field(default_factory=list)


@dataclass
class Query:
    """A compiled search."""

    condition: Condition
    #: Spam and trash are searched only when they are asked for by name.
    names_hidden_place: bool = False


@lru_cache(maxsize=512)
def _pattern(phrase: str) -> re.Pattern[str]:
    inside = r"\w.+\-" if "@" in phrase else r"\w"
    words = r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(f"(?<![{inside}]){words}(?![{inside}])", re.I)


def has_words(text: str, phrase: str) -> int:
    """SQL function: whether the phrase occurs as whole words."""
    return int(bool(_pattern(phrase).search(text)))


def prepare(store: Store) -> None:
    """Teach the connection the functions that compiled searches use."""
    store.create_function("has_words", 2, has_words)


def compile_query(text: str, now_ms: int) -> Query:
    """Compile a search; like Gmail, it never fails but takes odd input as words."""
    parser = _Parser(text, now_ms)
    return Query(parser.sequence("", " AND "), parser.names_hidden_place)


class _Parser:
    def __init__(self, text: str, now_ms: int) -> None:
        self.tokens = [match for match in _TOKEN.finditer(text) if match.group()]
        self.position = 0
        self.now_ms = now_ms
        self.names_hidden_place = False

    def sequence(self, closing: str, joint: str) -> Condition:
        """Terms up to the closing bracket; OR binds its two neighbours."""
        terms: list[Condition] = []
        either = False
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            if token["close"]:
                if closing:
                    break
                continue
            if token["word"] == "OR" and not token["operator"]:
                either = bool(terms)
                continue
            if token["word"] == "AND" and not token["operator"]:
                continue
            term = self.term(token)
            if either:
                term = _join([terms.pop(), term], " OR ")
                either = False
            terms.append(term)
        return _join(terms, joint)

    def term(self, token: re.Match[str]) -> Condition:
        if token["open"]:
            condition = self.group(token["open"])
        elif token["group"]:
            condition = self.operator_group(token["operator"])
        else:
            value = token["quoted"] if token["quoted"] is not None else token["word"]
            condition = self.operator(token["operator"], value)
        if token["minus"]:
            return Condition(f"NOT {condition.sql}", condition.values)
        return condition

    def group(self, bracket: str) -> Condition:
        if bracket == "{":
            return self.sequence("}", " OR ")
        return self.sequence(")", " AND ")

    def operator_group(self, operator: str) -> Condition:
        """``from:(a OR b)``: the operator applies to every word inside."""
        bracket = self.tokens[self.position]["open"]
        self.position += 1
        plain, self.operator = self.operator, self._with(operator)  # type: ignore
        try:
            return self.group(bracket)
        finally:
            self.operator = plain  # type: ignore[method-assign]

    def _with(self, outer: str):
        plain = self.operator
        return lambda inner, value: plain(inner or outer, value)

    def operator(self, name: str | None, value: str) -> Condition:
        name = (name or "").lower()
        handler = getattr(self, f"_{name}", None) if name in _HANDLED else None
        if handler:
            return handler(value)
        if name in _FIELDS:
            return _words(_FIELDS[name], value)
        if name:
            value = f"{name}:{value}"
        return _anywhere(value)

    def _after(self, value: str) -> Condition:
        return self._dated(">=", value)

    def _before(self, value: str) -> Condition:
        return self._dated("<", value)

    _newer = _after
    _older = _before

    def _dated(self, comparison: str, value: str) -> Condition:
        moment = _moment(value)
        if moment is None:
            return Condition("0")
        return Condition(f"m.internal_date {comparison} ?", [moment])

    def _newer_than(self, value: str) -> Condition:
        return self._aged(">", value)

    def _older_than(self, value: str) -> Condition:
        return self._aged("<", value)

    def _aged(self, comparison: str, value: str) -> Condition:
        match = re.fullmatch(r"(\d+)([dmyh])", value.lower())
        if not match:
            return Condition("0")
        age = int(match[1]) * _PERIODS[match[2]]
        return Condition(f"m.internal_date {comparison} ?", [self.now_ms - age])

    def _rfc822msgid(self, value: str) -> Condition:
        return Condition("m.rfc_id = ?", [f"<{value.strip('<>')}>"])

    def _has(self, value: str) -> Condition:
        if value.lower() == "attachment":
            return Condition("m.has_attachment")
        return Condition("0")

    def _in(self, value: str) -> Condition:
        place = value.lower()
        if place in ("spam", "trash", "anywhere"):
            self.names_hidden_place = True
        if place in ("anywhere", "all"):
            return Condition("1")
        return _labelled(_PLACES.get(place, value))

    def _is(self, value: str) -> Condition:
        if value.lower() == "read":
            return Condition(f"NOT {_labelled('UNREAD').sql}", ["UNREAD", "UNREAD"])
        return _labelled(_PLACES.get(value.lower(), value))

    def _label(self, value: str) -> Condition:
        return self._in(value)

    def _category(self, value: str) -> Condition:
        return _labelled(f"CATEGORY_{value.upper()}")

    def _deliveredto(self, value: str) -> Condition:
        return Condition("has_words(m.headers, ?)", [value])


_HANDLED = set(
    "after before newer older newer_than older_than rfc822msgid has in is label"
    " category deliveredto".split()
)


def _join(terms: list[Condition], joint: str) -> Condition:
    if not terms:
        return Condition("1")
    sql = joint.join(term.sql for term in terms)
    return Condition(f"({sql})", [value for term in terms for value in term.values])


def _words(columns: tuple[str, ...], value: str) -> Condition:
    tests = " OR ".join(f"has_words(m.{column}, ?)" for column in columns)
    return Condition(f"({tests})", [value] * len(columns))


def _anywhere(value: str) -> Condition:
    body = (
        "EXISTS (SELECT 1 FROM contents c WHERE c.account_id = m.account_id"
        " AND c.message_id = m.id AND has_words(c.body_text, ?))"
    )
    headers = _words(_EVERYWHERE, value)
    return Condition(f"({headers.sql} OR {body})", [*headers.values, value])


def _labelled(label: str) -> Condition:
    """By id, or by name with dashes for blanks as the search box writes it."""
    sql = (
        "EXISTS (SELECT 1 FROM message_labels x LEFT JOIN labels l"
        " ON l.account_id = x.account_id AND l.id = x.label_id"
        " WHERE x.account_id = m.account_id AND x.message_id = m.id"
        " AND (x.label_id = ? OR"
        " replace(replace(lower(l.name), ' ', '-'), '/', '-') = lower(?)))"
    )
    return Condition(sql, [label, label])


def _moment(value: str) -> int | None:
    if re.fullmatch(r"\d{5,}", value):
        return int(value) * 1000
    match = re.fullmatch(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})", value)
    if not match:
        return None
    try:
        year, month, day = map(int, match.groups())
        midnight = datetime(year, month, day, tzinfo=PACIFIC)
    except ValueError:
        return None
    return int(midnight.timestamp() * 1000)
