"""Header sets as Gmail hands them out."""

from datetime import datetime

from ...rules import envelope, headers
from ...rules.addresses import Address
from .common import TableCase

NOON = datetime(2026, 11, 2, 12, 0)
RECEIVED = [
    ("Delivered-To", "sam@ourfirm.example"),
    ("Received", "by 2002:a05:6a10:1 with SMTP id k1; Mon, 2 Nov 2026 03:59:58 -0800"),
    ("Return-Path", "<ann@customer.example>"),
    ("From", "=?iso-8859-1?Q?Ann_L=FCe?= <ann@Customer.example>"),
    ("To", '"Seller, Sam" <sam@ourfirm.example>'),
    ("CC", "Bo <bo@customer.example>, Team: x@ourfirm.example;"),
    ("Subject", "=?utf-8?Q?Re:_Gr=C3?= =?utf-8?Q?=B6=C3=9Fe?="),
    ("Message-Id", "<CAF1@mail.customer.example>"),
    ("In-Reply-To", "<CAE0@mail.gmail.com>"),
    ("References", "<first@x.example>\r\n <CAE0@mail.gmail.com>"),
    ("Content-Type", 'multipart/alternative; boundary="b1"'),
]


def read(*pairs, labels=("INBOX",)):
    return envelope.from_headers("g1", "t1", labels, NOON, 4321, pairs)


class TestEnvelope(TableCase):
    def test_received_mail(self):
        found = read(*RECEIVED)
        self.assertEqual((found.gmail_id, found.thread_id), ("g1", "t1"))
        self.assertEqual((found.date, found.size), (NOON, 4321))
        self.assertEqual(found.sender, Address("Ann Lüe", "ann@customer.example"))
        self.assertEqual(found.to, (Address("Seller, Sam", "sam@ourfirm.example"),))
        self.assertEqual([cc.name for cc in found.cc], ["Bo", ""])
        self.assertEqual(found.recipients, found.to + found.cc)
        self.assertEqual(found.delivered_to[0].email, "sam@ourfirm.example")
        self.assertEqual(found.subject, "Re: Größe")
        self.assertEqual(found.message_id, "<CAF1@mail.customer.example>")
        self.assertEqual(found.in_reply_to, "<CAE0@mail.gmail.com>")
        self.assertEqual(
            found.references, ("<first@x.example>", "<CAE0@mail.gmail.com>")
        )
        self.assertFalse(found.is_delivery_report or found.is_automatic)

    def test_nothing_at_all(self):
        found = read(labels=())
        self.assertIsNone(found.sender)
        self.assertEqual(found.recipients + found.delivered_to, ())
        self.assertEqual(found.subject + found.message_id + found.in_reply_to, "")
        self.assertEqual(found.sending_key + found.odoo_objects, "")
        self.assertEqual(found.references, ())
        self.assertFalse(found.is_delivery_report or found.is_automatic)

    def test_repeated_headers(self):
        found = read(
            *[("From", "a@x.com"), ("FROM", "b@x.com"), ("to", "c@x.com")],
            *[("To", "d@x.com"), ("Subject", "one"), ("subject", "two")],
        )
        self.assertEqual(found.sender.email, "a@x.com")
        self.assertEqual([to.email for to in found.to], ["c@x.com", "d@x.com"])
        self.assertEqual(found.subject, "one")

    def test_b8_own_marks_survive(self):
        found = read(
            ("x-gmail-two-way-sync-key", " k-123 "),
            ("X-Odoo-Objects", "sale.order-7"),
            ("Bcc", "c@x.com"),
        )
        self.assertEqual(found.sending_key, "k-123")
        self.assertEqual(found.odoo_objects, "sale.order-7")
        self.assertEqual(found.recipients, (Address("", "c@x.com"),))

    def test_c1_labels(self):
        table = [
            (("DRAFT",), "is_draft"),
            (("SPAM", "UNREAD"), "is_spam"),
            (("TRASH",), "is_trash"),
            (("CHAT",), "is_chat"),
            (("SENT", "INBOX"), "is_sent_label"),
            (("INBOX", "Label_SPAM"), None),
        ]
        names = ("is_draft", "is_spam", "is_trash", "is_chat", "is_sent_label")
        for labels, expected in table:
            with self.subTest(labels=labels):
                found = read(labels=labels)
                true = [name for name in names if getattr(found, name)]
                self.assertEqual(true, [expected] if expected else [])

    def test_message_ids(self):
        table = [
            ("<a@x>", ("<a@x>",)),
            ("<a@x> <b@x>", ("<a@x>", "<b@x>")),
            ("<a@x><b@x>,<a@x>", ("<a@x>", "<b@x>")),
            ("<long-part\r\n -rest@x>", ("<long-part-rest@x>",)),
            ("(was <old@x>) <new@x> (added by mx@y)", ("<new@x>",)),
            ('Your mail of "Mon, 2 Nov" <a@x>', ("<a@x>",)),
            ("a@x", ("<a@x>",)),
            ("<a@x", ("<a@x>",)),
            ("a@x b@x", ("<a@x>", "<b@x>")),
            ("<(odd)[id]@x>", ("<(odd)[id]@x>",)),
            ("<20261102>", ("<20261102>",)),
            ("<>", ()),
            ("garbage", ()),
            ("", ()),
            (f"<{'x' * 995}@y> <a@x>", (f"<{'x' * 995}@y>", "<a@x>")),
            (f"<{'x' * 996}@y> <a@x>", ("<a@x>",)),
            (f"<{'ü' * 600}@y>", ()),
        ]
        self.check(headers.message_ids, table)

    def test_references_then_in_reply_to_each_once(self):
        found = read(
            ("In-Reply-To", "<c@x> <a@x>"), ("References", "<a@x> <b@x> <a@x>")
        )
        self.assertEqual(found.references, ("<a@x>", "<b@x>", "<c@x>"))
        self.assertEqual(found.in_reply_to, "<c@x>")

    def test_is_automatic(self):
        table = [
            (("Auto-Submitted", "auto-replied"), True),
            (("Auto-Submitted", "auto-generated; owner=x"), True),
            (("Auto-Submitted", "no"), False),
            (("Auto-Submitted", "No; because"), False),
            (("Precedence", "Bulk"), True),
            (("Precedence", "first-class"), False),
            (("X-Autoreply", "yes"), True),
            (("X-Autoreply", "no"), False),
            (("List-Id", "<news.x.example>"), True),
            (("Return-Path", "<>"), True),
            (("Return-Path", "<ann@x.com>"), False),
            (("X-Auto-Response-Suppress", "All"), False),
        ]
        self.check(lambda pair: read(pair).is_automatic, table)

    def test_b9_is_delivery_report(self):
        daemon = ("From", "Mail Delivery System <MAILER-DAEMON@mx.example>")
        self.assertTrue(read(daemon).is_delivery_report)
        self.assertFalse(read(("From", "ann@x.com")).is_delivery_report)

    def test_c14_f1_nothing_that_a_database_refuses(self):
        """One such message would stop its whole mailbox."""
        odd = "<\udcc3\udcbc\ud83d@x.example>"
        names = ("From", "To", "Cc", "Bcc", "Delivered-To", "Subject", "Message-ID")
        names += ("In-Reply-To", "References", "X-Odoo-Objects")
        found = read(*((name, odd) for name in (*names, headers.SENDING_KEY_HEADER)))
        people = (found.sender, *found.recipients, *found.delivered_to)
        ids = (found.message_id, found.in_reply_to, *found.references)
        marks = (found.subject, found.sending_key, found.odoo_objects)
        self.assertEqual((len(people), len(ids)), (5, 3))
        for text in (*map(str, people), *ids, *marks):
            self.assertTrue(text.encode())  # half a surrogate pair would raise

    def test_never_raises(self):
        rows = [
            [("From", "\udcff\udc80 <a@x.com>"), ("Subject", "\udce4\x00b")],
            [("", ""), ("Message-ID", "<\x00@\udcff>"), ("Content-Type", "multipart")],
            [("Subject", None), ("To", "=?utf-8?B?" + "=" * 50 + "?=")],
        ]
        for pairs in rows:
            with self.subTest(pairs=pairs):
                self.assertEqual(read(*pairs).gmail_id, "g1")
        self.assertEqual(read(*rows[0]).subject, "ä b")
