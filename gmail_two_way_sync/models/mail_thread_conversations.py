from lxml.builder import E

from odoo import api, fields, models
from odoo.fields import Domain


class MailThread(models.AbstractModel):
    """Every form with a chatter has a button with its number of conversations (E3)."""

    _inherit = "mail.thread"

    gmail_thread_count = fields.Integer(
        "Conversations",
        compute="_compute_gmail_thread_count",
        groups="base.group_user",
    )

    @api.depends_context("uid")
    def _compute_gmail_thread_count(self):
        # Forms show it, which read one record.
        for record in self:
            record.gmail_thread_count = record.id and self.env[
                "gmail.thread"
            ].search_count(record._origin._gmail_threads_domain())

    def _gmail_threads_domain(self):
        """Conversations that people expect behind the button of this record."""
        return Domain("res_model", "=", self._name) & Domain("res_id", "=", self.id)

    def action_gmail_threads(self):
        """List the conversations of this record, or open the only one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gmail_two_way_sync.gmail_thread_action"
        )
        domain = self._gmail_threads_domain()
        action.update(domain=list(domain), context={})
        threads = self.env["gmail.thread"].search(domain, limit=2)
        if len(threads) == 1:
            action.update(res_id=threads.id, views=[(False, "form")])
        return action

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form" and self._name != "discuss.channel":
            for sheet in arch.xpath("(/form[.//chatter]//sheet)[1]"):
                # First, since what does not fit hides behind More.
                _button_box_of(sheet).insert(0, _conversations_button())
        return arch, view


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _gmail_threads_domain(self):
        """Also those with this contact or its people that are on other records."""
        return super()._gmail_threads_domain() | Domain(
            "partner_id", "child_of", self.ids
        )


def _button_box_of(sheet):
    for box in sheet.xpath(".//div[@name='button_box']"):
        return box
    box = E.div({"name": "button_box", "class": "oe_button_box"})
    sheet.insert(0, box)
    return box


def _conversations_button():
    return E.button(
        E.field({"name": "gmail_thread_count", "widget": "statinfo"}),
        {
            "name": "action_gmail_threads",
            "type": "object",
            "class": "oe_stat_button",
            "icon": "fa-envelope-o",
            "invisible": "not gmail_thread_count",
            "groups": "base.group_user",
        },
    )
