"""What the tests of mail in share: Anna's connected mailbox and who writes to it."""

from email.utils import make_msgid

from .common import ANNA, CUSTOMER, GmailCase, mail


class MailInCase(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)

    def contact(self, name, email, **values):
        return self.env["res.partner"].create({"name": name, "email": email, **values})

    def receive(self, sender=CUSTOMER, to=ANNA, mailbox=ANNA, **content):
        """A message arrives; options of ``control.deliver`` are passed on."""
        content.setdefault("Message_ID", make_msgid(domain="mail.example"))
        names = ("labels", "internal_date", "thread_id")
        options = {name: content.pop(name) for name in names if name in content}
        return self.control.deliver(mailbox, mail(sender, to, **content), **options)

    def row(self, message, account=None):
        """The row of a message of the sandbox."""
        account = account or self.account
        return self.rows(account, gmail_message_id=message["id"])

    def outcome(self, message, account=None):
        """What became of a message: its state, or the reason why it was skipped."""
        row = self.row(message, account)
        return row.reason if row.state == "skipped" else row.state

    def emails_of(self, record):
        """Emails on a record, the first imported first."""
        return record.message_ids.filtered(
            lambda message: message.message_type == "email"
        ).sorted("id")

    def subjects_of(self, record):
        return self.emails_of(record).mapped("subject")

    def thread_of(self, message, account=None):
        return self.env["gmail.thread"].search(
            [
                ("account_id", "=", (account or self.account).id),
                ("gmail_thread_id", "=", message["thread_id"]),
            ]
        )

    def check_outcomes(self, table):
        """Deliver, sync once, compare. Rows of name, function that sends, outcome."""
        sent = [(name, send(), expected) for name, send, expected in table]
        self.sync()
        for name, message, expected in sent:
            with self.subTest(name):
                self.assertEqual(self.outcome(message), expected)
