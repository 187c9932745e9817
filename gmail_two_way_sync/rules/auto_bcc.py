"""What happens to a mail that comes to an Auto-BCC address: section D.

It is the user's own sent mail, or else it has to belong to a known conversation. What
section C says of every mail comes first; nothing here reads a database or a network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from email import policy
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

from . import addresses, envelope, matching
from .addresses import Address, match_key
from .directory import Directory, Target
from .envelope import Envelope
from .headers import SENDING_KEY_HEADER, by_name, first

# What mail servers note about the address that they deliver to.
_DELIVERED = (
    "delivered-to",
    "x-original-to",
    "x-delivered-to",
    "envelope-to",
    "x-envelope-to",
)
_WRITTEN = ("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc")
_OLDEST = datetime(1990, 1, 1)


@dataclass(frozen=True)
class ImportOnNewContact:
    """Import it on a contact to be made for this recipient (D2)."""

    address: Address


LOOKED_AT_AGAIN = ("no_contact", "assigned_elsewhere", "unassigned_off")
"""Why the sync may have skipped the copy in the mailbox, which is imported now (D4)."""

Decision = matching.Decision | ImportOnNewContact


def read(raw: bytes, received: datetime) -> Envelope:
    """The envelope of a message that came by mail; never raises.

    :param received: when it came, naive UTC; its date if it names none that can be
    """
    pairs = _headers(raw)
    date = _date(first(by_name(pairs), "date"), received)
    return envelope.from_headers("", "", (), date, len(raw), pairs)


def delivered_to(raw: bytes) -> tuple[Address, ...]:
    """Whom the mail server delivers this copy of a message to, as far as it says so."""
    return _addresses(raw, _DELIVERED)


def written_to(raw: bytes) -> tuple[Address, ...]:
    """Whom the message itself names as its recipients."""
    return _addresses(raw, _WRITTEN)


def sending_key(raw: bytes) -> str:
    """The mark of a message that left an Odoo through Gmail, '' if there is none."""
    return first(by_name(_headers(raw)), SENDING_KEY_HEADER.lower())


def decide(message: Envelope, directory: Directory) -> Decision:
    """What to do with a message, by the first rule that has an answer.

    :param directory: the address's owner is its user, the owner's addresses are its
        own ones, and the conversation that the message answers has the thread id ''
    """
    return matching.first_answer(RULES, message, directory) or matching.Skip(
        "no_contact"
    )


def _d2_sent(message: Envelope, directory: Directory) -> Decision | None:
    """A sent mail on the first recipient outside, whoever's contact that is.

    The user asked for it by the address, so C3's assignment is not asked.
    """
    if not directory.is_own(message.sender):
        return None
    for address in (*message.to, *message.cc):
        if directory.is_internal(address) or directory.is_blocked(address):
            continue
        contacts = directory.contacts.get(match_key(address.email), ())
        if contacts:
            contact = contacts[0]
            target = Target("res.partner", contact.id, contact.id, contact.keys)
            return matching.Import((target,))
        return ImportOnNewContact(address)
    return None


def _headers(raw: bytes) -> list[tuple[str, str]]:
    return list(BytesHeaderParser(policy=policy.compat32).parsebytes(raw).raw_items())


def _addresses(raw: bytes, names: Iterable[str]) -> tuple[Address, ...]:
    named = by_name(_headers(raw))
    return addresses.parse(value for name in names for value in named[name])


def _date(header: str, received: datetime) -> datetime:
    """When a message was written, by its own account as far as that is possible."""
    try:
        date = parsedate_to_datetime(header)
        if date.tzinfo:
            date = date.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received
    return date if _OLDEST <= date <= received else received


RULES = (*matching.NOT_IMPORTED, *matching.IN_CONVERSATION, _d2_sent)
"""Section C up to bound conversations, then D2; what is left is nobody's (D3)."""
