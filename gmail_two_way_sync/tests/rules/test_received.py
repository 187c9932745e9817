"""Content of received messages (C14), without Odoo; mail_samples has whole messages."""

import time
import tracemalloc
from email.message import Message

from ...rules import (
    envelope,
    file_names,
    headers,
    received,
    received_html,
    received_text,
)
from .common import TableCase

PAGE = b"Content-Type: text/html\n\n"


def _flowed(more: str = "") -> Message:
    fields = Message()
    fields["Content-Type"] = f"text/plain; format=flowed{more}"
    return fields


class TestReceived(TableCase):
    def test_c14_charset_against_the_declared_one(self):
        self.check(
            lambda given: headers.decode_bytes(*given),
            [
                ((b"Gr\xfc\xdfe", "utf-8"), "Grüße"),
                (("Grüße".encode(), "iso-8859-7x"), "Grüße"),
                (("Grüße".encode() + b"\xc3", "utf-8"), "Grüße\ufffd"),
                ((b"\xa4\xcf\xa4", "euc-jp"), "は\ufffd"),
                ((b"Gr\xfc\xdfe", '"iso-8859-1"'), "Grüße"),
                ((b"a-b", "punycode"), "a-b"),
                ((b"a", "rot13"), "a"),
                ((b"", ""), ""),
            ],
        )

    def test_c14_headers_of_a_message(self):
        self.check(
            envelope.headers_of,
            [
                (b"Subject: Gr\xfc\xdfe\n\nTo: body", [("Subject", "Grüße")]),
                ("Subject: Grüße\r\n\r\n".encode(), [("Subject", "Grüße")]),
                (b"A: 1\r\n 2\r\nB: 3", [("A", "1\r\n 2"), ("B", "3")]),
                (b"\nSubject: body\n\n", []),
                (b"", []),
            ],
        )

    def test_c14_no_half_pairs(self):
        headers.decode_bytes(b"one +2AA- two", "utf-7").encode()

    def test_c14_file_names(self):
        self.check(
            file_names.cleaned,
            [
                ("offer.pdf", "offer.pdf"),
                ("a/b\\c.pdf", "c.pdf"),
                ("folder/", "folder"),
                ("..", ""),
                (" a\r\nb ", "a b"),
                ("\u202egnp.exe", "gnp.exe"),
                ("data:text/xsl,a", "xsl,a"),
                ("שלום.pdf", "שלום.pdf"),
                ("a" * 200, "a" * 150),
                ("a." + "b" * 200, "a." + "b" * 148),
            ],
        )

    def test_c14_default_names(self):
        self.check(
            lambda given: file_names.default(*given),
            [
                (("image/png", ""), "image.png"),
                (("application/x-nobody-knows", ""), "attachment"),
                (("text/calendar", ""), "invite.ics"),
                (("message/rfc822", "Re: a/b?"), "b_.eml"),
                (("message/rfc822", ""), "message.eml"),
                (("message/delivery-status", ""), "delivery-status.txt"),
            ],
        )

    def test_c14_flowed_text(self):
        self.check(
            lambda given: received_text.unflowed(given, _flowed()),
            [
                ("one \ntwo", "one two"),
                ("one\ntwo", "one\ntwo"),
                ("> one \n> two \nthree", "> one two \nthree"),
                (">> one \n> two", ">> one \n> two"),
                (" >no quote", ">no quote"),
                ("one \n-- \nme", "one \n-- \nme"),
            ],
        )
        joined = received_text.unflowed("one \ntwo", _flowed("; delsp=yes"))
        self.assertEqual(joined, "onetwo")

    def test_c14_text_that_is_not_flowed(self):
        self.assertEqual(received_text.unflowed("one \ntwo", Message()), "one \ntwo")

    def test_c14_charset_of_the_page(self):
        self.check(
            received_html.declared_charset,
            [
                (b"<meta charset=koi8-r>", "koi8-r"),
                (b"<META content='text/html; charset=\"big5\"'>", "big5"),
                (b"<p>charset=big5</p>", ""),
                (b"x" * 5000 + b"<meta charset=big5>", ""),
            ],
        )

    def test_c14_salvaged_text(self):
        self.check(
            received.salvage,
            [
                (b"Subject: x\n\n--b\nContent-Type: text/plain\n\nHi\n--b--\n", "Hi"),
                (b"Content-Type: text/html\n\n<b>Hi</b> you", "Hi you"),
                (
                    b"Content-Transfer-Encoding: base64\n"
                    b"Content-Type: text/plain; charset=utf-8\n\nR3LDvMOfZQ==",
                    "Grüße",
                ),
                (b"Subject: no text\n\n", ""),
                (
                    b"Content-Type: message/rfc822\nContent-Type: text/plain\n\n"
                    + b"Content-Type: message/rfc822\n\n" * 3000,
                    "Content-Type: message/rfc822\n\n" * 3000,
                ),
                (b"\0\xff", ""),
            ],
        )

    def test_c14_too_many_parts(self):
        part = b"--b\nContent-Type: a/b; name=x\n\nx\n"
        head = b"Content-Type: multipart/mixed; boundary=b\n\n"
        many = head + part * (received.MAX_PARTS + 1)
        self.assertRaises(received.TooManyParts, received.read, many)
        enough = received.read(head + part * received.MAX_PARTS)
        self.assertEqual(len(list(enough.message.iter_parts())), received.MAX_PARTS)

    def test_c14_many_texts_are_as_long_as_one(self):
        part = b"--b\n\n" + b"word " * (received.MAX_TEXT // 10) + b"\n"
        head = b"Content-Type: multipart/mixed; boundary=b\n\n"
        self.assertFalse(received.read(head + part * 2).is_shortened)
        content = received.read(head + part * 4)
        self.assertTrue(content.is_shortened)
        names = [part.get_filename() for part in content.message.iter_parts()]
        self.assertEqual(names, [None, None, "message.txt", "message.txt"])

    def test_c14_encrypted_only_if_nothing_can_be_read(self):
        kind = b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n"
        self.assertTrue(received.read(kind + b"Content-Type: a/b\n\nx").is_encrypted)
        self.assertFalse(received.read(kind + b"\nReadable").is_encrypted)

    def test_c14_hostile_pages_take_no_time(self):
        size = received.MAX_TEXT
        for piece in (b"<", b"<a ", b"< ", b"<!--", b"<o:", b"<div>", b"<p style='a:"):
            with self.subTest(piece=piece):
                begin = time.monotonic()
                received.read(PAGE + piece * (size // len(piece)))
                self.assertLess(time.monotonic() - begin, 5)

    def test_c14_memory(self):
        """The files of a message are not copied: parsing it takes what it takes."""
        line = b"A" * 76 + b"\r\n"
        raw = b"Content-Type: application/x-b\r\n\r\n" + line * 50_000
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        content = received.read(raw)
        _now, peak = tracemalloc.get_traced_memory()
        self.assertEqual(len(list(content.message.iter_parts())), 1)
        self.assertLess(peak, 4 * len(raw))
