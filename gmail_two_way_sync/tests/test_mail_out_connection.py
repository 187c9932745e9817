"""What becomes of messages when the connection ends, changes or comes back.

A6, A7, A8 from the outgoing side, F3's copies and servers without the key, F4.
"""

from datetime import timedelta

from odoo import fields
from odoo.tools import config

from ..hooks import uninstall_hook
from ..tools import vault
from .common import ANNA, CUSTOMER
from .test_mail_out_content import MailOutCase

NEW = "anna@new.example"


class TestConnection(MailOutCase):
    def setUp(self):
        super().setUp()
        self.control.create_account(NEW, "Anna Berg", kind="workspace")

    def write(self, **values):
        message = self.post(self.customer, self.anna, **values)
        self.send_waiting()
        return message

    def status(self, message):
        return message.notification_ids.notification_status

    def reason(self, message):
        return message.notification_ids.failure_reason

    def told(self):
        """How often Anna was told inside Odoo to reconnect."""
        return self.env["mail.message"].search_count(
            [
                ("message_type", "=", "user_notification"),
                ("partner_ids", "in", self.anna.partner_id.ids),
                ("subject", "like", "econnect"),
            ]
        )

    # ------------------------------------------------------------
    # RECONNECT NEEDED (A8)
    # ------------------------------------------------------------

    def test_a8_refused_while_sending(self):
        self.control.revoke_grant(ANNA)
        message = self.write()
        self.assertEqual(self.account.state, "reconnect")
        self.assertEqual(self.status(message), "exception")
        self.assertIn("Reconnect it", self.reason(message))
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_a8_told_once(self):
        self.control.revoke_grant(ANNA)
        self.write()
        self.write()
        self.sync()
        self.sync()
        self.assertEqual(self.told(), 1)

    def test_a8_sent_meanwhile_fails_and_leaves_by_no_other_server(self):
        self.control.revoke_grant(ANNA)
        self.sync()
        with self.mock_mail_gateway():
            message = self.write()
            self.env["mail.mail"].process_email_queue()
        self.assertNotIn(CUSTOMER, str([each["email_to"] for each in self._mails]))
        self.assertEqual(self.status(message), "exception")
        self.assertIn("Reconnect it", self.reason(message))

    def test_a8_reconnecting_sends_and_catches_up(self):
        first = self.write()
        self.control.change_password(ANNA)
        self.sync()
        second = self.write()
        self.answer(CUSTOMER, "Meanwhile")
        account = self.connect(self.anna, ANNA)
        self.assertEqual(account, self.account)
        self.assertEqual(account.state, "connected")
        self.assertEqual(self.status(second), "ready")
        self.sync()
        self.assertEqual(self.status(second), "sent")
        self.assertFalse(self.reason(second))
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)
        self.assertIn("Meanwhile", str(self.customer.message_ids.mapped("body")))
        self.assertEqual(self.status(first), "sent")

    def test_a8_older_than_a_day_waits_for_its_author(self):
        self.control.revoke_grant(ANNA)
        message = self.write()
        message.sudo().gmail_message_ids.date -= timedelta(hours=25)
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.status(message), "sent")

    def test_a8_what_failed_for_another_reason_does_not_leave(self):
        self.control.inject("error", "messages.send", error="invalidArgument")
        message = self.write()
        self.control.revoke_grant(ANNA)
        self.sync()
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_a8_send_again_while_not_reconnected(self):
        self.control.revoke_grant(ANNA)
        message = self.write()
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")

    def test_a8_permission_withdrawn(self):
        self.control.inject(
            "error", "messages.send", error="insufficientPermissions", times=None
        )
        self.write()
        self.assertEqual(self.account.state, "reconnect")

    # ------------------------------------------------------------
    # CHANGED AND ENDED (A6, A7)
    # ------------------------------------------------------------

    def test_a6_new_mail_leaves_from_the_new_address(self):
        self.write()
        self.connect(self.anna, NEW)
        self.write()
        self.assertEqual(
            [each["From"].addresses[0].addr_spec for each in self.inbox(CUSTOMER)],
            [ANNA, NEW],
        )

    def test_a6_answers_to_the_old_address_stop(self):
        self.write()
        self.connect(self.anna, NEW)
        self.answer(CUSTOMER, "To the old address")
        self.sync()
        self.assertNotIn("old address", str(self.customer.message_ids.mapped("body")))
        self.assertEqual(len(self.account.thread_ids), 1, "history is kept")

    def test_a6_waiting_message_is_sent_again_from_the_new_address(self):
        message = self.post(self.customer, self.anna)
        account = self.connect(self.anna, NEW)
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")
        self.assertIn("not connected any more", self.reason(message))
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        [received] = self.inbox(CUSTOMER)
        self.assertEqual(received["From"], f"Anna Berg <{NEW}>")
        self.assertEqual(message.sudo().gmail_message_ids.account_id, account)
        self.assertEqual(self.status(message), "sent")

    def test_a6_what_may_have_left_is_not_sent_from_the_new_address(self):
        self.control.inject("drop_after", "messages.send")
        message = self.write()
        self.connect(self.anna, NEW)
        row = message.sudo().gmail_message_ids
        row.retry_after = False
        self.send_waiting()
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")
        self.assertIn("may have left", self.reason(message))
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        # The old mailbox knows: connected again, it tells.
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.assertEqual(self.status(message), "sent")
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)

    def test_a7_disconnected_while_a_message_waits(self):
        message = self.post(self.customer, self.anna)
        self.account.action_disconnect()
        self.send_waiting()
        self.assertEqual(self.status(message), "exception")
        self.assertIn("not connected any more", self.reason(message))
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_a7_archived_while_a_message_waits(self):
        message = self.post(self.customer, self.anna)
        self.anna.active = False
        self.send_waiting()
        self.assertEqual(self.account.state, "disconnected")
        self.assertEqual(self.status(message), "exception")
        self.assertEqual(self.inbox(CUSTOMER), [])

    # ------------------------------------------------------------
    # COPIES AND SERVERS WITHOUT THE KEY (F3), UNINSTALLING (F4)
    # ------------------------------------------------------------

    def test_f3_a_copy_sends_nothing_that_waits(self):
        message = self.post(self.customer, self.anna)
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        self.control.clear_requests()
        self.send_waiting()
        self.sync()
        self.assertEqual(self.control.requests(), [])
        self.assertEqual(self.status(message), "ready")

    def test_f3_a_mailbox_connected_in_a_copy_leaves_what_waits_to_the_original(self):
        waiting = self.post(self.customer, self.anna)
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.assertEqual(self.status(waiting), "exception")
        self.assertIn("original", self.reason(waiting))
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.write()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1, "what is written here leaves")

    def test_f3_a_copy_does_not_send_what_failed_for_the_connection(self):
        self.control.revoke_grant(ANNA)
        message = self.write()
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        self.connect(self.anna, ANNA)
        self.send_waiting()
        self.assertIn("original", self.reason(message))
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_f3_sent_again_in_a_copy_is_looked_up(self):
        message = self.post(self.customer, self.anna)
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        self.connect(self.anna, ANNA)
        self.control.clear_requests()
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.status(message), "sent")
        kinds = [each["method"] for each in self.control.requests(account=ANNA)]
        self.assertLess(kinds.index("messages.list"), kinds.index("messages.send"))

    def test_f3_a_copy_never_revokes(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        uninstall_hook(self.env)
        self.assertEqual(self.control.token_counts(ANNA)["refresh"], 1)

    def test_f3_server_without_the_key(self):
        message = self.post(self.customer, self.anna)
        config.options[vault.KEY_OPTION] = vault.Fernet.generate_key().decode()
        self.addCleanup(config.options.pop, vault.KEY_OPTION, None)
        self.send_waiting()
        self.assertEqual(self.account.state, "connected")
        self.assertEqual(self.status(message), "ready")
        row = message.sudo().gmail_message_ids
        self.assertEqual(row.state, "pending")
        self.assertIn("cannot read", row.error)
        self.assertIn("cannot read", self.account.last_error)

    def test_f4_uninstalling_revokes_and_leaves_the_messages(self):
        message = self.write()
        uninstall_hook(self.env)
        self.assertEqual(self.control.token_counts(ANNA)["refresh"], 0)
        self.assertFalse(self.account.encrypted_tokens)
        self.assertEqual(self.account.state, "disconnected")
        self.assertTrue(message.exists())

    def test_f4_uninstalling_sends_nothing_that_waits(self):
        """Odoo's own queue would send it: by another server, maybe again (B8)."""
        message = self.post(self.customer, self.anna)
        mail = message.sudo().gmail_message_ids.mail_mail_id
        self.assertEqual(mail.state, "outgoing")
        uninstall_hook(self.env)
        self.assertEqual(mail.state, "exception")
        self.assertEqual(self.status(message), "exception")
        self.assertIn("not connected any more", self.reason(message))

    def test_b7_failed_long_ago_is_not_forgotten(self):
        """What failed stays until its author decides."""
        self.control.inject("error", "messages.send", error="invalidArgument")
        message = self.write()
        message.sudo().gmail_message_ids.date = fields.Datetime.now() - timedelta(
            days=60
        )
        self.env["gmail.message"]._gc_skipped()
        message.with_user(self.anna).action_gmail_send_again()
        self.send_waiting()
        self.assertEqual(self.status(message), "sent")
