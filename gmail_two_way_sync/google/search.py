"""Gmail's search language, as far as it is asked (``q`` of messages.list)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

PLACES = ("from", "to", "cc", "bcc")
# Spam and trash are not searched unless they are named.
NOT_MAIL = "-in:drafts -in:chats"


def after(moment: datetime) -> str:
    """The search for messages from a moment (naive UTC) on."""
    return f"after:{_epoch(moment)}"


def before(moment: datetime) -> str:
    """The search for messages before a moment (naive UTC)."""
    return f"before:{_epoch(moment)}"


def known_as(message_id: str) -> str:
    """The search for a message by its Message-ID."""
    return f"rfc822msgid:{message_id.strip('<>')}"


def written_by(email: str) -> str:
    """The search for mail from an address; a superset, as Gmail compares words."""
    return f"from:{_word(email)}"


def with_people(emails: Iterable[str]) -> str:
    """The search for mail from and to any of some addresses.

    A superset: Gmail compares words, so that the rules have the last word.
    """
    terms = [f"{place}:{_word(email)}" for email in emails for place in PLACES]
    return f"{{{' '.join(terms)}}} {NOT_MAIL}"


def _word(email: str) -> str:
    plain = email.replace('"', "")
    return f'"{plain}"' if set(plain) & set(" {}()") else plain


def _epoch(moment: datetime) -> int:
    """Dates would mean midnight in California; seconds are the same everywhere."""
    return int(moment.replace(tzinfo=timezone.utc).timestamp())
