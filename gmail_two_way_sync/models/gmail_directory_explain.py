from odoo import fields, models

from ..rules import matching
from ..rules.addresses import match_key
from ..rules.envelope import from_headers


class GmailDirectory(models.AbstractModel):
    """Why a rule skips a message, with the names that belong to the reason (E4)."""

    _inherit = "gmail.directory"

    def _decide_new_mail(self, account, emails):
        """What the rules say to a new mail from each of some addresses to a mailbox.

        :param account: the ``gmail.account``, as superuser
        :return: pairs of the sender (``rules.addresses.Address``) and the decision, and
            the ``rules.directory.Directory`` that they were made by
        """
        now = fields.Datetime.now()
        envelopes = [
            from_headers("", "", (), now, 0, [("From", email), ("To", account.email)])
            for email in emails
        ]
        directory = self._load(account, envelopes)
        decided = [
            (envelope.sender, matching.decide(envelope, directory))
            for envelope in envelopes
        ]
        return decided, directory

    def _explain(self, reason, address, directory):
        """A plain sentence.

        :param reason: one of ``matching.REASONS``
        :param address: ``rules.addresses.Address`` of the other side, or None
        :param directory: the ``rules.directory.Directory`` that knows it
        """
        named = {
            "no_contact": self._explain_no_contact,
            "assigned_elsewhere": self._explain_assigned,
            "unassigned_off": self._explain_assigned,
            "blocklisted": self._explain_blocklisted,
        }
        if address and reason in named:
            return named[reason](address, directory)
        labels = self.env["gmail.message"]._fields["reason"]._description_selection
        return f"{dict(labels(self.env))[reason]}."

    def _explain_sender(self, reason, address, directory):
        """The same about whatever somebody writes to the mailbox."""
        if reason == "internal":
            return self.env._(
                "This is an address of yours, of a colleague or of the company. Their "
                "mail is never imported as a contact's."
            )
        return self._explain(reason, address, directory)

    def _explain_no_contact(self, address, directory):
        return self.env._(
            "%(address)s is not an address of a contact.", address=address.email
        )

    def _explain_assigned(self, address, directory):
        contact = directory.contact_of(address)
        if not contact:
            return self._explain_no_contact(address, directory)
        # sudo: res.partner, res.users - names, as the contact's own form shows them
        partner = self.env["res.partner"].sudo().browse(contact.id)
        user = self.env["res.users"].sudo().browse(contact.user_id)
        if user:
            return self.env._(
                "%(contact)s is assigned to %(user)s.",
                contact=partner.display_name,
                user=user.name,
            )
        return self.env._(
            "%(contact)s is assigned to nobody, and your mailbox does not sync "
            "unassigned contacts.",
            contact=partner.display_name,
        )

    def _explain_blocklisted(self, address, directory):
        entry = self._blocking_entry(directory.user_id, address)
        if not entry.user_id:
            return self.env._(
                "An administrator put %(value)s on the list of what is never synced.",
                value=entry.value,
            )
        return self.env._(
            "%(value)s is on your list of what is never synced.", value=entry.value
        )

    def _blocking_entry(self, user_id, address):
        """The entry that blocks an address for a user; everybody's goes first."""
        key = match_key(address.email)
        # sudo: gmail.blocklist - the user's own and everybody's entries
        return (
            self.env["gmail.blocklist"]
            .sudo()
            .search(
                [
                    ("user_id", "in", [False, user_id]),
                    ("value_key", "in", [key, key.rpartition("@")[2]]),
                ],
                order="user_id desc nulls first, id",
                limit=1,
            )
        )
