"""Why is mail from this person not here? In a real browser (E4)."""

from odoo.tests import HttpCase, tagged

from .test_why import WhyCase


@tagged("post_install", "-at_install")
class TestWhyTours(WhyCase, HttpCase):
    def test_e4_why(self):
        self.customer.user_id = self.ben
        self.receive()
        self.sync()
        contact = f"/odoo/res.partner/{self.customer.id}"
        self.start_tour(contact, "gmail_two_way_sync.why", login="anna")
        self.assertEqual(self.customer.user_id, self.anna)
