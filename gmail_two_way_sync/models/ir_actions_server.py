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
        return super(IrActionsServer, automated).run()
