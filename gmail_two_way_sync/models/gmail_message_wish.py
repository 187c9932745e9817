from odoo import fields, models
from odoo.exceptions import UserError

from ..rules import matching
from .gmail_message import NOTHING_KNOWN


class GmailMessage(models.Model):
    """Import anyway: what its owner wants goes before the rules that skipped it (E4).

    The message takes the way of all mail in: back into the queue, with the record that
    was chosen. A message that was deleted in Odoo comes back only like this: the sync
    never imports it again (E7), but it is its owner's to change one's mind.
    """

    _inherit = "gmail.message"

    wished = fields.Json(
        readonly=True,
        help="Where its owner wants it to be imported: model, id and contact",
    )

    def _decision(self, envelope, directory):
        """What to do with a message: as its owner wants, else by the rules."""
        target = self._wished_target()
        if target:
            return matching.decide_wished(envelope, directory, target)
        return matching.decide(envelope, directory)

    def _wished_target(self):
        """The record that was chosen, unless it is gone by now."""
        if not self.wished:
            return None
        model, res_id, partner_id = self.wished
        if not self.env["gmail.thread"]._names_of(model, [res_id]):
            return None
        contact = self.env["res.partner"].browse(partner_id).exists()
        return matching.Target(model, res_id, contact.id or None, contact._email_keys())

    def action_import_anyway(self):
        """Import a message that was skipped, for its owner.

        On the record of its conversation, else on the contact of the other side; if
        that is nobody's address, the owner is asked for the contact.

        :raises UserError: why this one cannot be imported
        """
        envelope, directory = self._read_live()
        self._check_may_be_wished(envelope, directory)
        target = self._natural_target(envelope, directory)
        if target:
            return self._wish(*target)
        other = self._other_side(envelope, directory)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import on which contact?"),
            "res_model": "gmail.import.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_message_id": self.id,
                "default_name": other and (other.name or other.email),
                "default_email": other and other.email,
            },
        }

    def _wish(self, model, res_id, partner_id):
        """Put a message into the queue, to be imported on a record."""
        self._check_owner()
        # sudo: gmail.message - nobody may write the queue directly
        self.sudo().write(
            {
                **NOTHING_KNOWN,
                "state": "pending",
                "wished": [model, res_id, partner_id],
                "past_import_id": False,  # the sync takes it up
            }
        )
        self.env["gmail.account"].sudo()._trigger_sync()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The message will be on %(record)s in a moment.",
                    record=self.env[model].browse(res_id).sudo().display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_may_be_wished(self, envelope, directory):
        """What nobody may overrule.

        :raises UserError: says what it is, and what helps
        """
        if self.state != "skipped" or self.sending_key:
            raise UserError(
                self.env._("Only messages that were not imported can be imported.")
            )
        anywhere = matching.Target("res.partner", 0)
        decision = matching.decide_wished(envelope, directory, anywhere)
        if isinstance(decision, matching.Skip):
            raise UserError(self._no_wish(decision.reason))
        if isinstance(decision, matching.Read | matching.Adopt):
            raise UserError(self._no_wish("delivery_report"))
        other = self._other_side(envelope, directory)
        entry = other and (
            self.env["gmail.directory"]._blocking_entry(self.env.uid, other)
        )
        if entry and not entry.user_id:
            raise UserError(
                self.env["gmail.directory"]._explain("blocklisted", other, directory)
            )

    def _no_wish(self, reason):
        if reason in ("spam", "trash"):
            return self.env._(
                "This message lies in spam or in the trash. Move it out of there in "
                "Gmail, then it can be imported."
            )
        if reason in ("draft", "chat"):
            return self.env._("This is a draft or a chat message, not mail.")
        if reason == "internal":
            return self.env._(
                "Only you and colleagues take part in this message. Such mail is never "
                "imported."
            )
        if reason == "own_message":
            return self.env._("Odoo sent this message itself: it is in Odoo already.")
        return self.env._(
            "This is a delivery report. What it says is on the message that it is "
            "about."
        )

    def _natural_target(self, envelope, directory):
        """Where a person expects the message.

        :return: model, id and contact id, or None if nobody in it is a contact
        :raises UserError: the user may not edit the contact
        """
        for each in directory.conversations.get(envelope.thread_id, ()):
            if self.env["gmail.thread"].sudo()._names_of(each.res_model, [each.res_id]):
                return each.res_model, each.res_id, each.partner_id
        people = [envelope.sender, *matching.outside(envelope, directory)]
        contacts = (directory.contact_of(each) for each in people if each)
        contact = next(filter(None, contacts), None)
        if not contact:
            return None
        partner = self.env["res.partner"].browse(contact.id)
        self._check_may_edit(partner)
        return "res.partner", partner.id, partner.id

    def _check_may_edit(self, partner):
        if not partner.has_access("write"):
            raise UserError(
                self.env._(
                    "You may not edit the contact %(contact)s. Ask somebody who may.",
                    contact=partner.sudo().display_name,
                )
            )
