"""Links to Gmail and Message-IDs, as people paste them (E4)."""

from ...rules.gmail_links import Reference, reference_of, url_of
from .common import TableCase

MAIL = "https://mail.google.com/mail/u/0/"
TOKEN = "FMfcgzGkZsxGtDXDwKDCpdgwWvgqwDnG"  # f:1708612345678901234
HEX = f"{1708612345678901234:x}"
LOCAL = "KtbxLxgNKCnmFfFBWnqSKLcxsmwNxpWqLq"  # a:r7301234567890123456


class TestGmailLinks(TableCase):
    def test_e4_pasted_references(self):
        table = [
            # Gmail's address bar
            (f"{MAIL}#inbox/{TOKEN}", Reference(gmail_id=HEX)),
            (f"  {MAIL}?tab=rm&ogbl#inbox/{TOKEN}\n", Reference(gmail_id=HEX)),
            (f"{MAIL}#label/Customers%2FNew/{TOKEN}", Reference(gmail_id=HEX)),
            (f"{MAIL}#search/from%3Acarla/{TOKEN}", Reference(gmail_id=HEX)),
            (f"{MAIL}#inbox/{TOKEN}?compose=new", Reference(gmail_id=HEX)),
            (TOKEN, Reference(gmail_id=HEX)),
            # the same with its kind written out
            (
                f"{MAIL}#inbox/NHgvNZFVxQXXXjLLhkPnPjXfJbQxJJdhKtrZhMHRlSV",
                Reference(gmail_id=HEX),
            ),
            # old addresses, those of the API, and our own
            (f"{MAIL}#all/18b2c3d4e5f60718", Reference(gmail_id="18b2c3d4e5f60718")),
            ("18b2c3d4e5f60718", Reference(gmail_id="18b2c3d4e5f60718")),
            (
                url_of("anna+x@northwind.example", "18b2c3d4e5f60718"),
                Reference(gmail_id="18b2c3d4e5f60718"),
            ),
            # print view and "show original": the message rather than its thread
            (
                f"{MAIL}?view=pt&permthid=thread-f:17&simpl=msg-f:1708612345678901234",
                Reference(gmail_id=HEX),
            ),
            (
                f"{MAIL}?permthid=thread-f%3A1708612345678901234",
                Reference(gmail_id=HEX),
            ),
            # threads that the API does not know by that name
            (f"{MAIL}#sent/{LOCAL}", Reference(is_local=True)),
            (
                f"{MAIL}?permthid=thread-a:r-12&simpl=msg-a:r7",
                Reference(is_local=True),
            ),
            # Message-IDs
            (
                "<CA+x@mail.gmail.com>",
                Reference(message_id="<CA+x@mail.gmail.com>"),
            ),
            ("CA+x@mail.gmail.com", Reference(message_id="<CA+x@mail.gmail.com>")),
            ("Message-ID: <a@b.example>", Reference(message_id="<a@b.example>")),
            # nothing
            ("", Reference()),
            ("hello", Reference()),
            (MAIL, Reference()),
            (f"{MAIL}#inbox", Reference()),
            (f"{MAIL}#inbox/BBBBBBBBBBBB", Reference()),
            ("https://www.example.com/schema:r1", Reference()),
            ("https://www.example.com/?a=<x@y.example>", Reference()),
            ("thread-f:" + "9" * 30, Reference()),
        ]
        self.check(reference_of, table)

    def test_e4_own_link_names_the_mailbox(self):
        self.assertEqual(
            url_of("a+b@x.example", "18b2"),
            "https://mail.google.com/mail/?authuser=a%2Bb%40x.example#all/18b2",
        )
