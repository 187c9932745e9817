"""What the full composer says before a message leaves (B1, E2)."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import ANNA, GmailCase


class TestComposer(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)

    def composer(self, user=None, **values):
        values.setdefault("subtype_id", self.env.ref("mail.mt_comment").id)
        return (
            self.env["mail.compose.message"]
            .with_user(user or self.anna)
            .create(
                {
                    "model": "res.partner",
                    "res_ids": self.customer.ids,
                    "composition_mode": "comment",
                    "partner_ids": [Command.set(self.customer.ids)],
                    "body": "<p>Dear Carla</p>",
                    **values,
                }
            )
        )

    def assert_leaves_otherwise(self, composer):
        self.assertFalse(composer.gmail_from)
        composer._action_send_mail()
        self.assertFalse(self.rows(self.account))

    def test_e2_says_from_where(self):
        composer = self.composer(email_cc="cora@customer.example")
        self.assertEqual(composer.gmail_from, ANNA)
        self.assertFalse(composer.gmail_notice)
        composer._action_send_mail()
        row = self.rows(self.account)
        self.assertEqual(row.email_from, f'"Anna Berg" <{composer.gmail_from}>')
        self.assertEqual(row.email_cc, "cora@customer.example")

    def test_e2_nothing_without_a_mailbox(self):
        composer = self.composer(self.ben)
        self.assertFalse(composer.gmail_from)
        self.assertFalse(composer.gmail_notice)

    def test_e2_who_gets_it_without_being_chosen(self):
        follower = self.env["res.partner"].create(
            {"name": "Cora", "email": "cora@customer.example"}
        )
        everybody = follower + self.ben.partner_id + self.anna.partner_id
        self.customer.message_subscribe((everybody + self.customer).ids)
        composer = self.composer()
        self.assertEqual(composer.gmail_followers_outside, "Cora")
        self.assertEqual(composer.gmail_followers_inside, "Ben Holt")
        composer.composition_comment_option = "forward"
        self.assertFalse(composer.gmail_followers_inside)
        self.assertFalse(self.composer(self.ben).gmail_followers_inside)

    def test_e2_too_big_before_sending(self):
        def files(size):
            values = {"name": "plan.pdf", "raw": bytes(size)}
            return [Command.create(values)]

        composer = self.composer(attachment_ids=files(18 * 1024 * 1024))
        self.assertFalse(composer.gmail_size_notice)
        composer = self.composer(attachment_ids=files(19 * 1024 * 1024))
        self.assertIn("26.0 MB", composer.gmail_size_notice)
        # By the standard servers it leaves as ever.
        composer.email_from = "sales@northwind.example"
        self.assertFalse(composer.gmail_size_notice)

    def test_b4_nothing_for_notes_and_mass_mail(self):
        note = self.composer(subtype_id=self.env.ref("mail.mt_note").id)
        mass = self.composer(composition_mode="mass_mail", partner_ids=False)
        batch = self.composer(res_ids=(self.customer + self.anna.partner_id).ids)
        for composer in (note, mass, batch):
            self.assertFalse(composer.gmail_from)
            self.assertFalse(composer.gmail_notice)

    def test_b1_another_sender_leaves_by_the_standard_servers(self):
        composer = self.composer(email_from="Sales <sales@northwind.example>")
        self.assertIn("sales@northwind.example", composer.gmail_notice)
        self.assertIn(ANNA, composer.gmail_notice)
        self.assert_leaves_otherwise(composer)

    def test_b1_send_as_address_leaves_from_it(self):
        self.control.create_account(
            ANNA, send_as=[{"email": "sales@northwind.example", "verified": True}]
        )
        self.connect(self.anna, ANNA)
        composer = self.composer(email_from="Sales <sales@northwind.example>")
        self.assertEqual(composer.gmail_from, "sales@northwind.example")
        self.assertFalse(composer.gmail_notice)

    def test_b4_more_than_fifty_people(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@else.example"} for n in range(51)]
        )
        composer = self.composer(partner_ids=[Command.set(people.ids)])
        self.assertIn("50", composer.gmail_notice)
        self.assert_leaves_otherwise(composer)
        composer = self.composer(partner_ids=[Command.set(people[:50].ids)])
        self.assertTrue(composer.gmail_from)

    def test_e2_a_slip_in_copies_is_refused(self):
        for name in ("email_cc", "email_bcc"):
            with self.assertRaisesRegex(ValidationError, "cora"):
                self.composer(**{name: "ben@northwind.example, cora"})

    def test_e2_form_shows_copies_only_through_gmail(self):
        values = {
            "default_model": "res.partner",
            "default_res_ids": self.customer.ids,
            "default_subtype_xmlid": "mail.mt_comment",
        }
        composers = self.env["mail.compose.message"].with_context(**values)
        with Form(composers.with_user(self.anna)) as form:
            self.assertFalse(form._get_modifier("email_cc", "invisible"))
            form.partner_ids.add(self.customer)
            form.email_bcc = "chief@northwind.example"
        self.assertEqual(form.record.email_bcc, "chief@northwind.example")
        with Form(composers.with_user(self.ben)) as form:
            self.assertTrue(form._get_modifier("email_cc", "invisible"))
