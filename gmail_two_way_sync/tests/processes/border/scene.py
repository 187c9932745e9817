"""Who and what is there when the plays begin."""

from odoo.fields import Command

ANNA = "anna@northwind.example"
BEN = "ben@northwind.example"
CUSTOMER = "carla@customer.example"
DAN = "dan@customer.example"


class Scene:
    """Who and what is there before the first play: Anna sells, Ben as well."""

    def __init__(self, env):
        self.env = env
        domain = env["mail.alias.domain"].create({"name": "odoo.northwind.example"})
        env.company.write(
            {"alias_domain_id": domain.id, "email": "office@northwind.example"}
        )
        self.anna = self._user("Anna Berg", ANNA)
        self.ben = self._user("Ben Holt", BEN)
        self.customer = self._contact("Carla Custo", CUSTOMER)
        self.dan = self._contact("Dan Dor", DAN)
        self.template = env["mail.template"].create(
            {
                "name": "Chairs",
                "model_id": env["ir.model"]._get_id("crm.lead"),
                "subject": "About {{ object.name }}",
                "body_html": "<p>About <t t-out='object.name'/></p>",
                "email_from": ANNA,
                "partner_to": "{{ object.partner_id.id }}",
                "email_cc": DAN,
            }
        )

    def _user(self, name, email):
        groups = (
            "base.group_user",
            "base.group_partner_manager",
            "sales_team.group_sale_salesman_all_leads",
            "purchase.group_purchase_user",
            "project.group_project_user",
        )
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": email,
                    "email": email,
                    "notification_type": "email",
                    "signature": f"<p>{name}<br>Northwind</p>",
                    "group_ids": [
                        Command.set([self.env.ref(each).id for each in groups])
                    ],
                }
            )
        )

    def _contact(self, name, email):
        return self.env["res.partner"].create({"name": name, "email": email})

    def crowd(self, number):
        """So many people outside."""
        return self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(number)]
        )

    def lead(self):
        """A new lead of Anna's, as she sees it."""
        values = {"name": "Five chairs", "user_id": self.anna.id}
        values["partner_id"] = self.customer.id
        leads = self.env["crm.lead"]
        lead = leads.with_context(mail_auto_subscribe_no_notify=True).create(values)
        return leads.with_user(self.anna).browse(lead.id)

    def composer(self, record, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .create(
                {
                    "model": record._name,
                    "res_ids": repr(record.ids),
                    "subject": "Chairs",
                    "body": "<p>Chairs</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    **values,
                }
            )
        )

    def post(self, record, partners, body="Dear Carla", **values):
        """Post on a record; a note unless there is a subtype."""
        values |= {"message_type": "comment", "partner_ids": partners.ids}
        record.message_post(body=body, **values)

    def comment(self, record, partners=None, **values):
        """A comment, to the customer unless told otherwise, as the web client posts."""
        partners = self.customer if partners is None else partners
        self.post(record, partners, subtype_xmlid="mail.mt_comment", **values)

    def code(self, lead):
        """Code of an administrator that comments on a lead to the customer."""
        return (
            f"env['crm.lead'].browse({lead.id}).with_user({self.anna.id}).message_post("
            "body='Automatic', message_type='comment', "
            f"subtype_xmlid='mail.mt_comment', partner_ids={self.customer.ids})"
        )

    def action(self, model="ir.actions.server", **values):
        lead_model = self.env["ir.model"]._get_id("crm.lead")
        values = {"name": "Automatic", "model_id": lead_model, **values}
        return self.env[model].create(values)

    def run_cron(self, code, user):
        cron = self.action("ir.cron", state="code", code=code, user_id=user.id)
        self.env.cr.commit()  # it runs in a transaction of its own
        cron.method_direct_trigger()

    def run_as_anna(self, action, lead):
        lead_in_view = {"active_model": lead._name, "active_id": lead.id}
        action = action.with_user(self.anna).sudo()
        action.with_context(**lead_in_view, active_ids=lead.ids).run()

    def order(self):
        order = self.env["sale.order"].with_user(self.anna)
        return order.create({"partner_id": self.customer.id, "user_id": self.anna.id})

    def task(self):
        return self.env["project.task"].create(
            {
                "name": "Fit",
                "project_id": self.env["project.project"].create({"name": "P"}).id,
                "partner_id": self.customer.id,
                "user_ids": [Command.set(self.anna.ids)],
            }
        )

    def portal_user(self):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "login": DAN,
                    "partner_id": self.dan.id,
                    "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                }
            )
        )
