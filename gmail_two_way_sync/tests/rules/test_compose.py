"""What leaves is what was written: MIME built, then read back by another parser."""

import email
from dataclasses import replace
from datetime import datetime
from email import policy

from ...rules import addresses, compose, envelope
from ...rules.addresses import Address
from ...rules.compose import Part, Unsendable
from .common import TableCase

SAM = Address("Sam Seller", "sam@ourfirm.example")
ANN = Address("Ann Lee", "ann@customer.example")
PIXELS = b"\x89PNG\r\n\x1a\n\x00\xff"
PICTURE = Part("logo.png", PIXELS, "image/png", "image7@attachment")
OFFER = Part("offer.pdf", b"%PDF-1.7\r\n\x00\xff" * 500, "application/pdf")
DRAFT = compose.Draft(
    sender=SAM,
    to=(ANN,),
    cc=(),
    bcc=(),
    subject="Offer",
    html="<div>Grüße</div>",
    text="Grüße",
    date=datetime(2026, 11, 2, 12, 0),
    key="k-123",
)


def parsed(draft):
    return email.message_from_bytes(compose.build(draft), policy=policy.default)


def shape(message):
    """Return the MIME tree as nested (type, children)."""
    children = message.iter_parts() if message.is_multipart() else ()
    return message.get_content_type(), [shape(part) for part in children]


def sent_envelope(draft):
    pairs = [(name, str(value)) for name, value in headers_of(draft)]
    return envelope.from_headers("g", "t", (), draft.date, 1, pairs)


def headers_of(draft):
    raw = compose.build(draft)
    return email.message_from_bytes(raw, policy=policy.compat32).items()


def body_of(message, kind):
    content = message.get_body((kind,)).get_content()
    return content.replace("\r\n", "\n").removesuffix("\n")


class TestStructure(TableCase):
    def test_b2_tree(self):
        text = [("text/plain", []), ("text/html", [])]
        related = ("multipart/related", [text[1], ("image/png", [])])
        alternative = ("multipart/alternative", [text[0], related])
        pdf = ("application/pdf", [])
        table = [
            ({}, ("multipart/alternative", text)),
            ({"images": (PICTURE,)}, alternative),
            (
                {"attachments": (OFFER,)},
                ("multipart/mixed", [("multipart/alternative", text), pdf]),
            ),
            (
                {"images": (PICTURE,), "attachments": (OFFER, OFFER)},
                ("multipart/mixed", [alternative, pdf, pdf]),
            ),
        ]
        self.check(lambda parts: shape(parsed(replace(DRAFT, **parts))), table)

    def test_b2_only_the_usual_headers(self):
        draft = replace(
            DRAFT,
            **{"cc": (ANN,), "bcc": (ANN,), "message_id": "<a@x>"},
            **{"in_reply_to": "<b@x>", "references": ("<b@x>",)},
        )
        self.assertEqual(
            {name.lower() for name, _value in headers_of(draft)},
            set("from to cc bcc subject date message-id in-reply-to references".split())
            | {"mime-version", "content-type", "x-gmail-two-way-sync-key"},
        )
        self.assertEqual(
            {name for name, _value in headers_of(DRAFT)}
            & {"Cc", "Bcc", "Message-ID", "In-Reply-To", "References"},
            set(),
        )

    def test_values(self):
        message = parsed(DRAFT)
        self.assertEqual(message["From"], "Sam Seller <sam@ourfirm.example>")
        self.assertEqual(message["Date"], "Mon, 02 Nov 2026 12:00:00 +0000")
        self.assertEqual(message[envelope.SENDING_KEY_HEADER], "k-123")
        self.assertEqual(message["MIME-Version"], "1.0")

    def test_texts_survive(self):
        texts = [
            "Hello",
            "Grüße aus Köln",
            "山田さん、こんにちは" * 50,
            "x" * 5000,
            "a line\n\n.\nFrom here\n-- \nSam",
            "🎉 emoji",
            "",
        ]
        for text in texts:
            with self.subTest(text=text[:20]):
                draft = replace(DRAFT, text=text, html=f"<p>{text}</p>")
                message = parsed(draft)
                self.assertEqual(body_of(message, "plain"), text)
                self.assertEqual(body_of(message, "html"), f"<p>{text}</p>")
                self.assert_well_formed(compose.build(draft))

    def test_lone_surrogates_do_no_harm(self):
        draft = replace(DRAFT, text="a\ud800", html="<p>\udfff</p>", subject="b\ud800")
        self.assertEqual(parsed(draft)["Subject"], "b?")

    def test_files_survive(self):
        draft = replace(DRAFT, images=(PICTURE,), attachments=(OFFER,))
        picture, offer = [part for part in parsed(draft).walk() if part.get_filename()]
        self.assertEqual(picture.get_content(), PIXELS)
        self.assertEqual(picture["Content-ID"], "<image7@attachment>")
        self.assertEqual(picture.get_content_disposition(), "inline")
        self.assertEqual(offer.get_content(), OFFER.content)
        self.assertEqual(offer["Content-Transfer-Encoding"], "base64")
        self.assertTrue(offer.is_attachment())

    def test_file_names(self):
        table = [
            ("offer.pdf", "offer.pdf"),
            ('my "best" \\ offer; v=2.pdf', 'my "best" \\ offer; v=2.pdf'),
            ("Größe.pdf", "Größe.pdf"),
            ("見積書" * 40 + ".pdf", "見積書" * 40 + ".pdf"),
            ("long " * 60 + ".pdf", "long " * 60 + ".pdf"),
            ("100%.pdf", "100%.pdf"),
            ("=?utf-8?q?odd?=.pdf", "=?utf-8?q?odd?=.pdf"),
            ("a\r\nX-Evil: 1\r\n\r\n.pdf", "a X-Evil: 1 .pdf"),
            ("", "attachment"),
        ]
        for name, expected in table:
            with self.subTest(name=name):
                draft = replace(DRAFT, attachments=(replace(OFFER, name=name),))
                (part,) = parsed(draft).iter_attachments()
                self.assertEqual(part.get_filename(), expected)
                self.assertNotIn("X-Evil", part)
                self.assert_well_formed(compose.build(draft))

    def test_old_programs_read_the_name_too(self):
        draft = replace(DRAFT, attachments=(replace(OFFER, name="Größe.pdf"),))
        self.assertIn(b'name="=?utf-8?b?R3LDtsOfZS5wZGY=?="', compose.build(draft))

    def test_media_types(self):
        octets = "application/octet-stream"
        table = [
            ("application/pdf", "application/pdf"),
            ("Text/Plain; charset=latin1", "text/plain"),
            ("message/rfc822", octets),
            ("multipart/mixed", octets),
            ("pdf", octets),
            ("", octets),
            ("text/x\r\nX-Evil: 1", octets),
        ]
        for mimetype, expected in table:
            with self.subTest(mimetype=mimetype):
                file = replace(OFFER, mimetype=mimetype)
                raw = compose.build(replace(DRAFT, attachments=(file,)))
                message = email.message_from_bytes(raw, policy=policy.default)
                (part,) = message.iter_attachments()
                self.assertEqual(part.get_content_type(), expected)
                self.assertEqual(part.get_payload(decode=True), OFFER.content)

    def assert_well_formed(self, raw):
        """RFC 5322: CRLF only, ASCII only, lines below 998."""
        self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
        self.assertTrue(raw.isascii())
        self.assertLess(max(map(len, raw.split(b"\r\n"))), 998)


class TestHeaders(TableCase):
    def test_b1_names_survive(self):
        names = [
            "",
            "Ann Lee",
            "Lee, Ann",
            'Ann "Ace" Lee',
            "Ann \\ Lee",
            "Ann (Sales)",
            "O'Neil & Söhne, GmbH",
            "🎉 Party; <b@x.com>",
            "ann@other.example",
            "山田太郎" * 30,
            "Long " * 40 + "Name",
            "=?utf-8?q?odd?=",
        ]
        for name in names:
            with self.subTest(name=name):
                address = Address(name, "ann@customer.example")
                found = sent_envelope(replace(DRAFT, sender=address, to=(address,)))
                self.assertEqual(found.sender, address)
                self.assertEqual(found.to, (address,))

    def test_b1_many_recipients(self):
        many = tuple(Address(f"Größe, {i} 🎉", f"no{i}@x.com") for i in range(50))
        found = sent_envelope(
            replace(DRAFT, to=many[:20], cc=many[20:40], bcc=many[40:])
        )
        self.assertEqual(found.recipients, many)

    def test_b1_another_parser_agrees_on_recipients(self):
        many = tuple(Address(f"Müller, {i}", f"no{i}@x.com") for i in range(50))
        message = parsed(replace(DRAFT, to=many))
        self.assertEqual(
            [one.addr_spec for one in message["To"].addresses],
            [one.email for one in many],
        )

    def test_international_domains_go_out_in_ascii(self):
        table = [
            ("ann@müller.example", "ann@xn--mller-kva.example"),
            ("ann@straße.example", "ann@xn--strae-oqa.example"),
            ("Ann.Lee+x@x.com", "Ann.Lee+x@x.com"),
            ('"ann lee"@x.com', '"ann lee"@x.com'),
        ]
        self.check(
            lambda written: (
                sent_envelope(replace(DRAFT, to=(Address("", written),))).to[0].email
            ),
            table,
        )

    def test_unsendable_addresses(self):
        hostile = [
            "",
            "ann",
            "änn@x.com",
            "a@x.com\r\nBcc: eve@x.com",
            "a@x.com\n",
            '"a\r\nBcc: eve"@x.com',
            "a\x00b@x.com",
            "a@x.com, b@x.com",
            "a@" + "ü" * 70 + ".example",
            "a" * 250 + "@x.com",
        ]
        for written in hostile:
            for field in ("to", "cc", "bcc"):
                with self.subTest(written=written, field=field):
                    with self.assertRaises(Unsendable) as caught:
                        draft = replace(DRAFT, **{field: (Address("", written),)})
                        compose.build(draft)
                    self.assertEqual(caught.exception.address, written)
                    self.assertTrue(caught.exception.detail)

    def test_unsendable_messages(self):
        broken = [
            {"to": ()},
            {"key": ""},
            {"key": "k\r\nBcc: eve@x.com"},
            {"images": (replace(PICTURE, cid=""),)},
            {"images": (replace(PICTURE, cid="a>\r\nX: <b"),)},
        ]
        for change in broken:
            with self.subTest(change=change), self.assertRaises(Unsendable) as caught:
                compose.build(replace(DRAFT, **change))
            self.assertEqual(caught.exception.address, "")

    def test_bcc_alone_is_enough(self):
        found = sent_envelope(replace(DRAFT, to=(), bcc=(ANN,)))
        self.assertEqual((found.to, found.bcc), ((), (ANN,)))

    def test_hostile_names_and_subjects_stay_on_their_line(self):
        evil = "x\r\nBcc: eve@x.com\r\n\r\n<p>"
        found = sent_envelope(
            replace(DRAFT, subject=evil, to=(Address(evil, "ann@x.com"),))
        )
        self.assertEqual(found.subject, "x Bcc: eve@x.com <p>")
        self.assertEqual(found.to, (Address("x Bcc: eve@x.com <p>", "ann@x.com"),))
        self.assertEqual(found.bcc, ())

    def test_subjects_survive(self):
        for subject in [
            "Offer",
            "Re: Größe 🎉",
            "word " * 60 + "end",
            "x" * 1500,
            "山田" * 200,
            "=?utf-8?q?odd?=",
            "",
        ]:
            with self.subTest(subject=subject[:20]):
                draft = replace(DRAFT, subject=subject)
                self.assertEqual(sent_envelope(draft).subject, subject)
                self.assertEqual(str(parsed(draft)["Subject"]), subject)
                longest = max(map(len, compose.build(draft).split(b"\r\n")))
                self.assertLessEqual(longest, 78)

    def test_b3_message_ids_survive(self):
        long = f"<{'x' * 200}@mail.example>"
        found = sent_envelope(
            replace(
                DRAFT, message_id=long, in_reply_to=long, references=("<a@x>", long)
            )
        )
        self.assertEqual((found.message_id, found.in_reply_to), (long, long))
        self.assertEqual(found.references, ("<a@x>", long))

    def test_b3_of_many_references_the_first_and_the_newest(self):
        ids = tuple(f"<{i}@x>" for i in range(100))
        found = sent_envelope(replace(DRAFT, references=ids))
        self.assertEqual(found.references, (ids[0], *ids[-19:]))

    def test_unusable_message_ids_are_left_out(self):
        ids = ("<a@x>", "b@x", "<c @x>", "<d@x>\r\nBcc: e@x", "<ü@x>", "")
        found = sent_envelope(replace(DRAFT, references=ids, in_reply_to="b@x"))
        self.assertEqual((found.references, found.bcc), (("<a@x>",), ()))


class TestSize(TableCase):
    def test_b6_size_is_exact(self):
        files = [b"", b"x", b"x" * 56, b"x" * 57, b"x" * 58, b"x" * 100_003]
        for content in files:
            with self.subTest(length=len(content)):
                draft = replace(
                    DRAFT,
                    images=(replace(PICTURE, content=content),),
                    attachments=(OFFER, replace(OFFER, content=content)),
                )
                size = compose.encoded_size(draft)
                self.assertEqual(size, len(compose.build(draft)))

    def test_b6_limit(self):
        self.assertEqual(compose.MAX_ENCODED_SIZE, 26_214_400)
        file = replace(OFFER, content=bytes(19 * 1024 * 1024))
        draft = replace(DRAFT, attachments=(file,))
        self.assertGreater(compose.encoded_size(draft), compose.MAX_ENCODED_SIZE)


class TestThreadHeaders(TableCase):
    def test_b3_thread_headers(self):
        table = [
            (((), ""), ("", ())),
            (((), "<a@x>"), ("<a@x>", ("<a@x>",))),
            ((("<a@x>",), "<b@x>"), ("<b@x>", ("<a@x>", "<b@x>"))),
            ((("<a@x>", "<b@x>"), ""), ("<b@x>", ("<a@x>", "<b@x>"))),
            ((("<a@x>", "<b@x>"), "<a@x>"), ("<a@x>", ("<b@x>", "<a@x>"))),
            ((("<a@x>", "<a@x>", ""), "<b@x>"), ("<b@x>", ("<a@x>", "<b@x>"))),
        ]
        self.check(lambda given: compose.thread_headers(*given), table)

    def test_c18_own_address_is_recognised_after_sending(self):
        written = Address("Sam", "Sam.Seller+crm@GoogleMail.com")
        found = sent_envelope(replace(DRAFT, sender=written))
        self.assertEqual(addresses.match_key(found.sender.email), "samseller@gmail.com")
