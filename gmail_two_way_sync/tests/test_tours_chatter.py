"""What a salesperson sees about sending, in a real browser (B7, B9, A8, E1, E2)."""

from odoo.tests import HttpCase, tagged

from .common import BEN, CUSTOMER
from .test_chatter_store import ChatterCase


@tagged("post_install", "-at_install")
class TestChatterTours(ChatterCase, HttpCase):
    def play(self, tour, login="anna"):
        contact = f"/odoo/res.partner/{self.customer.id}"
        self.start_tour(contact, f"gmail_two_way_sync.{tour}", login=login)

    def assert_copies(self):
        self.send_waiting()
        [received] = self.inbox(CUSTOMER)
        self.assertEqual(received["Cc"], "Cora <cora@customer.example>")
        self.assertNotIn("Bcc", received)
        self.assertEqual(len(self.inbox(BEN)), 1)

    def test_e2_copies_from_chatter(self):
        self.customer.message_subscribe(self.ben.partner_id.ids)
        self.play("copies_from_chatter")
        self.assert_copies()

    def test_e2_copies_from_full_composer(self):
        self.play("copies_from_full_composer")
        self.assert_copies()

    def test_e2_nothing_without_a_mailbox(self):
        self.play("nothing_without_a_mailbox", login="ben")

    def test_b7_failed_message(self):
        self.fail()
        self.play("failed_message")
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)

    def test_a8_reconnect_in_composer(self):
        self.post(self.customer, self.anna)
        self.account._need_reconnect()
        self.send_waiting()
        self.play("reconnect_in_composer")

    def test_b9_e1_bounce_and_details(self):
        message = self.post(
            self.customer, self.anna, email_cc="cora@customer.example", email_bcc=BEN
        )
        self.send_waiting()
        self.bounce(message)
        self.play("bounce_and_details")
