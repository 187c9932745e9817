"""What Odoo knows about a batch of messages, as plain data for the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .addresses import Address, domain, match_key


@dataclass(frozen=True)
class Contact:
    """A ``res.partner``; ``user_id`` is its salesperson, or its company's (C3).

    ``keys`` are all of its addresses, as ``match_key`` gives them (C10).
    """

    id: int
    company_id: int | None = None
    user_id: int | None = None
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Target:
    """A record that a message is imported on.

    ``contact_keys`` are the addresses of the conversation's contact. ``binds``: its
    thread is bound to the record. ``is_internal``: no portal customer reads it, as the
    conversation's contact takes no part in it (C2).
    """

    res_model: str
    res_id: int
    partner_id: int | None = None
    contact_keys: frozenset[str] = frozenset()
    binds: bool = True
    is_internal: bool = False

    @property
    def record(self) -> tuple[str, int]:
        return self.res_model, self.res_id


@dataclass(frozen=True)
class Conversation:
    """A Gmail thread bound to a record.

    ``contact_keys`` are the addresses of its contact, ``participant_keys`` those of
    everybody who took part so far, all as ``match_key`` gives them.
    """

    res_model: str
    res_id: int
    partner_id: int | None = None
    contact_keys: frozenset[str] = frozenset()
    participant_keys: frozenset[str] = frozenset()
    active: bool = True

    @property
    def record(self) -> tuple[str, int]:
        return self.res_model, self.res_id


@dataclass(frozen=True)
class KnownMessage:
    """A message that Odoo has, or will have (``id`` 0), found by its RFC Message-ID.

    ``res_model`` is '' if it is on no record with a chatter. ``thread_id`` is its Gmail
    thread in this mailbox, if it belongs to a conversation there; ``active`` whether
    the conversation that it belongs to, if any, goes on. ``is_email`` tells mail that
    came in, or left through Gmail, from what Odoo's standard servers sent.
    """

    id: int
    res_model: str = ""
    res_id: int = 0
    thread_id: str = ""
    active: bool = True
    is_email: bool = True


@dataclass(frozen=True)
class Directory:
    """What Odoo knows about the addresses and ids of a batch of messages.

    Addresses are ``match_key`` keys. Contacts are the active ones that the user's
    companies see, in the order of their creation (C9). ``sending_keys`` are those of
    this mailbox; a message of another one is a known message under its key, too.
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
        key = match_key(address.email)
        return key in self.blocked or key.rpartition("@")[2] in self.blocked

    def contact_of(self, address: Address) -> Contact | None:
        """The first created contact with an address (C9), whoever it is assigned to."""
        if self.is_internal(address):
            return None
        return next(iter(self.contacts.get(match_key(address.email), ())), None)

    def author_id(self, sender: Address | None, target: Target) -> int | None:
        """The partner who wrote a message: a colleague, the contact, or a contact."""
        if not sender:
            return None
        key = match_key(sender.email)
        if key in self.internal_partners:
            return self.internal_partners[key]
        if target.partner_id and key in target.contact_keys:
            return target.partner_id
        contact = self.contact_of(sender)
        return contact.id if contact else None

    def after(
        self,
        thread_id: str,
        message_id: str,
        people: frozenset[str],
        targets: Sequence[Target],
    ) -> Directory:
        """The directory once a message of these people is on its records.

        Messages are decided in batches before any of them is imported: later ones of
        a batch belong to conversations that earlier ones begin.
        """
        bound = {each.record: each for each in self.conversations.get(thread_id, ())}
        for target in targets:
            if target.binds or target.record in bound:
                conversation = bound.get(target.record) or Conversation(
                    *target.record, target.partner_id, target.contact_keys
                )
                bound[target.record] = replace(
                    conversation,
                    participant_keys=conversation.participant_keys | people,
                )
        known = tuple(
            KnownMessage(0, *target.record, thread_id if target.binds else "")
            for target in targets
        )
        return replace(
            self,
            conversations={**self.conversations, thread_id: tuple(bound.values())},
            known_messages={message_id: known, **self.known_messages},
        )

    def is_bound(self, thread_id: str) -> bool:
        """Whether a Gmail thread belongs to a record, in whichever state."""
        return bool(self.conversations.get(thread_id))
