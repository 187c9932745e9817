import xmlrpc.client

from odoo import SUPERUSER_ID, api, models

from ..rules import addresses, auto_bcc


class MailThread(models.AbstractModel):
    """Odoo's mail gateway: mail to an Auto-BCC address is not routed by Odoo (D2)."""

    _inherit = "mail.thread"

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        # What Odoo would do with it: drop what it takes for a loop or a duplicate,
        # bounce what is to another alias, post an answer for the whole record.
        raw = _as_bytes(message)
        aliases = self._auto_bcc_delivered_to(raw)
        if not aliases:
            return super().message_process(model, message, *args, **kwargs)
        # Rules and import see all records, as a scheduled action does.
        receiver = self.env["gmail.message"].with_user(SUPERUSER_ID)
        return receiver._receive_auto_bcc(aliases, raw)

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Odoo's routes, to which an Auto-BCC address in Cc does not contribute."""
        for name in ("to", "recipients"):
            message_dict[name] = self._without_auto_bcc(message_dict[name])
        return super().message_route(message, message_dict, *args, **kwargs)

    def _auto_bcc_delivered_to(self, raw):
        """The Auto-BCC addresses that this copy of a message is delivered to.

        A mail server delivers a copy to each recipient. The copy for another alias is
        Odoo's, even if the message names an Auto-BCC address in Cc.
        """
        # sudo: mail.alias - the gateway's user may not read others' Auto-BCC addresses
        aliases = self.env["mail.alias"].sudo()
        delivered, written = auto_bcc.delivered_to(raw), auto_bcc.written_to(raw)
        found = aliases._auto_bcc_of(delivered)
        if found or self._is_for_odoo(delivered, written):
            return found
        return aliases._auto_bcc_of(written)

    def _is_for_odoo(self, delivered, written):
        """Whether a copy is delivered to another alias.

        The catch-all address may be just the mailbox that all of Odoo's mail is put
        into: it counts if the message is written to it.
        """
        emails = {address.email.lower() for address in delivered}
        both = emails & {address.email.lower() for address in written}
        # sudo: mail.alias, mail.alias.domain - as above
        aliases = self.env["mail.alias"].sudo()
        if aliases.search_count([("alias_full_name", "in", list(emails))], limit=1):
            return True
        return bool(self.env["mail.alias.domain"].sudo()._find_aliases(list(both)))

    def _without_auto_bcc(self, header):
        people = addresses.parse([header])
        # sudo: mail.alias - as above
        ours = self.env["mail.alias"].sudo()._auto_bcc_of(people)
        if not ours:
            return header
        taken = set(ours.mapped("alias_full_name"))
        return ",".join(str(each) for each in people if each.email.lower() not in taken)


def _as_bytes(message):
    if isinstance(message, xmlrpc.client.Binary):
        return message.data
    return message.encode() if isinstance(message, str) else message
