from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..google.errors import GoogleError, NotFound
from ..rules import matching
from ..rules.addresses import parse
from .gmail_importer import envelope_of


class GmailMessage(models.Model):
    """The owner's journal: what was done with a message, and why (E4, C20)."""

    _inherit = "gmail.message"

    explanation = fields.Char("What happened", compute="_compute_explanation")
    from_name = fields.Char("From", compute="_compute_people")
    to_names = fields.Char("To", compute="_compute_people")

    @api.depends_context("uid", "lang")
    @api.depends("state", "reason", "error", "mail_message_ids")
    def _compute_explanation(self):
        names = self._record_names()
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        for row in self:
            if row.state in ("imported", "sent"):
                row.explanation = self._on_records(names.get(row.id))
            else:
                waiting = self.env._("It is looked at in a moment")
                row.explanation = row.error or reasons.get(row.reason) or waiting

    @api.depends("explanation")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.explanation

    @api.depends("email_from", "email_to")
    def _compute_people(self):
        """Headers as lists show them: by names, where there are any."""
        for row in self:
            row.from_name = _names(row.email_from)
            row.to_names = _names(row.email_to)

    def _record_names(self):
        """Names of the records that rows are on, as far as their reader may read them.

        :return: list of names by row id
        """
        messages = self.mail_message_ids._filtered_access("read")
        names = {}
        for model, of_model in messages.grouped("model").items():
            found = self.env["gmail.thread"]._names_of(model, of_model.mapped("res_id"))
            names |= {(model, res_id): name for res_id, name in found.items()}
        return {
            row.id: [
                names[each.model, each.res_id]
                for each in row.mail_message_ids & messages
                if (each.model, each.res_id) in names
            ]
            for row in self
        }

    def _on_records(self, names):
        if not names:
            return self.env._("On a record that you may not read")
        return self.env._("On %(records)s", records=", ".join(names))

    def action_open_record(self):
        """Open the record that the message is on."""
        message = self.mail_message_ids._filtered_access("read")[:1]
        if not message:
            raise UserError(
                self.env._("The record was deleted, or you may not read it.")
            )
        return self.env[message.model].browse(message.res_id).get_formview_action()

    # ------------------------------------------------------------
    # LOOKED UP IN GMAIL
    # ------------------------------------------------------------

    def gmail_headers(self):
        """The headers of a message, as Gmail has them now; for its owner (C20).

        :return: ``from``, ``to``, ``cc`` (lists of ``name`` and ``email``),
            ``subject``, ``date`` (naive UTC), ``address`` of the other side or '',
            ``explanation`` of a skipped message, if it says more than the field; or
            only ``problem``, why there are none
        :raises AccessError: it is somebody else's message
        """
        try:
            envelope, directory = self._read_live()
        except UserError as error:
            if isinstance(error, AccessError):
                raise
            return {"problem": str(error)}
        other = self._other_side(envelope, directory)
        return {
            "from": _people([envelope.sender] if envelope.sender else []),
            "to": _people(envelope.to),
            "cc": _people(envelope.cc),
            "subject": envelope.subject,
            "date": fields.Datetime.to_string(envelope.date),
            "address": other.email if other else "",
            "explanation": self._explain_with_names(other, directory),
        }

    def _explain_with_names(self, other, directory):
        if self.state != "skipped":
            return False
        sentence = self.env["gmail.directory"]._explain(self.reason, other, directory)
        return sentence != f"{self.explanation}." and sentence

    def _read_live(self):
        """What Gmail has of a message now, and what Odoo knows of its people.

        :return: ``rules.envelope.Envelope`` and ``rules.directory.Directory``
        :raises AccessError: it is somebody else's message
        :raises UserError: why it cannot be had
        """
        self.ensure_one()
        self._check_owner()
        # sudo: gmail.account, gmail.directory - the owner's mailbox, asked by its owner
        account = self.sudo().account_id
        gmail_id = self.gmail_message_id
        answer = account._ask(lambda client: client.headers([gmail_id])[gmail_id])
        if isinstance(answer, NotFound):
            raise UserError(self.env._("Gmail no longer has this message."))
        if isinstance(answer, GoogleError):
            raise UserError(account._no_answer(answer))
        envelope = envelope_of(answer)
        directory = self.env["gmail.directory"].sudo()._load(account, [envelope])
        return envelope, directory

    def _check_owner(self):
        # sudo: gmail.account - whose message it is
        if self.sudo().account_id.user_id != self.env.user:
            raise AccessError(
                self.env._("Only the owner of a mailbox can look into its messages.")
            )

    def _other_side(self, envelope, directory):
        """Who wrote to us, or whom we wrote to first: an Address, or None."""
        sender = envelope.sender
        if sender and not directory.is_internal(sender):
            return sender
        return next(matching.outside(envelope, directory), None)


def _names(header):
    return ", ".join(each.name or each.email for each in parse([header]))


def _people(addresses):
    return [{"name": each.name, "email": each.email} for each in addresses]
