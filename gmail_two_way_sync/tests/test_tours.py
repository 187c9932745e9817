"""Connecting and the first conversation, played in a real browser."""

from odoo.tests import HttpCase, tagged
from odoo.tests import common as odoo_tests

from .common import ANNA, CUSTOMER, GmailCase

OTHER = "anna.berg@northwind.example"
PERSON_AT_GOOGLE = """
    window.addEventListener("DOMContentLoaded", () => {
        const button = document.querySelector(
            "button[name=account][value='%s'], button[name=decision][value=allow]"
        );
        if (button && location.origin === "%s") {
            button.click();
        }
    });
"""


def browser_with(script):
    """Odoo's test browser, which runs a script on every page, of whichever site."""

    class Browser(odoo_tests.ChromeBrowser):
        def navigate_to(self, url, wait_stop=False):
            self._websocket_request(
                "Page.addScriptToEvaluateOnNewDocument", params={"source": script}
            )
            return super().navigate_to(url, wait_stop=wait_stop)

    return Browser


@tagged("post_install", "-at_install")
class TestTours(GmailCase, HttpCase):
    def test_a1_a2_b3_c2_first_conversation(self):
        self.connect_in_tour()
        contact = f"/odoo/res.partner/{self.customer.id}"
        self.customer.message_subscribe(self.customer.ids)

        self.start_tour(contact, "gmail_two_way_sync.first_message", login="anna")
        self.send_waiting()
        self.answer(CUSTOMER, "Tuesday is fine")
        self.sync()
        self.start_tour(
            contact, "gmail_two_way_sync.answer_and_second_message", login="anna"
        )
        self.send_waiting()

        sent = self.control.messages(ANNA, "in:sent")
        self.assertEqual(len(sent), 2)
        self.assertEqual(len({each["thread_id"] for each in sent}), 1)
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)

    def test_a6_change_account(self):
        self.connect(self.anna, ANNA)
        self.control.create_account(OTHER, "Anna Berg", kind="workspace")
        self.play_at_google("change_account", OTHER)
        former = self.env["gmail.account"].search([("email", "=", ANNA)])
        self.assertEqual(former.state, "disconnected")

    def test_a8_a7_reconnect_and_disconnect(self):
        account = self.connect(self.anna, ANNA)
        account._need_reconnect()
        self.play_at_google("reconnect_and_disconnect", ANNA)
        self.assertEqual(account.state, "disconnected")
        self.assertTrue(account.connected_date)

    def connect_in_tour(self):
        self.play_at_google("connect", ANNA)
        account = self.env["gmail.account"]._live_of(self.anna)
        self.assertEqual((account.email, account.state), (ANNA, "connected"))

    def play_at_google(self, tour, address):
        """Play a tour of Anna's preferences; at Google, a script plays the person."""
        script = PERSON_AT_GOOGLE % (address, self.sandbox.base_url)
        self.patch(odoo_tests, "ChromeBrowser", browser_with(script))
        preferences = f"/odoo/my-preferences/{self.anna.id}"
        self.start_tour(preferences, f"gmail_two_way_sync.{tour}", login="anna")
