"""What happens to a message of a mailbox: section C of the specification.

``decide`` asks the rules one after the other, in the order that the section gives;
the first that has an answer wins. Everything a rule may look at is in the message's
``Envelope`` (headers and labels) and in the ``Directory`` (what Odoo knows of the
addresses and ids of a batch). Nothing here reads a database or a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from .addresses import Address, match_key
from .directory import Contact, Conversation, Directory, KnownMessage, Target
from .envelope import Envelope

REASONS = (
    ("draft", "It is a draft"),
    ("spam", "It lies in spam"),
    ("trash", "It lies in the trash"),
    ("chat", "It is a chat message"),
    ("gone", "It was deleted in Gmail before it was read"),
    ("own_message", "Odoo sent it"),
    ("delivery_report", "It is a delivery report"),
    ("blocklisted", "The address or domain is on a blocklist"),
    ("internal", "Only colleagues take part"),
    ("thread_stopped", "The conversation was stopped"),
    ("no_contact", "Nobody in it is a contact"),
    ("assigned_elsewhere", "The contact is assigned to somebody else"),
    ("unassigned_off", "The contact is assigned to nobody"),
    ("deleted", "It was deleted in Odoo"),
    ("cancelled", "It was cancelled before it left"),
)
"""Why a message is not on a record: selection value and its English words."""


@dataclass(frozen=True)
class Import:
    """Fetch the message and post it on the targets (several only by C12)."""

    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Link:
    """Odoo has the message already: remember that this mailbox has it, too (C13).

    ``binds``: the mailbox's thread is not bound yet, and is now.
    """

    messages: tuple[KnownMessage, ...]
    binds: bool = True


@dataclass(frozen=True)
class Adopt:
    """It is a message that left Odoo through this mailbox: row ``row_id`` (B8)."""

    row_id: int


@dataclass(frozen=True)
class Read:
    """A delivery report, maybe about a message of ours: its content tells (B9)."""


@dataclass(frozen=True)
class Skip:
    """Not imported; ``reason`` is one of REASONS."""

    reason: str


Decision = Import | Link | Adopt | Read | Skip
Rule = Callable[[Envelope, Directory], Decision | None]


def decide(envelope: Envelope, directory: Directory) -> Decision:
    """What to do with a message, by the first rule that has an answer."""
    return first_answer(RULES, envelope, directory) or Skip("no_contact")


def decide_wished(envelope: Envelope, directory: Directory, target: Target) -> Decision:
    """What to do with a message that its owner wants to be on a record (E4).

    What keeps mail out of Odoo for good holds for persons, too; whose contact it is,
    blocklists, stopped conversations and what was deleted before do not.
    """
    directory = replace(directory, deleted_ids=frozenset())
    return first_answer(NOT_WISHED, envelope, directory) or Import((target,))


def first_answer(
    rules: Iterable[Rule], envelope: Envelope, directory: Directory
) -> Decision | None:
    """What the first of some rules says that has an answer."""
    answers = (rule(envelope, directory) for rule in rules)
    return next((answer for answer in answers if answer), None)


def _c1_not_looked_at(envelope: Envelope, directory: Directory) -> Decision | None:
    for is_one, reason in (
        (envelope.is_draft, "draft"),
        (envelope.is_spam, "spam"),
        (envelope.is_trash, "trash"),
        (envelope.is_chat, "chat"),
    ):
        if is_one:
            return Skip(reason)
    return None


def _c13_already_known(envelope: Envelope, directory: Directory) -> Decision | None:
    if envelope.sending_key in directory.sending_keys:
        return Adopt(directory.sending_keys[envelope.sending_key])
    if envelope.message_id in directory.deleted_ids:
        return Skip("deleted")
    if _is_notification(envelope, directory):
        return Skip("own_message")
    known = [
        message
        for id_ in (envelope.message_id, envelope.sending_key)
        for message in directory.known_messages.get(id_, ())
        if message.id
    ]
    emails = tuple(message for message in known if message.is_email)
    if emails:
        return Link(emails, binds=not directory.is_bound(envelope.thread_id))
    return Skip("own_message") if known else None


def _is_notification(envelope: Envelope, directory: Directory) -> bool:
    """Whether Odoo sent it about a record, even if a relay changed its Message-ID.

    Odoo names the record in a header and the message in References. Another Odoo's
    mail can do one of both, when it answers ours, but hardly both.
    """
    return bool(envelope.odoo_objects) and any(
        f"{message.res_model}-{message.res_id}" == envelope.odoo_objects
        for id_ in (envelope.message_id, *envelope.references)
        for message in directory.known_messages.get(id_, ())
    )


def _b9_delivery_report(envelope: Envelope, directory: Directory) -> Decision | None:
    """Reports of many mail servers name the message only in their content."""
    if not envelope.is_delivery_report:
        return None
    is_ours = directory.is_bound(envelope.thread_id) or any(
        reference in directory.known_messages for reference in envelope.references
    )
    return Read() if is_ours or not envelope.references else Skip("delivery_report")


def _c17_blocklisted(envelope: Envelope, directory: Directory) -> Decision | None:
    sender = envelope.sender
    if sender and directory.is_internal(sender):
        blocked = [directory.is_blocked(each) for each in outside(envelope, directory)]
        return Skip("blocklisted") if blocked and all(blocked) else None
    if sender and directory.is_blocked(sender):
        return Skip("blocklisted")
    return None


def _c4_between_ourselves(envelope: Envelope, directory: Directory) -> Decision | None:
    if not envelope.sender or not directory.is_internal(envelope.sender):
        return None
    return None if any(outside(envelope, directory)) else Skip("internal")


def _c13_references(envelope: Envelope, directory: Directory) -> Decision | None:
    """An answer to a message that Odoo has from elsewhere goes to its document.

    Messages of the thread's own conversation do not count: that one is asked next.
    """
    for reference in reversed(envelope.references):
        elsewhere = [
            message
            for message in directory.known_messages.get(reference, ())
            if message.res_model
            and not (message.thread_id and message.thread_id == envelope.thread_id)
        ]
        active = [message for message in elsewhere if message.active]
        if active:
            return Import(tuple(_answering(envelope, directory, active)))
        if elsewhere:
            return Skip("thread_stopped")
    return None


def _answering(
    envelope: Envelope, directory: Directory, known: list[KnownMessage]
) -> Iterator[Target]:
    """The records of messages that are answered; a bound thread stays as it is (C2)."""
    people = outside(envelope, directory)
    if envelope.sender and not directory.is_internal(envelope.sender):
        people = chain([envelope.sender], people)
    contacts = filter(None, map(directory.contact_of, people))
    contact = next(contacts, Contact(0))
    for record in dict.fromkeys((each.res_model, each.res_id) for each in known):
        yield Target(
            *record,
            contact.id or None,
            contact.keys,
            binds=not directory.is_bound(envelope.thread_id),
        )


def _c2_bound_conversation(envelope: Envelope, directory: Directory) -> Decision | None:
    bound = directory.conversations.get(envelope.thread_id, ())
    if not bound:
        return None
    active = [conversation for conversation in bound if conversation.active]
    if not active:
        return Skip("thread_stopped")
    return _sent_to_another_contact(envelope, directory, active) or Import(
        tuple(_continuing(envelope, conversation) for conversation in active)
    )


def _sent_to_another_contact(
    envelope: Envelope, directory: Directory, active: list[Conversation]
) -> Decision | None:
    if not directory.is_own(envelope.sender):
        return None
    addressed = {match_key(each.email) for each in outside(envelope, directory)}
    taking_part = frozenset().union(
        *(each.participant_keys | each.contact_keys for each in active)
    )
    if addressed & taking_part:
        return None
    found = _first_recipient(envelope, directory)
    if isinstance(found, Import):
        return Import(tuple(replace(target, binds=False) for target in found.targets))
    return None


def _continuing(envelope: Envelope, conversation: Conversation) -> Target:
    return Target(
        *conversation.record,
        conversation.partner_id,
        conversation.contact_keys,
        is_internal=bool(conversation.contact_keys)
        and conversation.contact_keys.isdisjoint(people_keys(envelope)),
    )


def _c6_c7_c8_sent(envelope: Envelope, directory: Directory) -> Decision | None:
    if directory.is_own(envelope.sender):
        return _first_recipient(envelope, directory)
    return None


def _first_recipient(envelope: Envelope, directory: Directory) -> Import | Skip:
    """The first contact in To, else in Cc, that the user may sync (C7)."""
    reasons = []
    for address in (*envelope.to, *envelope.cc):
        found = _sent_to(address, directory)
        if isinstance(found, Import):
            return found
        reasons.append(found.reason)
    told = [reason for reason in reasons if reason not in ("no_contact", "internal")]
    return Skip(next(iter(told), "no_contact"))


def _sent_to(address: Address, directory: Directory) -> Import | Skip:
    if directory.is_internal(address):
        return Skip("internal")
    if directory.is_blocked(address):
        return Skip("blocklisted")
    found = _on_contacts(_one_per_company(address, directory), directory)
    # What the user writes is on one record, not on one in each company (C12).
    return Import(found.targets[:1]) if isinstance(found, Import) else found


def _c3_c5_received(envelope: Envelope, directory: Directory) -> Decision | None:
    sender = envelope.sender
    if not sender:
        return None
    if directory.is_internal(sender):
        return Skip("internal")
    return _on_contacts(_one_per_company(sender, directory), directory)


def _one_per_company(address: Address, directory: Directory) -> tuple[Contact, ...]:
    """The first created contact that each company of the user sees (C9, C12).

    A contact of no company counts for all of several companies, and is the only one.
    """
    contacts = directory.contacts.get(match_key(address.email), ())
    if len(directory.company_ids) < 2:
        return contacts[:1]
    shared = tuple(each for each in contacts if each.company_id is None)
    firsts: dict[int | None, Contact] = {}
    for contact in contacts:
        firsts.setdefault(contact.company_id, contact)
    return shared[:1] or tuple(firsts.values())


def _on_contacts(contacts: Iterable[Contact], directory: Directory) -> Import | Skip:
    refusals = {contact: _refusal(contact, directory) for contact in contacts}
    targets = tuple(
        Target("res.partner", contact.id, contact.id, contact.keys)
        for contact, reason in refusals.items()
        if not reason
    )
    if targets:
        return Import(targets)
    return Skip(next(iter(refusals.values()), None) or "no_contact")


def _refusal(contact: Contact, directory: Directory) -> str | None:
    """Why the user's mailbox does not sync a contact (C3), None if it does."""
    if contact.user_id == directory.user_id:
        return None
    if contact.user_id:
        return "assigned_elsewhere"
    return None if directory.sync_unassigned else "unassigned_off"


def outside(envelope: Envelope, directory: Directory) -> Iterator[Address]:
    """Recipients who are neither ours nor colleagues (C4)."""
    return (each for each in envelope.recipients if not directory.is_internal(each))


def people_keys(envelope: Envelope) -> frozenset[str]:
    """Everybody who takes part in a message, as ``match_key`` gives them."""
    senders = (envelope.sender,) if envelope.sender else ()
    everybody = (*senders, *envelope.recipients)
    return frozenset(match_key(each.email) for each in everybody) - {""}


NOT_IMPORTED = (
    _c1_not_looked_at,
    _c13_already_known,
    _b9_delivery_report,
    _c17_blocklisted,
    _c4_between_ourselves,
)
NOT_WISHED = tuple(rule for rule in NOT_IMPORTED if rule is not _c17_blocklisted)
IN_CONVERSATION = (_c2_bound_conversation,)
RULES = (
    *NOT_IMPORTED,
    _c13_references,
    *IN_CONVERSATION,
    _c6_c7_c8_sent,
    _c3_c5_received,
)
"""Section C of the specification, in its order."""
