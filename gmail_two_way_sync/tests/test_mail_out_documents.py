"""Documents that are sent by their own composer (B1, B2)."""

import re

from odoo.fields import Command
from odoo.tests import Form

from .common import CUSTOMER
from .test_mail_out_content import DAN, MailOutCase, html_of, text_of


class TestDocuments(MailOutCase):
    def compose(self, action, **values):
        """Send with the composer that an action opens, as in the web client."""
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .with_context(**action["context"])
            .create(values)
        )
        composer.action_send_mail()
        self.send_waiting()
        return composer

    def order(self):
        return (
            self.env["sale.order"]
            .with_user(self.anna)
            .create({"partner_id": self.customer.id, "user_id": self.anna.id})
        )

    def assert_own_link_only(self, message, record, title):
        """One plain line with the document's own token and nothing personal."""
        html = html_of(message)
        [link] = re.findall(r"<p>[^<]*: <a [^>]*>[^<]*</a></p>", html)
        self.assertEqual(html.count("<a "), 1)
        self.assertIn(f"{title}: ", link)
        self.assertIn(f"access_token={record.access_token}", link)
        self.assertIn(record.access_token, text_of(message))
        for personal in ("pid=", "hash=", "signup", "auth_login"):
            self.assertNotIn(personal, html)

    def test_b2_quotation(self):
        order = self.order()
        self.compose(order.action_quotation_send())
        [message] = self.inbox(CUSTOMER)
        self.assert_own_link_only(message, order, "View Quotation")
        self.assertEqual(order.state, "sent")
        self.assertEqual(
            [part.get_filename() for part in message.iter_attachments()],
            order.message_ids[0].attachment_ids.mapped("name"),
        )

    def test_b2_quotation_to_two_tells_each_nothing_of_the_other(self):
        order = self.order()
        self.compose(
            order.action_quotation_send(),
            partner_ids=[Command.set((self.customer | self.dan).ids)],
        )
        [message] = self.inbox(CUSTOMER)
        [other] = self.inbox(DAN)
        self.assertEqual(html_of(message), html_of(other))
        self.assert_own_link_only(message, order, "View Quotation")

    def test_b2_purchase_order(self):
        order = (
            self.env["purchase.order"]
            .with_user(self.anna)
            .create({"partner_id": self.customer.id, "user_id": self.anna.id})
        )
        self.compose(order.action_rfq_send())
        [message] = self.inbox(CUSTOMER)
        self.assert_own_link_only(message, order, "View Request for Quotation")

    def test_b1_purchase_order_by_a_server_action(self):
        """The window that a server action opens is used by a person."""
        order = (
            self.env["purchase.order"]
            .with_user(self.anna)
            .create({"partner_id": self.customer.id, "user_id": self.anna.id})
        )
        server_action = self.env["ir.actions.server"].create(
            {
                "name": "Send",
                "model_id": self.env["ir.model"]._get_id("purchase.order"),
                "state": "code",
                "code": "action = records.action_rfq_send()",
            }
        )
        action = server_action.with_context(
            active_model="purchase.order", active_id=order.id, active_ids=order.ids
        ).run()
        self.compose(action)
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)

    def invoice(self):
        account = self.env["account.account"].create(
            {"name": "Income", "code": "GM400", "account_type": "income"}
        )
        receivable = self.env["account.account"].create(
            {"name": "Receivable", "code": "GM120", "account_type": "asset_receivable"}
        )
        self.customer.property_account_receivable_id = receivable
        journal = self.env["account.journal"].create(
            {"name": "Sales", "code": "GMS", "type": "sale"}
        )
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "journal_id": journal.id,
                "invoice_user_id": self.anna.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Chair", "price_unit": 5, "account_id": account.id}
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def send_wizard(self, invoices):
        model = (
            "account.move.send.wizard"
            if len(invoices) == 1
            else "account.move.send.batch.wizard"
        )
        return (
            self.env[model]
            .with_user(self.anna)
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({})
        )

    def test_b2_single_invoice(self):
        invoice = self.invoice()
        wizard = self.send_wizard(invoice)
        wizard.sending_methods = ["email"]
        wizard.action_send_and_print()
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        self.assert_own_link_only(message, invoice, "View Invoice")

    def test_b4_several_invoices(self):
        invoice = self.invoice()
        other = invoice.copy()
        other.action_post()
        self.send_wizard(invoice | other).action_send_and_print()
        self.run_cron("account.ir_cron_account_move_send")
        self.assertFalse(self.rows(self.account))
        self.assertEqual((invoice | other).mapped("is_move_sent"), [True, True])
        for each in invoice | other:
            [message] = each.message_ids.filtered(
                lambda one: one.message_type == "comment"
            )
            self.assertEqual(message.notification_ids.res_partner_id, self.customer)

    def test_b2_composer_form_adds_the_signature_once(self):
        lead = self.env["crm.lead"].create({"name": "Chairs", "user_id": self.anna.id})
        form = Form(
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .with_context(default_model="crm.lead", default_res_ids=lead.ids)
        )
        form.body = "<p>Hello</p>"
        form.partner_ids = self.customer
        form.save().action_send_mail()
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        self.assertEqual(html_of(message).count("Northwind"), 1)
        self.assertNotIn("<a ", html_of(message))
