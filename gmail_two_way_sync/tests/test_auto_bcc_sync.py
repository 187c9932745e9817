"""Auto-BCC and the synced mailbox together: once, and the thread is bound (C13, D4)."""

from odoo.exceptions import ConcurrencyError

from .auto_bcc import NEW, AutoBccCase
from .common import ANNA


class TestAutoBccSync(AutoBccCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)
        self.sync()
        self.control.create_account(NEW, "Nora Newcomer")

    def send_in_gmail(self, **more):
        """Anna writes in Gmail, with the address in Bcc; what is delivered."""
        self.control.set_gateway(self.address.partition("@")[2], "true")
        sent = self.control.send(
            ANNA, NEW, "Offer", "Dear Nora", bcc=self.address, **more
        )
        self.control.wait_gateway(10)
        received = self.control.messages(NEW, "in:inbox", with_raw=True)[0]
        return sent, received["raw"]

    def assertOnceAndBound(self):
        message = self.contacts(NEW).message_ids.filtered(
            lambda each: each.message_type == "email"
        )
        self.assertEqual(len(message), 1)
        self.assertIn(
            self.address,
            " ".join(filter(None, message.gmail_message_ids.mapped("email_bcc"))),
        )
        thread = self.env["gmail.thread"].search([("account_id", "=", self.account.id)])
        self.assertEqual(
            (thread.res_model, thread.res_id, thread.partner_id),
            ("res.partner", self.contacts(NEW).id, self.contacts(NEW)),
        )

    def test_d4_auto_bcc_before_the_sync(self):
        _sent, raw = self.send_in_gmail()
        self.deliver(raw)
        self.sync()
        self.assertOnceAndBound()

    def test_d4_sync_before_auto_bcc(self):
        _sent, raw = self.send_in_gmail()
        self.sync()
        self.assertFalse(self.contacts(NEW))
        self.deliver(raw)
        self.assertTrue(self.env["gmail.sync.request"].search([]))
        self.run_cron("ir_cron_gmail_sync_requested")
        self.assertOnceAndBound()

    def test_d4_sync_before_auto_bcc_known_contact(self):
        self.env["res.partner"].create(
            {"name": "Nora", "email": NEW, "user_id": self.anna.id}
        )
        _sent, raw = self.send_in_gmail()
        self.sync()
        self.deliver(raw)
        self.assertOnceAndBound()

    def test_c13_imported_since_this_transaction_began(self):
        self.env.cr.execute("SELECT 1")
        with self.registry.cursor() as other:
            other.execute(
                "INSERT INTO mail_message (message_id, message_type)"
                " VALUES ('<first@mail.northwind.example>', 'email')"
            )
        self.addCleanup(self.forget_message)
        with self.assertRaises(ConcurrencyError):
            self.deliver(self.sent_mail())
        self.assertFalse(self.contacts(NEW))

    def forget_message(self):
        with self.registry.cursor() as other:
            other.execute(
                "DELETE FROM mail_message"
                " WHERE message_id = '<first@mail.northwind.example>'"
            )

    def test_d4_later_mail_is_synced(self):
        _sent, raw = self.send_in_gmail()
        self.deliver(raw)
        self.sync()
        self.answer(NEW, "Yes please")
        self.sync()
        self.assertIn("Yes please", self.contacts(NEW).message_ids[0].body)

    def test_d4_only_recent_skipped_mail_is_looked_at_again(self):
        self.control.deliver(
            ANNA, b"From: x@noise.example\r\nTo: a@northwind.example\r\n\r\nNoise"
        )
        self.sync()
        noise = self.rows(self.account, state="skipped")
        self.env.cr.execute(
            "UPDATE gmail_message SET create_date = now() - interval '2 days'"
            " WHERE id = %s",
            [noise.id],
        )
        _sent, raw = self.send_in_gmail()
        self.deliver(raw)
        self.assertEqual(noise.state, "skipped")

    def test_c4_sent_by_odoo_through_gmail(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        raw = self.control.messages("carla@customer.example", with_raw=True)[0]["raw"]
        self.deliver(raw)
        written = self.customer.message_ids.filtered(
            lambda each: each.message_type in ("comment", "email")
        )
        self.assertEqual(written, message)
        self.assertFalse(self.alias().auto_bcc_dropped)
