from odoo import api, fields, models
from odoo.exceptions import UserError


class GmailImportWizard(models.TransientModel):
    """Asks on which contact a message of an unknown address is imported (E4)."""

    _name = "gmail.import.wizard"
    _description = "Contact for a message that was not imported"

    message_id = fields.Many2one("gmail.message", required=True, ondelete="cascade")
    choice = fields.Selection(
        [("create", "Create a contact"), ("existing", "Choose a contact")],
        default="create",
        required=True,
    )
    name = fields.Char()
    email = fields.Char("Address")
    partner_id = fields.Many2one("res.partner", "Contact")
    add_address = fields.Boolean(
        "Remember the address",
        default=True,
        help="From now on, email from and to it is this contact's",
    )

    @api.constrains("message_id")
    def _check_owner(self):
        for wizard in self:
            wizard.message_id._check_owner()

    def action_import(self):
        """Import the message on the contact that was chosen or is made now.

        :raises UserError: there is no contact, or the message may not be imported
        """
        message = self.message_id
        message._check_may_be_wished(*message._read_live())
        contact = self._contact()
        return message._wish(contact._name, contact.id, contact.id)

    def _contact(self):
        if self.choice == "create":
            return self.env["res.partner"].create(
                {
                    "name": self.name or self.email,
                    "email": self.email,
                    "user_id": self.env.uid,
                }
            )
        if not self.partner_id:
            raise UserError(self.env._("Choose the contact."))
        self.message_id._check_may_edit(self.partner_id)
        if self.add_address and self.email:
            self.partner_id._add_other_emails([self.email])
        return self.partner_id
