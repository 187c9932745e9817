"""What happens to a message of a mailbox: section C of the specification.

``decide`` asks the rules one after the other, in the order that the section gives;
the first that has an answer wins. Everything a rule may look at is in the message's
``Envelope`` (headers and labels) and in the ``Directory`` (what Odoo knows of the
addresses and ids of a batch). Nothing here reads a database or a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from .addresses import Address, domain, match_key
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
class Contact:
    """A ``res.partner``; ``user_id`` is its salesperson, or its company's (C3)."""

    id: int
    company_id: int | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class Conversation:
    """A Gmail thread bound to a record.

    ``contact_keys`` are the addresses of its contact, ``participant_keys`` those of
    everybody outside who took part so far, all as ``match_key`` gives them.
    """

    id: int
    res_model: str
    res_id: int
    partner_id: int | None = None
    contact_keys: frozenset[str] = frozenset()
    participant_keys: frozenset[str] = frozenset()
    active: bool = True


@dataclass(frozen=True)
class KnownMessage:
    """A message that Odoo has, found by its RFC Message-ID.

    ``conversation_id`` is its Conversation, if it has one; ``is_email`` tells mail
    that came in or left as an email from what Odoo's standard servers sent.
    """

    id: int
    res_model: str
    res_id: int
    partner_id: int | None = None
    conversation_id: int | None = None
    is_email: bool = True


@dataclass(frozen=True)
class Directory:
    """What Odoo knows about the addresses and ids of a batch of messages.

    Addresses are ``match_key`` keys. Contacts are the active ones that the user's
    companies see, in the order of their creation (C9).
    """

    user_id: int
    own_keys: frozenset[str]
    company_ids: frozenset[int] = frozenset()
    sync_unassigned: bool = True
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    internal_partners: Mapping[str, int] = field(default_factory=dict)
    alias_domains: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    sending_keys: Mapping[str, int] = field(default_factory=dict)
    known_messages: Mapping[str, tuple[KnownMessage, ...]] = field(default_factory=dict)
    deleted_ids: frozenset[str] = frozenset()
    conversations: Mapping[str, tuple[Conversation, ...]] = field(default_factory=dict)

    def is_own(self, address: Address | None) -> bool:
        """Whether it is the mailbox's, or one of its send-as addresses (C18)."""
        return bool(address) and match_key(address.email) in self.own_keys

    def is_internal(self, address: Address) -> bool:
        """Whether it is ours or a colleague's, never a contact's (C4)."""
        key = match_key(address.email)
        return (
            key in self.own_keys
            or key in self.internal_partners
            or domain(address.email) in self.alias_domains
        )

    def is_blocked(self, address: Address) -> bool:
        """Whether the address or its domain is never synced (C17)."""
        return (
            match_key(address.email) in self.blocked
            or domain(address.email) in self.blocked
        )

    def with_conversation(self, thread_id: str, target: Target) -> Directory:
        """The directory after a message of the batch bound its thread to a record."""
        conversation = Conversation(
            0, target.res_model, target.res_id, target.partner_id, target.contact_keys
        )
        bound = (*self.conversations.get(thread_id, ()), conversation)
        return replace(self, conversations={**self.conversations, thread_id: bound})


@dataclass(frozen=True)
class Target:
    """A record that a message is imported on.

    ``binds``: its thread is bound to the record. ``is_internal``: no portal customer
    reads it, as the conversation's contact takes no part in it (C2).
    """

    res_model: str
    res_id: int
    partner_id: int | None = None
    contact_keys: frozenset[str] = frozenset()
    binds: bool = True
    is_internal: bool = False


@dataclass(frozen=True)
class Import:
    """Fetch the message and post it on the targets (several only by C12)."""

    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Link:
    """Odoo has the message already: remember that this mailbox has it, too (C13)."""

    messages: tuple[KnownMessage, ...]


@dataclass(frozen=True)
class Adopt:
    """It is a message that left Odoo through this mailbox: row ``row_id`` (B8)."""

    row_id: int


@dataclass(frozen=True)
class Skip:
    """Not imported; ``reason`` is one of REASONS."""

    reason: str


Decision = Import | Link | Adopt | Skip
Rule = Callable[[Envelope, Directory], Decision | None]


def decide(envelope: Envelope, directory: Directory) -> Decision:
    """What to do with a message, by the first rule that has an answer."""
    return first_answer(RULES, envelope, directory) or Skip("no_contact")


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
    known = directory.known_messages.get(envelope.message_id, ())
    if any(message.is_email for message in known):
        return Link(tuple(message for message in known if message.is_email))
    return Skip("own_message") if known else None


def _b9_delivery_report(envelope: Envelope, directory: Directory) -> Decision | None:
    return Skip("delivery_report") if envelope.is_delivery_report else None


def _c17_blocklisted(envelope: Envelope, directory: Directory) -> Decision | None:
    if directory.is_own(envelope.sender):
        blocked = [directory.is_blocked(each) for each in _outside(envelope, directory)]
        return Skip("blocklisted") if blocked and all(blocked) else None
    if envelope.sender and directory.is_blocked(envelope.sender):
        return Skip("blocklisted")
    return None


def _c4_between_ourselves(envelope: Envelope, directory: Directory) -> Decision | None:
    if not envelope.sender or not directory.is_internal(envelope.sender):
        return None
    # Without a recipient that can be read (all in Bcc) nobody knows whether it is
    # between us only: in a bound conversation it belongs there.
    if not envelope.recipients or any(_outside(envelope, directory)):
        return None
    return Skip("internal")


def _c4_c13_references(envelope: Envelope, directory: Directory) -> Decision | None:
    """An answer to a message that Odoo has from elsewhere goes to its document.

    Messages of the thread's own conversation do not count: that one is asked next,
    and knows where it was moved to.
    """
    here = {each.id for each in directory.conversations.get(envelope.thread_id, ())}
    for reference in reversed(envelope.references):
        for known in directory.known_messages.get(reference, ()):
            if known.conversation_id not in here:
                target = Target(known.res_model, known.res_id, known.partner_id)
                return Import((target,))
    return None


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
    addressed = {match_key(each.email) for each in _outside(envelope, directory)}
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
    keys = {match_key(each.email) for each in _people(envelope)}
    return Target(
        conversation.res_model,
        conversation.res_id,
        conversation.partner_id,
        conversation.contact_keys,
        is_internal=bool(
            conversation.contact_keys and not keys & conversation.contact_keys
        ),
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
    key = match_key(address.email)
    contacts = directory.contacts.get(key, ())
    return _on_contacts(contacts[:1], key, directory)


def _c3_c5_received(envelope: Envelope, directory: Directory) -> Decision | None:
    sender = envelope.sender
    if not sender:
        return None
    if directory.is_internal(sender):
        return Skip("internal")
    key = match_key(sender.email)
    contacts = _one_per_company(directory.contacts.get(key, ()), directory)
    return _on_contacts(contacts, key, directory)


def _one_per_company(
    contacts: tuple[Contact, ...], directory: Directory
) -> tuple[Contact, ...]:
    """The first created contact that each company of the user sees (C9, C12)."""
    chosen: dict[int, Contact] = {}
    for company in sorted(directory.company_ids):
        for contact in contacts:
            if contact.company_id in (None, company):
                chosen[contact.id] = contact
                break
    for contact in chosen.values():
        if contact.company_id is None:
            return (contact,)
    return tuple(chosen.values())


def _on_contacts(
    contacts: Iterable[Contact], key: str, directory: Directory
) -> Import | Skip:
    refusals = {contact: _refusal(contact, directory) for contact in contacts}
    targets = tuple(
        Target("res.partner", contact.id, contact.id, frozenset({key}))
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


def _outside(envelope: Envelope, directory: Directory) -> Iterator[Address]:
    return (each for each in envelope.recipients if not directory.is_internal(each))


def _people(envelope: Envelope) -> Iterator[Address]:
    if envelope.sender:
        yield envelope.sender
    yield from envelope.recipients


NOT_IMPORTED = (
    _c1_not_looked_at,
    _c13_already_known,
    _b9_delivery_report,
    _c17_blocklisted,
    _c4_between_ourselves,
)
IN_CONVERSATION = (_c2_bound_conversation,)
RULES = (
    *NOT_IMPORTED,
    _c4_c13_references,
    *IN_CONVERSATION,
    _c6_c7_c8_sent,
    _c3_c5_received,
)
"""Section C of the specification, in its order."""
