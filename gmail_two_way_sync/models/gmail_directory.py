import json
from collections import defaultdict

from odoo import models
from odoo.fields import Domain

from ..rules import directory as rules
from ..rules.matching import people_keys
from .gmail_account import LIVE_STATES


class GmailDirectory(models.AbstractModel):
    """Loads what the rules may know about a batch of messages.

    The number of queries does not depend on the size of the batch.
    """

    _name = "gmail.directory"
    _description = "What Odoo knows about the addresses of a batch of messages"

    def _load(self, account, envelopes):
        """The ``rules.directory.Directory`` for some messages of a mailbox.

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

        :param of_mailbox: what depends on that way, as ``rules.Directory`` names it
        """
        keys = set().union(*map(people_keys, envelopes))
        return rules.Directory(
            user_id=user.id,
            company_ids=frozenset(user.company_ids.ids),
            contacts=self._contacts(user, keys),
            internal_partners=self._internal_partners(keys),
            alias_domains=self._alias_domains(),
            blocked=self._blocked(user),
            known_messages=self._known_messages(user, envelopes),
            deleted_ids=self._deleted_ids(envelopes),
            **of_mailbox,
        )

    def _load_with_decided(self, account, envelopes):
        """The same, as if what was decided to be imported were imported already."""
        directory = self._load(account, envelopes)
        decided = self.env["gmail.message"].search(
            Domain("account_id", "=", account.id)
            & Domain("state", "=", "pending")
            & Domain("sending_key", "=", False)
            & Domain("date", "!=", False)
            & (
                Domain("gmail_thread_id", "in", [each.thread_id for each in envelopes])
                | Domain("rfc_message_id", "in", self._rfc_ids(envelopes))
            ),
            order="date, id",
        )
        for row in decided:
            directory = row._after_import(directory)
        return directory

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def _contacts(self, user, keys):
        """Active contacts by address key, the first created first (C9, C10)."""
        visible = Domain("company_id", "=", False) | Domain(
            "company_id", "parent_of", user.company_ids.ids
        )
        partners = self.env["res.partner"].search(
            visible
            & (
                Domain("gmail_key", "in", keys)
                | Domain("other_email_ids.email_key", "in", keys)
            ),
            order="id",
        )
        contacts = defaultdict(list)
        for partner in partners:
            contact = _contact(partner)
            for key in contact.keys & keys:
                contacts[key].append(contact)
        return {key: tuple(found) for key, found in contacts.items()}

    def _internal_partners(self, keys):
        """Our own addresses and our colleagues', to their partners (C4)."""
        internal = {}
        companies = self.env["res.company"].with_context(active_test=False).search([])
        for partner in companies.partner_id | self.env.ref("base.partner_root"):
            internal.update(dict.fromkeys(partner._email_keys(), partner.id))
        for account in self.env["gmail.account"].search([("state", "in", LIVE_STATES)]):
            owner = account.user_id.partner_id.id
            internal.update(dict.fromkeys(account._own_keys(), owner))
        for user in self._colleagues(keys):
            addresses = user.partner_id._email_keys() | {user.gmail_login_key}
            internal.update(dict.fromkeys(addresses, user.partner_id.id))
        return {key: internal[key] for key in keys & internal.keys()}

    def _colleagues(self, keys):
        """Internal users by address; who left does not become a contact either."""
        return (
            self.env["res.users"]
            .with_context(active_test=False)
            .search(
                Domain("share", "=", False)
                & (
                    Domain("gmail_login_key", "in", keys)
                    | Domain("partner_id.gmail_key", "in", keys)
                    | Domain("partner_id.other_email_ids.email_key", "in", keys)
                )
            )
        )

    def _alias_domains(self):
        names = self.env["mail.alias.domain"].search([]).mapped("name")
        return frozenset(name.lower() for name in names)

    def _blocked(self, user):
        entries = self.env["gmail.blocklist"].search(
            [("user_id", "in", [False, user.id])]
        )
        return frozenset(entries.mapped("value_key"))

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _sending_keys(self, account, envelopes):
        keys = [envelope.sending_key for envelope in envelopes if envelope.sending_key]
        rows = self.env["gmail.message"].search(
            [("account_id", "=", account.id), ("sending_key", "in", keys)]
        )
        return {row.sending_key: row.id for row in rows}

    def _known_messages(self, user, envelopes):
        """Messages by every Message-ID and every sending key that they are known by."""
        known = defaultdict(dict)
        ids = self._rfc_ids(envelopes)
        rows = self._synced_rows(ids, [each.sending_key for each in envelopes])
        threads = self._threads_of(rows)
        for row in rows:
            for message in row.mail_message_ids:
                record = (message.model, message.res_id)
                thread = threads.get((row.account_id.id, row.gmail_thread_id, *record))
                found = self._known(message, thread, user)
                for key in {row.rfc_message_id, row.sending_key} - {False}:
                    # Where this mailbox has it, too, its own conversation counts.
                    if found.thread_id or message.id not in known[key]:
                        known[key][message.id] = found
        for message in self._other_messages(ids, rows):
            known[message.message_id][message.id] = self._known(message, None, user)
        return {key: tuple(found.values()) for key, found in known.items()}

    def _synced_rows(self, ids, sending_keys):
        return self.env["gmail.message"].search(
            Domain("mail_message_ids", "!=", False)
            & (
                Domain("rfc_message_id", "in", ids)
                | Domain("sending_key", "in", [key for key in sending_keys if key])
            )
        )

    def _threads_of(self, rows):
        """Conversations by mailbox, Gmail thread and record."""
        threads = self.env["gmail.thread"].search(
            [
                ("account_id", "in", rows.account_id.ids),
                ("gmail_thread_id", "in", rows.mapped("gmail_thread_id")),
            ]
        )
        return {
            (thread.account_id.id, thread.gmail_thread_id, *thread._record()): thread
            for thread in threads
        }

    def _other_messages(self, ids, rows):
        return self.env["mail.message"].search(
            [("message_id", "in", ids), ("id", "not in", rows.mail_message_ids.ids)]
        )

    def _known(self, message, thread, user):
        is_on_record = message.res_id and self._has_chatter(message.model)
        return rules.KnownMessage(
            message.id,
            message.model if is_on_record else "",
            message.res_id if is_on_record else 0,
            thread.gmail_thread_id
            if thread and thread.account_id.user_id == user
            else "",
            not thread or thread.state == "active",
            bool(message.gmail_message_ids) or message.message_type == "email",
        )

    def _has_chatter(self, model):
        return model != "discuss.channel" and isinstance(
            self.env.get(model), self.env.registry["mail.thread"]
        )

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
                rules.Conversation(
                    thread.res_model,
                    thread.res_id,
                    thread.partner_id.id or None,
                    thread.partner_id._email_keys(),
                    frozenset(json.loads(thread.participant_keys or "[]")),
                    thread.state == "active",
                )
            )
        return {key: tuple(each) for key, each in found.items()}

    def _rfc_ids(self, envelopes):
        """Every Message-ID in the headers, the messages' own ones and references."""
        return list(
            {
                id_
                for envelope in envelopes
                for id_ in (envelope.message_id, *envelope.references)
                if id_
            }
        )


def _contact(partner):
    salesperson = partner.user_id or partner.commercial_partner_id.user_id
    return rules.Contact(
        partner.id,
        partner.company_id.id or None,
        salesperson.id or None,
        partner._email_keys(),
    )
