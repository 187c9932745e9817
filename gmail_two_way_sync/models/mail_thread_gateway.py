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
        if not aliases and self._left_through_gmail(raw):
            return False  # as Odoo drops its own mail, which Gmail gave another id (C4)
        if not aliases:
            people = (*auto_bcc.delivered_to(raw), *auto_bcc.written_to(raw))
            may_be_new = bool(model) or self._has_alias(people)
            gateway = self.with_context(gmail_may_be_new=may_be_new)
            return super(MailThread, gateway).message_process(
                model, message, *args, **kwargs
            )
        # Rules and import see all records, as a scheduled action does.
        receiver = self.env["gmail.message"].with_user(SUPERUSER_ID)
        return receiver._receive_auto_bcc(aliases, raw)

    @api.model
    def message_parse(self, message, save_original=False):
        """As Odoo, which must not take for a duplicate what came another way (C13).

        It drops what is on any record. But what a mailbox or an Auto-BCC address
        brought was not at the gateway yet, where an alias may make a lead of it: until
        Odoo asks for routes, its id hides in another key.
        """
        parsed = super().message_parse(message, save_original=save_original)
        message_id = parsed["message_id"]
        may_be_new = self.env.context.get("gmail_may_be_new")
        if may_be_new and self._is_only_synced(message_id):
            parsed.update(message_id=f"synced {message_id}", synced_id=message_id)
        return parsed

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Odoo's routes, to which an Auto-BCC address in Cc does not contribute."""
        for name in ("to", "recipients"):
            message_dict[name] = self._without_auto_bcc(message_dict[name])
        synced_id = message_dict.pop("synced_id", None)
        if synced_id:
            message_dict["message_id"] = synced_id
        routes = super().message_route(message, message_dict, *args, **kwargs)
        return self._not_taken_yet(routes, synced_id) if synced_id else routes

    def _is_only_synced(self, message_id):
        """Whether Odoo has a message, and from mailboxes or Auto-BCC addresses only."""
        messages = self._messages_known_as(message_id)
        return bool(messages) and all(
            message.message_type == "email" and message.gmail_message_ids
            for message in messages
        )

    def _not_taken_yet(self, routes, message_id):
        """Routes to records, and kinds of new ones, on which a message is not yet."""
        messages = self._messages_known_as(message_id)
        records = {(message.model, message.res_id) for message in messages}
        models = set(messages.mapped("model"))
        return [
            route
            for route in routes
            if (route[1] and (route[0], route[1]) not in records)
            or (not route[1] and route[0] not in models)
        ]

    def _messages_known_as(self, message_id):
        # sudo: mail.message - whatever the gateway's user may read
        return self.env["mail.message"].sudo().search([("message_id", "=", message_id)])

    def _left_through_gmail(self, raw):
        key = auto_bcc.sending_key(raw)
        # sudo: gmail.message - the gateway's user may not read others' rows
        rows = self.env["gmail.message"].sudo()
        return key and rows.search_count([("sending_key", "=", key)], limit=1)

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
        if self._has_alias(delivered):
            return True
        both = _emails(delivered) & _emails(written)
        # sudo: mail.alias.domain - as above
        return bool(self.env["mail.alias.domain"].sudo()._find_aliases(list(both)))

    def _has_alias(self, people):
        """Whether one of some addresses is an alias, and no Auto-BCC address."""
        # sudo: mail.alias - as above
        aliases = self.env["mail.alias"].sudo()
        is_one = [("alias_full_name", "in", list(_emails(people)))]
        is_one += [("auto_bcc_user_id", "=", False)]
        return bool(aliases.search_count(is_one, limit=1))

    def _without_auto_bcc(self, header):
        people = addresses.parse([header])
        # sudo: mail.alias - as above
        ours = self.env["mail.alias"].sudo()._auto_bcc_of(people)
        if not ours:
            return header
        taken = set(ours.mapped("alias_full_name"))
        return ",".join(str(each) for each in people if each.email.lower() not in taken)


def _emails(people):
    return {address.email.lower() for address in people}


def _as_bytes(message):
    if isinstance(message, xmlrpc.client.Binary):
        return message.data
    return message.encode() if isinstance(message, str) else message
