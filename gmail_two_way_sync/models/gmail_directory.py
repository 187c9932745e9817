import json
from collections import defaultdict

from odoo import models
from odoo.fields import Domain

from ..rules import matching
from ..rules.addresses import domain, match_key

class GmailDirectory(models.AbstractModel):
    """Loads what the rules may know about a batch of messages.

    The number of queries does not depend on the size of the batch.
    """

    _name = "gmail.directory"
    _description = "What Odoo knows about the addresses of a batch of messages"

    def _load(self, account, envelopes):
        """The ``matching.Directory`` for some messages of a mailbox.

        :param account: the ``gmail.account``, as superuser
        :param envelopes: list of ``rules.envelope.Envelope``
        """
        return self._load_for(
            account.user_id,
            envelopes,
            own_keys=account._own_keys(),
            sync_unassigned=account.sync_unassigned,
            sending_keys=self._sending_keys(account, envelopes),
            conversations=self._conversations(account, envelopes),
        )

    def _load_for(self, user, envelopes, **of_mailbox):
        """The directory for messages of a user, by whichever way they come.

        :param of_mailbox: what depends on that way, as ``matching.Directory`` names it
        """
        keys = {key for envelope in envelopes for key in _keys_of(envelope)}
        return matching.Directory(
            user_id=user.id,
            company_ids=frozenset(user.company_ids.ids),
            contacts=self._contacts(user, keys),
            internal_partners=self._internal_partners(keys),
            alias_domains=self._alias_domains(),
            blocked=self._blocked(user),
            known_messages=self._known_messages(envelopes),
            deleted_ids=self._deleted_ids(envelopes),
            **of_mailbox,
        )

    def _contacts(self, user, keys):
        """Active contacts by address key, the first created first (C9, C10)."""
        partners = self.env["res.partner"].search(
            Domain("gmail_key", "in", keys)
            & Domain("company_id", "in", [False, *user.company_ids.ids]),
            order="id",
        )
        others = self.env["res.partner.email"].search(
            Domain("email_key", "in", keys)
            & Domain("partner_id.active", "=", True)
            & Domain("partner_id.company_id", "in", [False, *user.company_ids.ids])
        )
        pairs = {(partner.gmail_key, partner.id) for partner in partners}
        pairs |= {(other.email_key, other.partner_id.id) for other in others}
        described = self._described(partners | others.partner_id)
        contacts = defaultdict(list)
        for key, partner_id in sorted(pairs, key=lambda pair: pair[1]):
            contacts[key].append(described[partner_id])
        return {key: tuple(found) for key, found in contacts.items()}

    def _described(self, partners):
        return {
            partner.id: matching.Contact(
                partner.id,
                partner.company_id.id or None,
                (partner.user_id or partner.commercial_partner_id.user_id).id or None,
            )
            for partner in partners
        }

    def _internal_partners(self, keys):
        """Our own addresses and our colleagues', to their partners (C4)."""
        internal = {}
        # Archived users too: a colleague who left does not become a contact.
        users = self.env["res.users"].with_context(active_test=False)
        for user in users.search([("share", "=", False)]):
            addresses = [user.login, user.email, *user.partner_id._other_emails()]
            internal.update(dict.fromkeys(map(_key, addresses), user.partner_id.id))
        companies = self.env["res.company"].with_context(active_test=False).search([])
        for partner in companies.partner_id | self.env.ref("base.partner_root"):
            internal[_key(partner.email)] = partner.id
        for account in self.env["gmail.account"].search([]):
            internal.update(
                dict.fromkeys(account._own_keys(), account.user_id.partner_id.id)
            )
        internal.pop("", None)
        return {key: internal[key] for key in keys & internal.keys()}

    def _alias_domains(self):
        names = self.env["mail.alias.domain"].search([]).mapped("name")
        return frozenset(name.lower() for name in names)

    def _blocked(self, user):
        entries = self.env["gmail.blocklist"].search(
            [("user_id", "in", [False, user.id])]
        )
        return frozenset(entries.mapped("value_key"))

    def _sending_keys(self, account, envelopes):
        keys = [envelope.sending_key for envelope in envelopes if envelope.sending_key]
        rows = self.env["gmail.message"].search(
            [("account_id", "=", account.id), ("sending_key", "in", keys)]
        )
        return {row.sending_key: row.id for row in rows}

    def _known_messages(self, envelopes):
        """Messages on records by every RFC id that they are known by.

        Those in a conversation are where the conversation is now.
        """
        ids = [id_ for envelope in envelopes for id_ in _ids_of(envelope)]
        rows = self.env["gmail.message"].search(
            [("rfc_message_id", "in", ids), ("mail_message_ids", "!=", False)]
        )
        known = defaultdict(dict)
        for row in rows:
            for message in row.mail_message_ids:
                known[row.rfc_message_id][message.id] = _synced(message, row.thread_id)
        messages = self.env["mail.message"].search(
            [
                ("message_id", "in", ids),
                ("model", "not in", [False, "discuss.channel"]),
                ("res_id", "!=", 0),
                ("id", "not in", rows.mail_message_ids.ids),
            ]
        )
        for message in messages:
            known[message.message_id][message.id] = matching.KnownMessage(
                message.id,
                message.model,
                message.res_id,
                is_email=message.message_type == "email",
            )
        return {key: tuple(found.values()) for key, found in known.items()}

    def _deleted_ids(self, envelopes):
        ids = [envelope.message_id for envelope in envelopes if envelope.message_id]
        rows = self.env["gmail.message"].search(
            [("rfc_message_id", "in", ids), ("reason", "=", "deleted")]
        )
        return frozenset(rows.mapped("rfc_message_id"))

    def _conversations(self, account, envelopes):
        threads = self.env["gmail.thread"].search(
            [
                ("account_id", "=", account.id),
                ("gmail_thread_id", "in", [each.thread_id for each in envelopes]),
            ]
        )
        found = defaultdict(list)
        for thread in threads:
            found[thread.gmail_thread_id].append(
                matching.Conversation(
                    thread.id,
                    thread.res_model,
                    thread.res_id,
                    thread.partner_id.id or None,
                    thread.partner_id._email_keys(),
                    frozenset(json.loads(thread.participant_keys or "[]")),
                    thread.state == "active",
                )
            )
        return {key: tuple(each) for key, each in found.items()}


def _synced(message, thread):
    return matching.KnownMessage(
        message.id,
        thread.res_model or message.model,
        thread.res_id or message.res_id,
        thread.partner_id.id or None,
        thread.id or None,
    )


def _key(email):
    return match_key(email or "")


def _keys_of(envelope):
    people = [envelope.sender] if envelope.sender else []
    for address in (*people, *envelope.recipients):
        yield match_key(address.email)
        yield domain(address.email)


def _ids_of(envelope):
    return [each for each in (envelope.message_id, *envelope.references) if each]
