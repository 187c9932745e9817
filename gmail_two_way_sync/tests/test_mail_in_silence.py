"""Importing is silent, changes nothing, and asks for little (C15, C16, C19, C20)."""

from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .common import ANNA, CUSTOMER, mail
from .mail_in_common import MailInCase

FOLLOWER = "follower@outside.example"
READING = {
    *("history.list", "messages.get", "messages.list", "getProfile", "batch"),
    *("settings.sendAs.list", "token", "auth"),
}


class TestSilence(MailInCase):
    def setUp(self):
        super().setUp()
        self.follower = self.contact("Outside", FOLLOWER)
        self.customer.message_subscribe(
            (self.follower | self.customer | self.ben.partner_id).ids
        )

    def test_c15_nothing_leaves_and_nothing_is_answered_by_itself(self):
        away = datetime.now() - timedelta(days=1)
        self.anna.write(
            {
                "out_of_office_from": away,
                "out_of_office_to": away + timedelta(days=9),
                "out_of_office_message": "<p>Away</p>",
            }
        )
        with self.mock_mail_gateway():
            self.receive()
            self.control.send(ANNA, CUSTOMER, "Offer", "x")
            self.sync()
            self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(self.emails_of(self.customer)), 2)
        receivers = {each for sent in self._mails for each in sent["email_to"]}
        self.assertTrue(receivers)  # Ben, by email
        self.assertFalse([each for each in receivers if "northwind" not in each])
        self.assertNotIn(
            "out_of_office", self.customer.message_ids.mapped("message_type")
        )

    def test_c15_followers_inside_by_their_own_preference(self):
        inbox = self._new_user("inbox", "Inbox", "inbox@northwind.example")
        inbox.notification_type = "inbox"
        self.customer.message_subscribe(inbox.partner_id.ids)
        self.customer.message_subscribe(self.anna.partner_id.ids)
        self.receive()
        self.sync()
        notified = {
            each.res_partner_id: each.notification_type
            for each in self.emails_of(self.customer).notification_ids
        }
        self.assertEqual(
            notified, {inbox.partner_id: "inbox", self.ben.partner_id: "email"}
        )

    def test_c15_not_who_got_the_mail(self):
        self.receive(Cc=self.ben.email)
        self.sync()
        self.assertFalse(self.emails_of(self.customer).notification_ids)

    def test_c15_nobody_new_follows(self):
        before = self.customer.message_partner_ids
        self.control.send(ANNA, CUSTOMER, "Offer", "x", cc="new@outside.example")
        self.receive()
        self.sync()
        self.assertEqual(self.customer.message_partner_ids, before)

    def test_c15_five_hundred_messages_at_a_real_mail_server(self):
        server = (
            self.env["ir.mail_server"]
            .sudo()
            .create(
                {
                    "name": "Listener",
                    "smtp_host": "127.0.0.1",
                    "smtp_port": self.sandbox.smtp_port,
                    "smtp_encryption": "none",
                    "sequence": 0,
                }
            )
        )
        self.customer.message_unsubscribe(self.ben.partner_id.ids)
        self.control.deliver_many(
            ANNA,
            [
                mail(CUSTOMER, ANNA, Message_ID=f"<{n}@customer.example>")
                for n in range(500)
            ],
        )
        with patch.object(IrMail_Server, "_disable_send", lambda self: False):
            self.sync()
            self.env["mail.mail"].process_email_queue()
            self.assertEqual(len(self.emails_of(self.customer)), 500)
            self.assertEqual(self.control.outside(), [])
            self.assertFalse(self.control.messages(CUSTOMER))
            # The listener does hear what Odoo sends.
            self.env["mail.mail"].create(
                {
                    "mail_server_id": server.id,
                    "email_from": "office@northwind.example",
                    "email_to": FOLLOWER,
                    "body_html": "x",
                }
            ).send()
        self.assertEqual(len(self.control.outside()), 1)


class TestRecords(MailInCase):
    def with_attachments(self):
        message = EmailMessage(policy=policy.SMTP)
        message["From"], message["To"], message["Subject"] = CUSTOMER, ANNA, "Re: Hello"
        message["Message-ID"] = "<bill@customer.example>"
        message.set_content("Bill 4711, total 99.00")
        schema = b"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
        invoice = b'<?xml version="1.0"?><Invoice xmlns="%s"/>' % schema
        message.add_attachment(invoice, "application", "xml", filename="invoice.xml")
        message.add_attachment(
            b"%PDF-1.4", "application", "pdf", filename="invoice.pdf"
        )
        return message.as_bytes()

    def values_of(self, record):
        """Everything that the record's own table holds."""
        fields = record._fields.values()
        names = [each.name for each in fields if each.store and each.column_type]
        return record.read(names, load=None)

    def test_c15_no_field_of_the_record_changes(self):
        journal = self.env["account.journal"].create(
            {"name": "Bills", "type": "purchase", "code": "GTWS"}
        )
        records = (
            self.env["account.move"].create(
                {"move_type": "in_invoice", "journal_id": journal.id}
            ),
            self.env["crm.lead"].create({"name": "Deal", "email_from": False}),
            self.env["project.task"].create({"name": "Task"}),
            self.customer,
        )
        for record in records:
            with self.subTest(record._name):
                first = self.receive()
                self.sync()
                thread = self.thread_of(first)
                thread.write({"res_model": record._name, "res_id": record.id})
                self.env.flush_all()
                before = self.values_of(record)
                raw = self.with_attachments().replace(
                    b"<bill@", f"<{record._name}@".encode()
                )
                self.control.deliver(ANNA, raw, thread_id=first["thread_id"])
                self.sync()
                self.assertEqual(len(self.emails_of(record)), 2)
                self.assertEqual(len(self.emails_of(record)[-1].attachment_ids), 2)
                self.assertEqual(self.values_of(record), before)

    def test_c15_older_first_within_a_record_newest_records_first(self):
        dora = self.contact("Dora", "dora@other.example", user_id=self.anna.id)
        minute = 60_000
        start = self.control.now_ms() - 100 * minute
        for number, sender in (
            (3, CUSTOMER),
            (1, CUSTOMER),
            (2, dora.email),
            (0, dora.email),
        ):
            self.receive(
                sender, subject=str(number), internal_date=start + number * minute
            )
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["1", "3"])
        self.assertEqual(self.subjects_of(dora), ["0", "2"])
        self.assertLess(
            self.emails_of(self.customer)[-1].id, self.emails_of(dora)[0].id
        )

    def test_c16_what_is_deleted_in_gmail_stays(self):
        message = self.receive()
        self.sync()
        self.control.trash(ANNA, message["id"])
        self.sync()
        self.control.delete(ANNA, message["id"])
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 1)
        self.assertEqual(self.outcome(message), "imported")


class TestRequests(MailInCase):
    def test_c19_nothing_in_the_mailbox_changes(self):
        for content in ({}, {"sender": "x@unknown.example"}, {"labels": ["SPAM"]}):
            self.receive(**content)
        before = self.control.messages(ANNA)
        self.control.clear_requests()
        self.sync()
        made = {each["method"] for each in self.control.requests(account=ANNA)}
        self.assertTrue(made)
        self.assertLessEqual(made, READING)
        self.assertEqual(self.control.messages(ANNA), before)

    def test_c20_only_headers_of_what_matches_nothing(self):
        imported = self.receive()
        noise = [self.receive("x@unknown.example") for _number in range(3)]
        self.control.clear_requests()
        self.sync()
        fetched = {}
        for request in self.control.requests("messages.get", ANNA):
            fetched.setdefault(request["message_id"], []).append(request["format"])
        self.assertEqual(sorted(fetched[imported["id"]]), ["metadata", "raw"])
        for message in noise:
            self.assertEqual(fetched[message["id"]], ["metadata"])

    def test_one_batched_request_per_fifty_headers(self):
        raws = [mail("x@unknown.example", ANNA) for _number in range(120)]
        self.control.deliver_many(ANNA, raws)
        self.control.clear_requests()
        self.sync()
        batches = self.control.requests("batch", ANNA)
        self.assertEqual([each["parts"] for each in batches], [50, 50, 20])
        self.assertEqual(self.control.counts(ANNA)["history.list"], 1)

    def test_an_empty_poll_costs_one_request(self):
        self.sync()
        self.control.clear_requests()
        self.sync()
        self.assertEqual(self.control.counts(ANNA), {"history.list": 1})
