import json

from odoo import fields, models
from odoo.tools import email_normalize

from ..rules.addresses import Address, match_key


class GmailAccount(models.Model):
    """Whose addresses a mailbox has, and from which one a message leaves (B1, C18)."""

    _inherit = "gmail.account"

    send_as = fields.Text(
        "Own addresses",
        readonly=True,
        default="[]",
        help="Verified addresses that this mailbox sends from, as a JSON list",
    )
    send_as_date = fields.Datetime("Own addresses read", readonly=True)

    def _note_send_as(self, addresses):
        """Keep the verified ones of what Gmail says (``google.payloads.SendAs``)."""
        verified = sorted(each.email for each in addresses if each.is_verified)
        self.write(
            {"send_as": json.dumps(verified), "send_as_date": fields.Datetime.now()}
        )

    def _own_addresses(self):
        """The mailbox's address and its verified send-as addresses (C18)."""
        self.ensure_one()
        return [self.email, *json.loads(self.send_as or "[]")]

    def _own_keys(self):
        return frozenset(match_key(email) for email in self._own_addresses())

    def _owns(self, sender):
        """Whether a From header has one of the mailbox's addresses."""
        return _key(sender) in self._own_keys()

    def _is_main_address(self, sender):
        return _key(sender) == self.email_key

    def _is_sender(self, message):
        """Whether a message that its user posted may leave from this mailbox (B1).

        Author and From have to be the user's, or have one of the mailbox's addresses.
        """
        if not self:
            return False
        partner, author = self.user_id.partner_id, message.author_id
        if author - partner and not self._owns(author.email):
            return False
        if self._owns(message.email_from):
            return True
        own = partner._email_keys() | {match_key(self.user_id.login), ""}
        return author == partner and _key(message.email_from) in own

    def _sender_of(self, message):
        """The From header of a message: the mailbox, or its send-as address (B1)."""
        key = _key(message.email_from)
        own = self._own_addresses()
        address = next((each for each in own if match_key(each) == key), self.email)
        return str(Address(self.user_id.name or "", address))


def _key(sender):
    return match_key(email_normalize(sender, strict=False) or "")
