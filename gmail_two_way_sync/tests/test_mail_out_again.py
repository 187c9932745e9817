"""*Send again*: by its author, by an administrator, and never twice (B7)."""

from odoo.exceptions import AccessError

from .common import CUSTOMER
from .test_mail_out_faults import FaultCase


class TestSendAgain(FaultCase):
    """B7: the author, nobody else, and never twice."""

    def setUp(self):
        super().setUp()
        self.control.inject("error", "messages.send", error="invalidArgument")
        self.send_waiting()

    def test_b7_send_again_by_its_author(self):
        self.message.with_user(self.anna).action_gmail_send_again()
        self.assertEqual(self.message.notification_ids.notification_status, "ready")
        self.assertEqual(self.mail.state, "outgoing")
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_send_again_by_nobody_else(self):
        with self.assertRaises(AccessError):
            self.message.with_user(self.ben).action_gmail_send_again()
        self.assertEqual(self.row.state, "failed")

    def test_b7_double_click(self):
        for _click in range(2):
            self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_send_again_to_the_address_that_was_corrected(self):
        other = "carla.custo@customer.example"
        self.control.create_account(other, "Carla Custo", kind="workspace")
        self.customer.email = other
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        [message] = self.inbox(other)
        self.assertEqual(message["To"], f"Carla Custo <{other}>")

    def test_b7_retry_by_the_administrator(self):
        self.mail.with_user(self.user_admin).action_retry()
        self.env["mail.mail"].process_email_queue()
        self.send_waiting()
        self.assert_sent_once()

    def test_b7_retry_does_not_resend_what_was_sent(self):
        self.message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.row.mail_mail_id = self.env["mail.mail"].create(
            {"mail_message_id": self.message.id, "state": "exception"}
        )
        self.row.mail_mail_id.action_retry()
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(self.row.state, "sent")
