"""The first conversation, both ways."""

from .common import ANNA, CUSTOMER, GmailCase


class TestConversation(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)

    def test_b1_sent_from_the_mailbox(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        [received] = self.inbox(CUSTOMER)
        self.assertEqual(received["From"], f"Anna Berg <{ANNA}>")
        self.assertEqual(message.notification_ids.notification_status, "sent")

    def test_c2_answer_comes_back(self):
        self.post(self.customer, self.anna)
        self.send_waiting()
        self.answer(CUSTOMER)
        self.sync()
        answer = self.customer.message_ids[0]
        self.assertIn("Fine, thanks", answer.body)
        self.assertEqual(answer.author_id, self.customer)
