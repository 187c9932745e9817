from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..rules import auto_bcc, matching
from ..rules.addresses import Address
from ..rules.directory import Target

NOT_COUNTED = ("own_message", "deleted")


class GmailMessage(models.Model):
    """Auto-BCC: mail that Odoo's gateway got at the address of a user (section D)."""

    _inherit = "gmail.message"

    def _receive_auto_bcc(self, aliases, raw):
        """Import a message, or count it as ignored; nobody gets an answer (D3).

        :param aliases: the Auto-BCC addresses that it was delivered to
        :param raw: the message as bytes
        :return: id of the record that it is on, False if it is on none
        """
        envelope = auto_bcc.read(raw, fields.Datetime.now())
        self._be_alone_with(envelope.message_id)
        record_id = False
        for alias in aliases:
            messages = self._receive_auto_bcc_of(alias, raw, envelope)
            record_id = record_id or messages[:1].res_id
        return record_id

    def _be_alone_with(self, message_id):
        """Let nobody import the same message until this transaction ends (C13).

        The sync may be doing that now. It takes the same lock, and what it committed
        since this transaction began is seen by a new one only.

        :raises ConcurrencyError: for Odoo, to process the mail in a new transaction
        """
        lock = SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", message_id)
        self.env.cr.execute(lock)
        count = SQL(
            "SELECT count(*) FROM mail_message WHERE message_id = %s", message_id
        )
        [[seen]] = self.env.execute_query(count)
        with self.env.registry.cursor() as cr:
            cr.execute(count)
            if cr.fetchone()[0] > seen:
                raise ConcurrencyError(self.env._("This email is being imported."))

    def _receive_auto_bcc_of(self, alias, raw, envelope):
        """Carry out what the rules say of a message to one address.

        Both counts write the address's row, so that of two messages that come at the
        same time the second one sees the contact that the first one made.
        """
        user = alias.auto_bcc_user_id
        directory = self.env["gmail.directory"]._load_auto_bcc(user, envelope)
        decision = auto_bcc.decide(envelope, directory)
        if isinstance(decision, auto_bcc.ImportOnNewContact):
            decision = self._with_new_contact(user, decision.address)
        if isinstance(decision, matching.Import):
            return self._import_auto_bcc(alias, raw, envelope, decision, directory)
        if isinstance(decision, matching.Link):
            return self._link_auto_bcc(alias, envelope, decision, directory)
        if isinstance(decision, matching.Skip) and decision.reason not in NOT_COUNTED:
            alias.auto_bcc_dropped += 1
        return self.env["mail.message"]

    def _with_new_contact(self, user, address):
        """Make the contact that a mail is imported on (D2)."""
        # sudo: res.partner - the mail to the address is its owner's order to make it
        partners = self.env["res.partner"].with_user(user).sudo()
        partner = partners.with_context(mail_auto_subscribe_no_notify=True).create(
            {
                "name": address.name or address.email,
                "email": address.email,
                "user_id": user.id,
                "company_id": False,
            }
        )
        keys = partner._email_keys()
        return matching.Import((Target("res.partner", partner.id, partner.id, keys),))

    def _import_auto_bcc(self, alias, raw, envelope, decision, directory):
        row = self.create({"auto_bcc_user_id": alias.auto_bcc_user_id.id})
        seen = _with_address(envelope, alias)
        row._import_on_targets(raw, seen, decision, directory)
        alias.auto_bcc_imported += 1
        if directory.is_own(envelope.sender):
            accounts = self.env["gmail.account"]
            accounts._live_of(alias.auto_bcc_user_id)._reconsider(envelope.date)
        return row.mail_message_ids

    def _link_auto_bcc(self, alias, envelope, decision, directory):
        """Odoo has the message already: its owner's copy is noted with it (C13, D5)."""
        messages = self.env["mail.message"].browse(
            [known.id for known in decision.messages]
        )
        if directory.is_own(envelope.sender):
            user = alias.auto_bcc_user_id
            row = self.search(
                [
                    ("auto_bcc_user_id", "=", user.id),
                    ("rfc_message_id", "=", envelope.message_id),
                ],
                limit=1,
            ) or self.create({"auto_bcc_user_id": user.id})
            row._note_imported(messages.ids, _with_address(envelope, alias))
        return messages


def _with_address(envelope, alias):
    """The envelope as its sender saw it: with the Auto-BCC address in Bcc (D5)."""
    written = {each.email.lower() for each in envelope.recipients}
    if alias.alias_full_name in written:
        return envelope
    return replace(envelope, bcc=(*envelope.bcc, Address("", alias.alias_full_name)))
