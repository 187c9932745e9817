"""The journal as a salesperson uses it, in a real browser (E4)."""

from odoo.tests import HttpCase, tagged

from .test_journal import NORA, STRANGER, JournalCase

JOURNAL = "/odoo/action-gmail_two_way_sync.gmail_message_action"


@tagged("post_install", "-at_install")
class TestJournalTours(JournalCase, HttpCase):
    def test_e4_import_anyway(self):
        self.start_tour(JOURNAL, "gmail_two_way_sync.import_anyway", login="anna")
        self.sync()
        nora = self.env["res.partner"].search([("email", "=", NORA)])
        self.assertEqual(self.subjects_of(nora), ["Request"])
        self.start_tour(JOURNAL, "gmail_two_way_sync.imported_anyway", login="anna")

    def test_e4_find_and_never_again(self):
        self.receive(STRANGER, Message_ID="<request@newcomer.example>")
        self.sync()
        self.start_tour(
            JOURNAL, "gmail_two_way_sync.find_and_never_again", login="anna"
        )
        entry = self.env["gmail.blocklist"].search([("value", "=", "newcomer.example")])
        self.assertEqual(entry.user_id, self.anna)
