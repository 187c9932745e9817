from odoo import models


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        """Mark what server actions and scheduled actions do as not typed by a person.

        The mark tells the border of spec B1 and B4; scheduled actions run here, too.
        A message that a user scheduled is posted with the user's own saved context,
        without the mark.
        """
        automated = self.with_context(gmail_automated=True)
        action = super(IrActionsServer, automated).run()
        if isinstance(action, dict) and isinstance(action.get("context"), dict):
            # What a person does in the window that it opens is typed by that person.
            action["context"].pop("gmail_automated", None)
        return action
