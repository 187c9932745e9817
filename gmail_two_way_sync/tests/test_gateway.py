"""Mail that reaches Odoo's gateway besides the mailbox or an Auto-BCC address (C13)."""

from .auto_bcc import NEW, AutoBccCase
from .common import ANNA, CUSTOMER, mail

ASKED = "<asked@customer.example>"


class TestGateway(AutoBccCase):
    """The sales team has an address of its own, which makes leads."""

    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)
        self.sales = f"offers@{self.company_admin.alias_domain_id.name}"
        self.env["mail.alias"].create(
            {
                "alias_name": "offers",
                "alias_domain_id": self.company_admin.alias_domain_id.id,
                "alias_model_id": self.env["ir.model"]._get_id("crm.lead"),
            }
        )

    def leads(self):
        return self.env["crm.lead"].search([("name", "=", "An offer, please")])

    def asked(self, **headers):
        return mail(
            CUSTOMER,
            self.sales,
            "An offer, please",
            Message_ID=ASKED,
            Cc=ANNA,
            **headers,
        )

    def records(self, message_id=ASKED):
        found = self.messages(message_id)
        return {(message.model, message.res_id) for message in found}

    def test_c13_synced_before_it_makes_a_lead(self):
        raw = self.asked()
        self.control.deliver(ANNA, raw)
        self.sync()
        self.deliver(raw, to=self.sales)
        self.assertEqual(
            self.records(),
            {("res.partner", self.customer.id), ("crm.lead", self.leads().id)},
        )
        self.assertEqual(len(self.messages(ASKED)), 2)

    def test_c13_makes_a_lead_before_it_is_synced(self):
        raw = self.asked()
        self.deliver(raw, to=self.sales)
        self.control.deliver(ANNA, raw)
        self.sync()
        self.assertEqual(self.records(), {("crm.lead", self.leads().id)})

    def test_c13_delivered_twice(self):
        raw = self.asked()
        self.control.deliver(ANNA, raw)
        self.sync()
        for _copy in range(2):
            self.deliver(raw, to=self.sales)
        self.assertEqual((len(self.leads()), len(self.messages(ASKED))), (1, 2))

    def test_c13_answer_is_on_its_record_already(self):
        lead = self.env["crm.lead"].create({"name": "Known"})
        question = lead.message_post(
            body="?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        raw = self.asked(In_Reply_To=question.message_id)
        self.control.deliver(ANNA, raw)
        self.sync()
        self.assertFalse(self.deliver(raw, to=self.sales))
        self.assertEqual(self.records(), {("crm.lead", lead.id)})
        self.assertEqual(len(self.messages(ASKED)), 1)

    def test_c13_c15_what_is_here_is_not_answered_from_the_catch_all(self):
        """Odoo answers who writes to its catch-all address; it has this mail."""
        catchall = self.company_admin.alias_domain_id.catchall_email
        raw = mail(CUSTOMER, catchall, Message_ID=ASKED, Cc=ANNA)
        self.control.deliver(ANNA, raw)
        self.sync()
        with self.mock_mail_gateway():
            self.assertFalse(self.deliver(raw, to=catchall))
            self.assertNotSentEmail()
        self.assertEqual(self.records(), {("res.partner", self.customer.id)})

    def test_c13_d2_auto_bcc_before_the_other_alias(self):
        raw = self.sent_mail(to=f"{NEW}, {self.sales}", subject="An offer, please")
        self.deliver(raw)
        self.deliver(raw, to=self.sales)
        self.assertEqual(
            self.records("<first@mail.northwind.example>"),
            {("res.partner", self.contacts(NEW).id), ("crm.lead", self.leads().id)},
        )

    def test_c13_only_odoo_has_it(self):
        """What came by the gateway alone, Odoo's own rule holds for."""
        raw = self.asked()
        self.assertTrue(self.deliver(raw, to=self.sales))
        self.assertFalse(self.deliver(raw, to=self.sales))
        self.assertEqual(len(self.leads()), 1)

    def test_c4_what_left_through_gmail_makes_no_lead(self):
        """Gmail gave it another Message-ID than Odoo knows."""
        self.post(self.customer, self.anna, subject="An offer, please")
        self.send_waiting()
        [sent] = self.control.messages(ANNA, "in:sent", with_raw=True)
        count = self.env["mail.message"].search_count([])
        self.assertFalse(self.deliver(sent["raw"], to=self.sales))
        self.assertFalse(self.leads())
        self.assertEqual(self.env["mail.message"].search_count([]), count)
