"""What the tests of Auto-BCC share: an alias domain, and a mail server before Odoo."""

from .common import ANNA, GmailCase, mail

NEW = "nora@newcomer.example"


class AutoBccCase(GmailCase):
    """Anna and Ben have Auto-BCC addresses; nobody's mailbox is connected."""

    def setUp(self):
        super().setUp()
        self.address = self.anna.auto_bcc_address

    def deliver(self, raw, to=None):
        """Hand a message to Odoo's gateway, as a mail server does for one recipient."""
        marks = f"Delivered-To: {to or self.address}\r\nReturn-Path: <{ANNA}>\r\n"
        result = self.deliver_unmarked(marks.encode() + raw)
        return result

    def deliver_unmarked(self, raw):
        result = self.env["mail.thread"].message_process(None, raw)
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def sent_mail(
        self, to=f"Nora Newcomer <{NEW}>", sender=f"Anna Berg <{ANNA}>", **more
    ):
        more.setdefault("Message_ID", "<first@mail.northwind.example>")
        return mail(sender, to, **more)

    def contacts(self, email):
        return self.env["res.partner"].search([("email", "=", email)])

    def messages(self, message_id="<first@mail.northwind.example>"):
        return self.env["mail.message"].search([("message_id", "=", message_id)])

    def alias(self, user=None):
        return self.env["mail.alias"].search(
            [("auto_bcc_user_id", "=", (user or self.anna).id)]
        )

    def assertDropped(self, raw, **how):
        """Nothing is made and nobody gets an answer, but it is counted (D3)."""
        before = self.env["res.partner"].search_count([])
        dropped = self.alias().auto_bcc_dropped
        with self.mock_mail_gateway():
            self.assertFalse(self.deliver(raw, **how))
            self.assertNotSentEmail()
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertFalse(self.messages())
        self.assertEqual(self.alias().auto_bcc_dropped, dropped + 1)
