"""What the web client gets to know: of messages (B7, B9, E1, E8) and mailboxes (E2)."""

import json

from odoo.exceptions import AccessError

from odoo.addons.bus.models.bus import json_dump
from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.mail.tools.discuss import Store

from .common import ANNA, CUSTOMER, GmailCase


class ChatterCase(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)
        self.customer.message_subscribe(self.customer.ids)
        self.portal = mail_new_test_user(
            self.env, login="portal", groups="base.group_portal"
        )

    def store_of(self, message, user):
        """What a chatter that ``user`` opens knows of a message, by model."""
        message = message.with_user(user)
        return Store().add(message).get_result()

    def in_store(self, message, user):
        [values] = self.store_of(message, user)["mail.message"]
        return values

    def bounce(self, message):
        message.sudo().notification_ids.write(
            {
                "notification_status": "bounce",
                "failure_type": "mail_bounce",
                "failure_reason": "No such person here.",
            }
        )

    def fail(self, user=None):
        """A message that Google refused for good."""
        message = self.post(self.customer, user or self.anna)
        with self.control.fault("error", "messages.send", error="invalidArgument"):
            self.send_waiting()
        self.assertEqual(self.rows(self.account)[:1].state, "failed")
        return message


class TestMessageStore(ChatterCase):
    def test_b7_failed_message_tells_its_author_why(self):
        message = self.fail()
        values = self.in_store(message, self.anna)
        self.assertTrue(values["gmail_is_synced"])
        self.assertTrue(values["gmail_can_send_again"])
        [notification] = self.store_of(message, self.anna)["mail.notification"]
        self.assertEqual(notification["gmail_failure"], self.rows(self.account).error)
        self.assertTrue(notification["gmail_failure"])

    def test_b7_colleague_sees_why_but_cannot_send_again(self):
        message = self.fail()
        self.assertFalse(self.in_store(message, self.ben)["gmail_can_send_again"])
        [notification] = self.store_of(message, self.ben)["mail.notification"]
        self.assertTrue(notification["gmail_failure"])
        with self.assertRaises(AccessError):
            message.with_user(self.ben).action_gmail_send_again()

    def test_e8_portal_user_gets_nothing(self):
        message = self.fail()
        self.env.flush_all()
        values = Store().add(message.with_user(self.portal).sudo()).get_result()
        self.assertNotIn("mail.notification", values)
        self.assertFalse([key for key in values["mail.message"][0] if "gmail" in key])
        with self.assertRaises(AccessError):
            message.with_user(self.portal).gmail_details()

    def test_b7_stock_failure_keeps_its_own_words(self):
        """The nearest negative: the mail server's reasons are for administrators."""
        message = self.post(self.customer, self.ben)
        message.sudo().notification_ids.write(
            {"notification_status": "exception", "failure_reason": "SMTP 550 internal"}
        )
        notifications = self.store_of(message, self.ben)["mail.notification"]
        self.assertTrue(notifications)
        for notification in notifications:
            self.assertEqual(notification["notification_status"], "exception")
            self.assertNotIn("gmail_failure", notification)
        self.assertNotIn("gmail_is_synced", self.in_store(message, self.ben))

    def test_b7_send_again_tells_the_chatter(self):
        message = self.fail()
        with self.mock_bus():
            message.with_user(self.anna).action_gmail_send_again()
        [sent] = self.told(self.anna)
        [values] = sent["mail.message"]
        self.assertFalse(values["gmail_can_send_again"])
        [notification] = sent["mail.notification"]
        self.assertEqual(notification["notification_status"], "ready")
        self.assertNotIn("gmail_failure", notification)
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)

    def told(self, user):
        """What the web clients of ``user`` were told of messages by the bus."""
        channel = json_dump((self.env.cr.dbname, "res.partner", user.partner_id.id))
        told = [
            json.loads(each.message)
            for each in self._new_bus_notifs
            if each.channel == channel
        ]
        return [
            each["payload"]
            for each in told
            if each["type"] == "mail.record/insert"
            and "mail.message" in each["payload"]
        ]

    def test_b7_message_that_waits_says_why(self):
        message = self.post(self.customer, self.anna)
        self.assertFalse(self.in_store(message, self.anna)["gmail_delay"])
        with self.control.fault("error", "messages.send", error="backendError503"):
            with self.mock_bus():
                self.send_waiting()
        row = self.rows(self.account)
        [values] = self.told(self.anna)[-1]["mail.message"]
        self.assertEqual(values["gmail_delay"], row.error)
        row.retry_after = False
        with self.mock_bus():
            self.send_waiting()
        [values] = self.told(self.anna)[-1]["mail.message"]
        self.assertFalse(values["gmail_delay"])

    def test_b9_bounce_is_told_with_its_reason(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        self.bounce(message)
        [notification] = self.store_of(message, self.anna)["mail.notification"]
        self.assertEqual(notification["gmail_failure"], "No such person here.")
        self.assertFalse(self.in_store(message, self.anna)["gmail_can_send_again"])

    def test_queries_do_not_grow_with_the_messages(self):
        def queries(count):
            messages = self.env["mail.message"]
            for number in range(count):
                messages |= self.post(self.customer, self.anna, f"<p>{number}</p>")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Store().add(messages.with_user(self.anna)).get_result()
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(3), queries(12))


class TestMessageDetails(ChatterCase):
    def details(self, message, user=None):
        return message.with_user(user or self.anna).gmail_details()

    def test_e1_sent_message(self):
        message = self.post(
            self.customer,
            self.anna,
            email_cc="Cora <cora@customer.example>",
            email_bcc="chief@northwind.example",
        )
        self.send_waiting()
        details = self.details(message)
        self.assertEqual(details["from"], [{"name": "Anna Berg", "email": ANNA}])
        self.assertEqual(details["to"], [{"name": "Carla Custo", "email": CUSTOMER}])
        self.assertEqual(
            details["cc"], [{"name": "Cora", "email": "cora@customer.example"}]
        )
        self.assertEqual(
            details["bcc"], [{"name": "", "email": "chief@northwind.example"}]
        )
        self.assertTrue(details["date"])
        [mailbox] = details["mailboxes"]
        self.assertEqual((mailbox["name"], mailbox["status"]), (ANNA, "Sent"))
        thread = self.rows(self.account).gmail_thread_id
        self.assertEqual(
            mailbox["url"],
            f"https://mail.google.com/mail/?authuser=anna%40northwind.example#all/{thread}",
        )

    def test_e1_received_message(self):
        self.post(self.customer, self.anna)
        self.send_waiting()
        self.answer(CUSTOMER)
        self.sync()
        received = self.customer.message_ids[:1]
        self.assertTrue(self.in_store(received, self.anna)["gmail_is_synced"])
        details = self.details(received)
        self.assertEqual(details["from"][0]["email"], CUSTOMER)
        self.assertEqual(details["mailboxes"][0]["status"], "Received")

    def test_e1_states_in_words(self):
        message = self.post(self.customer, self.anna)
        [mailbox] = self.details(message)["mailboxes"]
        self.assertEqual(mailbox["status"], "Waiting to be sent")
        self.assertFalse(mailbox["url"], "it is not in Gmail yet")
        self.send_waiting()
        self.bounce(message)
        [mailbox] = self.details(message)["mailboxes"]
        self.assertEqual(mailbox["status"], "Bounced")

    def test_b7_failed_message_has_status_and_reason(self):
        [mailbox] = self.details(self.fail())["mailboxes"]
        self.assertEqual(mailbox["status"], "Not sent")
        self.assertTrue(mailbox["problem"])

    def test_e8_details_follow_the_access_to_the_message(self):
        message = self.post(self.customer, self.anna, email_bcc="chief@else.example")
        self.send_waiting()
        self.env["ir.rule"].create(
            {
                "name": "Carla is Anna's",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.customer.id})]"
                f" if user.id == {self.ben.id} else []",
            }
        )
        with self.assertRaises(AccessError):
            self.details(message, self.ben)


class TestMailboxStore(ChatterCase):
    def mailbox(self, user):
        store = Store()
        self.env["res.users"].with_user(user)._init_store_data(store)
        return store.get_result()["Store"].get("gmail")

    def test_e2_connected(self):
        mailbox = self.mailbox(self.anna)
        self.assertEqual(mailbox["state"], "connected")
        self.assertEqual(mailbox["sender"], ANNA)
        self.assertFalse(mailbox["notice"])

    def test_e2_nothing_without_a_mailbox(self):
        self.assertFalse(self.mailbox(self.ben))
        self.assertIsNone(self.mailbox(self.portal))

    def test_f3_nothing_in_a_copy_of_the_database(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "a copy")
        self.assertFalse(self.mailbox(self.anna))

    def test_a8_reconnect_is_told(self):
        self.account._need_reconnect()
        mailbox = self.mailbox(self.anna)
        self.assertEqual(mailbox["state"], "reconnect")
        self.assertIn(ANNA, mailbox["notice"])

    def test_b5_limit_is_told_when_it_is_near(self):
        self.account.daily_limit = 10
        self.send(8)
        self.assertFalse(self.mailbox(self.anna)["notice"])
        self.send(1)
        self.assertIn("9 of the 10", self.mailbox(self.anna)["notice"])
        self.send(1)
        self.assertIn("until you send it again", self.mailbox(self.anna)["notice"])

    def send(self, count):
        for _number in range(count):
            self.post(self.customer, self.anna)
            self.send_waiting()
