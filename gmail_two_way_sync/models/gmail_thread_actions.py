from odoo import models
from odoo.exceptions import AccessError, UserError


class GmailThread(models.Model):
    """What people do with conversations: open, move, stop, resume (E3)."""

    _inherit = "gmail.thread"

    def action_open_record(self):
        """Open the record that the conversation is bound to."""
        self.ensure_one()
        if not self._names_of(self.res_model, [self.res_id]):
            raise UserError(
                self.env._("The record was deleted, or you may not read it.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_open_in_gmail(self):
        """Open the conversation in Gmail; for the mailbox's owner."""
        self.ensure_one()
        if not self.gmail_url:
            raise UserError(
                self.env._("Only the owner of the mailbox can open it in Gmail.")
            )
        return {"type": "ir.actions.act_url", "url": self.gmail_url, "target": "new"}

    def action_move(self):
        """Ask for the record that these conversations belong to from now on."""
        self._check_may_change()
        wizard = self.env["gmail.thread.move.wizard"]._begin(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to another record"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_stop(self):
        """Import no later mail of these conversations."""
        self._check_may_change()
        self.state = "stopped"

    def action_resume(self):
        """Import their mail again, from now on.

        :raises UserError: the record of one is gone
        """
        self._check_may_change()
        # sudo: whether the record is there, whoever may read it
        for thread in self.sudo():
            if not thread._names_of(thread.res_model, [thread.res_id]):
                raise UserError(
                    self.env._(
                        "The record of the conversation “%(subject)s” was deleted. "
                        "Move the conversation to another record first.",
                        subject=thread.display_name,
                    )
                )
        self.state = "active"

    def _check_may_change(self):
        refused = self - self._filtered_access("write")
        if refused:
            raise AccessError(
                self.env._(
                    "Only the owner of the mailbox and people who may edit the record "
                    "can do this with: %(subjects)s",
                    subjects=", ".join(refused.mapped("display_name")),
                )
            )
