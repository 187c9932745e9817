from dataclasses import replace

from odoo import models

from ..rules import addresses
from ..rules import directory as rules
from ..rules.addresses import match_key


class GmailDirectory(models.AbstractModel):
    """What Odoo knows about a message that came to an Auto-BCC address."""

    _inherit = "gmail.directory"

    def _load_auto_bcc(self, user, envelope):
        """The ``rules.directory.Directory`` for a message to the address of a user.

        The conversation that it answers stands under the thread id ''.
        """
        directory = self._load_for(
            user,
            [envelope],
            own_keys=user._own_email_keys(),
            sending_keys=self._sending_keys_of_all(envelope),
        )
        answered = tuple(self._answered(envelope, directory))
        return replace(directory, conversations={"": answered})

    def _sending_keys_of_all(self, envelope):
        """A message that left through anybody's mailbox is none to import (C4)."""
        rows = self.env["gmail.message"]
        if envelope.sending_key:
            rows = rows.search([("sending_key", "=", envelope.sending_key)], limit=1)
        return {row.sending_key: row.id for row in rows}

    def _answered(self, envelope, directory):
        """The records of the latest known message that a message refers to."""
        for reference in reversed(envelope.references):
            known = [
                each
                for each in directory.known_messages.get(reference, ())
                if each.res_model
            ]
            if known:
                return [self._conversation_of(each, envelope) for each in known]
        return []

    def _conversation_of(self, known, envelope):
        message = self.env["mail.message"].browse(known.id)
        contact = self.env["res.partner"]
        if known.res_model == "res.partner":
            contact = contact.browse(known.res_id)
        return rules.Conversation(
            known.res_model,
            known.res_id,
            contact.id or None,
            contact._email_keys(),
            self._participants(message, envelope),
            known.active,
        )

    def _participants(self, message, envelope):
        """Whom a known message was between; if nobody knows, whom this one is to."""
        rows = message.gmail_message_ids
        texts = [message.email_from, message.incoming_email_to]
        texts += [message.incoming_email_cc, message.outgoing_email_to]
        for name in ("email_from", "email_to", "email_cc", "email_bcc"):
            texts += rows.mapped(name)
        people = addresses.parse(text for text in texts if text)
        keys = {match_key(each.email) for each in people or envelope.recipients}
        for partner in message.partner_ids:
            keys |= partner._email_keys()
        return frozenset(keys)
