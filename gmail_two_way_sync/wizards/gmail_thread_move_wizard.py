from odoo import api, fields, models
from odoo.exceptions import UserError

# Where a conversation with a contact usually goes, and which of them are open.
PROPOSED = {
    "crm.lead": [("won_status", "=", "pending")],
    "sale.order": [("state", "in", ("draft", "sent", "sale"))],
    "project.task": [("is_closed", "=", False)],
}
PROPOSED_OF_EACH = 4


class GmailThreadMoveWizard(models.TransientModel):
    """Moves conversations to another record (E3)."""

    _name = "gmail.thread.move.wizard"
    _description = "Move conversations to another record"

    thread_ids = fields.Many2many("gmail.thread", string="Conversations", readonly=True)
    proposal_ids = fields.One2many("gmail.thread.move.proposal", "wizard_id")
    proposal_id = fields.Many2one(
        "gmail.thread.move.proposal", "Open records of the contact"
    )
    record = fields.Reference(selection="_models")

    @api.model
    def _begin(self, threads):
        """A wizard for some conversations, with what their contacts have open."""
        proposed = [
            fields.Command.create({"record": f"{record._name},{record.id}"})
            for record in self._open_records(threads)
        ]
        return self.create(
            {
                "thread_ids": [fields.Command.set(threads.ids)],
                "proposal_ids": proposed,
            }
        )

    @api.model
    def _open_records(self, threads):
        """Records of the conversations' contacts that the user may write on.

        :return: list of single records of several models
        """
        contacts = threads.partner_id.commercial_partner_id
        taken = {thread._record() for thread in threads} if len(threads) == 1 else ()
        return [
            record
            for model, domain in PROPOSED.items()
            if contacts and model in self.env and self.env[model].has_access("write")
            for record in self.env[model]
            .search(
                [("partner_id", "child_of", contacts.ids), *domain],
                limit=PROPOSED_OF_EACH,
                order="write_date desc",
            )
            ._filtered_access("write")
            if (model, record.id) not in taken
        ]

    @api.model
    def _models(self):
        """Kinds of records with a chatter that the user may write, usual ones first."""
        # sudo: ir.model - names of models
        kinds = self.env["ir.model"].sudo().search([("is_mail_thread", "=", True)])
        usual = ["res.partner", *PROPOSED]
        return [
            (kind.model, kind.name)
            for kind in kinds.sorted(
                lambda kind: (kind.model not in usual, kind.name.lower())
            )
            if self._takes_conversations(kind.model)
        ]

    def _takes_conversations(self, model):
        records = self.env.get(model)
        return (
            records is not None
            and not records._abstract
            and not records._transient
            and self.env["gmail.directory"]._has_chatter(model)
            and records.has_access("write")
        )

    @api.onchange("proposal_id")
    def _onchange_proposal_id(self):
        self.record = self.proposal_id.record or self.record

    def action_move(self):
        """Move the conversations, and open the record.

        :raises UserError: no record was chosen, or none that works
        """
        record = self.record
        if not record:
            raise UserError(self.env._("Choose the record to move to."))
        if not record.has_access("write"):
            raise UserError(
                self.env._(
                    "You may not edit “%(record)s”. Choose another record.",
                    record=record.sudo().display_name,
                )
            )
        moving = self.thread_ids.filtered(
            lambda thread: thread._record() != (record._name, record.id)
        )
        if not moving:
            raise UserError(
                self.env._("It is on “%(record)s” already.", record=record.display_name)
            )
        moving.write({"res_model": record._name, "res_id": record.id})
        return record.get_formview_action()


class GmailThreadMoveProposal(models.TransientModel):
    """A record that a conversation may belong to."""

    _name = "gmail.thread.move.proposal"
    _description = "Proposed record for a conversation"
    _rec_name = "name"

    wizard_id = fields.Many2one(
        "gmail.thread.move.wizard", required=True, ondelete="cascade"
    )
    record = fields.Reference(
        selection=lambda self: self.env["gmail.thread.move.wizard"]._models(),
        required=True,
    )
    name = fields.Char(compute="_compute_name")

    @api.depends("record")
    def _compute_name(self):
        for proposal in self:
            record = proposal.record
            # sudo: ir.model - the name of a model
            kind = self.env["ir.model"].sudo()._get(record._name).name
            proposal.name = f"{kind}: {record.display_name}"
