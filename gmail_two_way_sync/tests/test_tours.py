"""The story of the first conversation, played in a real browser."""

from odoo.tests import HttpCase, tagged
from odoo.tests import common as odoo_tests

from .common import ANNA, CUSTOMER, GmailCase

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

    def connect_in_tour(self):
        """Play the tour; on Google's pages an injected script plays the person."""
        script = PERSON_AT_GOOGLE % (ANNA, self.sandbox.base_url)

        self.patch(odoo_tests, "ChromeBrowser", browser_with(script))
        self.start_tour(
            f"/odoo/my-preferences/{self.anna.id}",
            "gmail_two_way_sync.connect",
            login="anna",
        )
        account = self.env["gmail.account"]._live_of(self.anna)
        self.assertEqual((account.email, account.state), (ANNA, "connected"))
