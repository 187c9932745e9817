"""Conversations as a salesperson sees them, in a real browser (E3)."""

from odoo.tests import HttpCase, tagged

from .test_conversations import ConversationsCase


@tagged("post_install", "-at_install")
class TestConversationTours(ConversationsCase, HttpCase):
    def test_e3_move_to_an_opportunity(self):
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "gmail_two_way_sync.move_conversation",
            login="anna",
        )
        self.thread.invalidate_recordset()
        self.assertEqual(self.thread._record(), ("crm.lead", self.lead.id))
        self.assertEqual(self.thread.state, "active")
