"""Who sees what: conversations, details, the journal, blocklists (C17, C20, E8)."""

from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import ANNA
from .mail_in_common import MailInCase


class TestAccess(MailInCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls._new_user("system", "System", "system@northwind.example")
        cls.system.group_ids |= cls.env.ref("base.group_system")
        cls.portal = cls._create_portal_user()

    def setUp(self):
        super().setUp()
        self.lead = self.env["crm.lead"].create(
            {"name": "Anna's", "user_id": self.anna.id}
        )
        self.on_contact = self.receive(Cc="boss@customer.example")
        self.on_lead = self.receive(subject="Deal")
        self.skipped = self.receive("x@unknown.example")
        self.sync()
        moved = self.thread_of(self.on_lead)
        moved.write({"res_model": "crm.lead", "res_id": self.lead.id})

    def visible(self, model, user):
        return self.env[model].with_user(user).search([]).sudo()

    def test_e8_skipped_rows_are_seen_by_their_owner_only(self):
        row = self.row(self.skipped)
        self.assertEqual(row.with_user(self.anna).reason, "no_contact")
        for user in (self.ben, self.system, self.portal):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    row.with_user(user).read(["reason"])
                self.assertFalse(row.with_user(user).has_access("read"))
        for user in (self.ben, self.system):
            self.assertNotIn(row, self.visible("gmail.message", user))
        self.assertIn(row, self.visible("gmail.message", self.anna))

    def test_e8_failed_rows_are_seen_by_their_owner_only(self):
        row = self.row(self.skipped)
        row.write({"state": "failed", "original": b"RnJvbTogeA=="})
        self.assertNotIn(row, self.visible("gmail.message", self.system))
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "gmail.message"), ("res_field", "=", "original")]
        )
        self.assertTrue(attachment.with_user(self.anna).has_access("read"))
        self.assertFalse(attachment.with_user(self.system).has_access("read"))

    def test_e8_details_follow_the_message(self):
        contact, lead = self.row(self.on_contact), self.row(self.on_lead)
        self.assertEqual(contact.with_user(self.ben).email_cc, "boss@customer.example")
        self.assertEqual(self.visible("gmail.message", self.ben), contact)
        with self.assertRaises(AccessError):
            lead.with_user(self.ben).read(["email_from"])
        self.ben.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertEqual(self.visible("gmail.message", self.ben), contact | lead)

    def test_e8_never_for_portal_users(self):
        self.lead.message_subscribe(self.portal.partner_id.ids)
        for model in (
            "gmail.message",
            "gmail.thread",
            "gmail.account",
            "gmail.blocklist",
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.visible(model, self.portal)
        message = self.row(self.on_contact).mail_message_ids.with_user(self.portal)
        with self.assertRaises(AccessError):
            message.read(["gmail_message_ids"])

    def test_e8_conversations(self):
        contact, lead = self.thread_of(self.on_contact), self.thread_of(self.on_lead)
        for user, expected in (
            (self.anna, contact | lead),
            (self.ben, contact),
            (self.system, contact | lead),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(self.visible("gmail.thread", user), expected)
        with self.assertRaises(AccessError):
            lead.with_user(self.ben).read(["subject"])
        self.assertEqual(self.customer.with_user(self.ben).gmail_thread_ids, contact)

    def test_e8_the_owner_sees_conversations_on_records_of_others(self):
        self.lead.user_id = self.ben
        lead = self.thread_of(self.on_lead).with_user(self.anna)
        self.assertEqual(lead.subject, "Deal")
        self.assertEqual(lead.record_name, "")

    def test_e8_nobody_writes_the_queue(self):
        row = self.row(self.skipped)
        for user in (self.anna, self.system):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"state": "pending"})
                with self.assertRaises(AccessError):
                    row.with_user(user).unlink()

    def test_e8_nobody_writes_the_queue_through_messages(self):
        """A colleague's failed mail on an own message could be sent again by it."""
        link = {"gmail_message_ids": [Command.link(self.row(self.on_contact).id)]}
        for user in (self.ben, self.system):
            messages = self.env["mail.message"].with_user(user)
            own = self.customer.with_user(user).message_post(body="Mine")
            posted = {"model": "res.partner", "res_id": self.customer.id}
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    own.write(link)
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    messages.create({**posted, **link})

    def test_e8_blocklists(self):
        values = (
            {"value": "all.example", "user_id": False},
            {"value": "bens.example", "user_id": self.ben.id},
        )
        general, bens = self.env["gmail.blocklist"].create(values)
        unsaid = self.env["gmail.blocklist"].with_user(self.system)
        self.assertFalse(unsaid.create({"value": "unsaid.example"}).user_id)
        entries = self.env["gmail.blocklist"].with_user(self.anna)
        own = entries.create({"value": "annas.example"})
        self.assertEqual(own.user_id, self.anna)
        self.assertEqual(
            set(entries.search([]).mapped("value")),
            {"all.example", "unsaid.example", "annas.example"},
        )
        self.assertNotIn(bens, self.visible("gmail.blocklist", self.system))
        for act in (
            lambda: entries.create({"value": "x.example", "user_id": False}),
            lambda: entries.create({"value": "x.example", "user_id": self.ben.id}),
            lambda: general.with_user(self.anna).unlink(),
            lambda: bens.with_user(self.system).write({"value": "y.example"}),
        ):
            with self.assertRaises(AccessError):
                act()
        general.with_user(self.system).write({"value": "everybody.example"})

    def test_e8_other_addresses_as_contact_rights_allow(self):
        reader = self._new_user("reader", "Reader", "reader@northwind.example")
        reader.group_ids = self.env.ref("base.group_user")
        address = self.env["res.partner.email"].create(
            {"partner_id": self.customer.id, "email": "c@private.example"}
        )
        self.assertEqual(address.with_user(reader).email, "c@private.example")
        with self.assertRaises(AccessError):
            address.with_user(reader).write({"email": "d@private.example"})
        address.with_user(self.anna).write({"email": "d@private.example"})

    def test_c20_a_skipped_row_holds_an_id_and_a_reason(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT * FROM gmail_message WHERE id = %s", [self.row(self.skipped).id]
        )
        [stored] = self.env.cr.dictfetchall()
        kept = {name for name, value in stored.items() if value}
        self.assertEqual(
            kept,
            {"id", "account_id", "gmail_message_id", "state", "reason"}
            | {"create_uid", "create_date", "write_uid", "write_date"},
        )
        text = str(stored)
        for private in ("unknown.example", ANNA, "Hello", "mail.example"):
            self.assertNotIn(private, text)
