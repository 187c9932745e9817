from odoo import fields, models
from odoo.exceptions import UserError


class GmailFindWizard(models.TransientModel):
    """Finds in the journal what was done with a mail, by its link in Gmail (E4)."""

    _name = "gmail.find.wizard"
    _description = "Find a mail in the journal"

    pasted = fields.Char("Link or Message-ID")
    answer = fields.Char(readonly=True)

    def action_find(self):
        """Open what was found, or say in the dialog why there is nothing."""
        messages = self.env["gmail.message"]
        try:
            found = messages._find(self.pasted or "")
        except UserError as error:
            self.answer = str(error)
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Find a mail"),
                "res_model": self._name,
                "res_id": self.id,
                "views": [(False, "form")],
                "target": "new",
            }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gmail_two_way_sync.gmail_message_action"
        )
        action["domain"] = [("id", "in", found.ids)]
        if len(found) == 1:
            action.update(res_id=found.id, views=[(False, "form")])
        return action
