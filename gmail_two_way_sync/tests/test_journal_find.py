"""The journal's lines by a link to Gmail or a Message-ID (E4)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .common import BEN
from .test_journal import STRANGER, JournalCase


class TestFind(JournalCase):
    def find(self, pasted):
        return self.env["gmail.message"].with_user(self.anna)._find(pasted)

    def refusal(self, pasted):
        with self.assertRaises(UserError) as caught:
            self.find(pasted)
        return str(caught.exception)

    def link(self, message):
        return f"https://mail.google.com/mail/u/0/#inbox/{message['thread_id']}"

    def test_e4_by_link(self):
        self.assertEqual(self.find(self.link(self.mail)), self.line)
        later = self.receive(STRANGER, thread_id=self.mail["thread_id"])
        self.sync()
        self.assertEqual(self.find(self.link(self.mail)), self.line | self.row(later))
        self.assertEqual(self.find(later["id"]), self.row(later))

    def test_e4_by_message_id(self):
        message = self.receive(STRANGER, Message_ID="<one@newcomer.example>")
        self.sync()
        self.assertEqual(self.row(message).state, "skipped")
        for pasted in ("<one@newcomer.example>", "one@newcomer.example"):
            self.assertEqual(self.find(pasted), self.row(message))

    def test_e4_imported_ones_without_a_connection(self):
        message = self.receive(Message_ID="<two@customer.example>")
        self.sync()
        self.account._need_reconnect()
        self.assertEqual(self.find("<two@customer.example>"), self.row(message))
        self.assertIn("Reconnect it", self.refusal("<nowhere@mail.example>"))

    def test_e4_nothing_found_in_words(self):
        late = self.receive(STRANGER)
        spam = self.receive(STRANGER, labels=["SPAM"])
        before = self.account.connected_date - timedelta(days=2)
        old = self.receive(
            STRANGER, internal_date=int(before.timestamp() * 1000), labels=["INBOX"]
        )
        draft = "KtbxLxgNKCnmFfFBWnqSKLcxsmwNxpWqLq"
        for pasted, words in (
            (self.link(late), "not looked at yet"),
            (self.link(spam), "spam"),
            (self.link(old), "before the mailbox was connected"),
            ("https://mail.google.com/mail/u/0/#inbox/18b2c3d4e5f60718", "is not in"),
            ("<nowhere@mail.example>", "is not in"),
            (f"https://mail.google.com/mail/u/0/#sent/{draft}", "Show original"),
            ("hello", "neither a link"),
            ("", "neither a link"),
        ):
            with self.subTest(pasted):
                self.assertIn(words, self.refusal(pasted))

    def test_e4_older_than_the_journal(self):
        self.account.connected_date -= timedelta(days=90)
        past = fields.Datetime.now() - timedelta(days=40)
        old = self.receive(STRANGER, internal_date=int(past.timestamp() * 1000))
        self.assertIn("for 30 days", self.refusal(self.link(old)))

    def test_e8_only_the_own_mailbox(self):
        self.connect(self.ben, BEN)
        with self.assertRaisesRegex(UserError, "is not in the mailbox"):
            self.env["gmail.message"].with_user(self.ben)._find(self.link(self.mail))

    def test_e4_dialog(self):
        wizards = self.env["gmail.find.wizard"].with_user(self.anna)
        action = wizards.create({"pasted": self.link(self.mail)}).action_find()
        self.assertEqual(action["res_id"], self.line.id)
        wizard = wizards.create({"pasted": "hello"})
        self.assertEqual(wizard.action_find()["res_id"], wizard.id)
        self.assertIn("neither a link", wizard.answer)
