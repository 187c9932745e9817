"""C14: every message of the collection through the whole import."""

import re
import tracemalloc
from datetime import datetime, timedelta

from lxml import html

from odoo.tests import HttpCase

from . import mail_samples
from .common import ANNA, CUSTOMER, GmailCase, mail

FORBIDDEN_TAGS = {
    "applet",
    "base",
    "button",
    "embed",
    "form",
    "frame",
    "iframe",
    "input",
    "link",
    "meta",
    "object",
    "script",
    "style",
    "textarea",
    "title",
}
FORBIDDEN_ADDRESS = re.compile(r"\s*(?:javascript|vbscript|data:(?!image/))", re.I)
ACTIVE_TYPE = re.compile(r"html|svg|xml|javascript")
HARMFUL_NAME = re.compile("[\x00-\x1f\x7f/\\\\\u202a-\u202e\u2066-\u2069]")


class TestMailSamples(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)

    def _import_all(self):
        """Deliver every sample, a second apart, and sync once.

        :return: of each sample the row, its expected date
        """
        thread_id = self._bound_thread()
        begin = datetime.now().replace(microsecond=0)
        found = []
        for number, sample in enumerate(mail_samples.SAMPLES):
            date = begin + timedelta(seconds=number)
            anonymous = sample in mail_samples.ANONYMOUS
            delivered = self.control.deliver(
                ANNA,
                sample.raw,
                internal_date=int(date.timestamp() * 1000),
                thread_id=thread_id if anonymous else None,
            )
            found.append((sample, delivered["id"], date))
        self.sync()
        rows = {row.gmail_message_id: row for row in self.rows(self.account)}
        return [(sample, rows[gmail_id], date) for sample, gmail_id, date in found]

    def _bound_thread(self):
        delivered = self.control.deliver(ANNA, mail(CUSTOMER, ANNA))
        self.sync()
        return delivered["thread_id"]

    def test_c14_every_sample(self):
        for sample, row, date in self._import_all():
            with self.subTest(sample=sample.name):
                message = row.mail_message_ids
                self.assertEqual((row.state, row.error), ("imported", False))
                self.assertEqual(message.res_id, self.customer.id)
                self._check_head(sample, row, message, date)
                self._check_body(sample, message)
                self._check_safe(message)
                self._check_files(sample, message)

    def test_c3_contact_named_but_not_the_sender(self):
        for sample in mail_samples.STRANGERS:
            self.control.deliver(ANNA, sample.raw)
        before = self.customer.message_ids
        self.sync()
        rows = self.rows(self.account)
        self.assertEqual(len(rows), len(mail_samples.STRANGERS))
        self.assertEqual(set(rows.mapped("state")), {"skipped"})
        self.assertEqual(self.customer.message_ids, before)

    def test_c13_same_message_id_twice(self):
        for _time in range(2):
            self.control.deliver(ANNA, mail(CUSTOMER, ANNA, Message_ID="<a@x.example>"))
        self.sync()
        rows = self.rows(self.account)
        self.assertEqual(rows.mapped("state"), ["imported"] * 2)
        self.assertEqual(len(rows.mail_message_ids), 1)

    def test_c14_memory(self):
        """A message is in memory a few times at most while it is read."""
        raw = mail_samples.with_files(2, 1)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.env["gmail.message"]._parse(raw)
        _now, peak = tracemalloc.get_traced_memory()
        self.assertLess(peak, 5 * len(raw))

    def test_c14_exactly_25_mb(self):
        parsed = self.env["gmail.message"]._parse(mail_samples.with_files(24, 1))
        sizes = [len(content) for _name, content, _info in parsed["attachments"]]
        self.assertEqual(sizes, [24 * mail_samples.MEGABYTE, mail_samples.MEGABYTE])
        self.assertNotIn("Gmail", parsed["body"])

    def _check_head(self, sample, row, message, date):
        author = self.customer if sample.is_known_author else self.env["res.partner"]
        self.assertEqual(message.author_id, author)
        self.assertEqual(message.date, date)
        self.assertEqual(message.subject or "", sample.expected_subject)
        self.assertEqual(row.email_from or "", sample.email_from)
        self.assertEqual(row.email_to or "", sample.email_to)

    def _check_body(self, sample, message):
        body = str(message.body or "")
        text = html.fromstring(f"<div>{body}</div>").text_content()
        for words in sample.has:
            self.assertIn(words, text)
        for words in sample.lacks:
            self.assertNotIn(words, text)
        for markup in sample.markup:
            self.assertIn(markup, body)
        for markup in sample.no_markup:
            self.assertNotIn(markup, body)

    def _check_safe(self, message):
        """Nothing in the body acts, whatever the sample is about."""
        for element in html.fromstring(f"<div>{message.body or ''}</div>").iter():
            self.assertNotIn(element.tag, FORBIDDEN_TAGS)
            for name, value in element.attrib.items():
                self.assertFalse(name.startswith("on") or name == "srcdoc", name)
                self.assertIsNone(FORBIDDEN_ADDRESS.match(value), value)
        for attachment in message.attachment_ids:
            self.assertIsNone(ACTIVE_TYPE.search(attachment.mimetype))
            self.assertIsNone(HARMFUL_NAME.search(attachment.name))

    def _check_files(self, sample, message):
        files = message.attachment_ids
        self.assertCountEqual(
            [(each.name, each.file_size) for each in files],
            [(each.name, each.size) for each in sample.files],
        )
        types = {(each.name, each.mimetype) for each in files}
        for file in sample.files:
            if file.mimetype:
                self.assertIn((file.name, file.mimetype), types)
        shown = re.findall(r"/web/image/(\d+)\?access_token=", str(message.body))
        self.assertEqual(len(shown), sample.images)
        self.assertLessEqual(set(map(int, shown)), set(message.attachment_ids.ids))


class TestServedFiles(GmailCase, HttpCase):
    """What a browser gets when somebody opens an attachment."""

    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)
        self.authenticate("anna", "anna" + "x" * 4)

    def _imported(self, name):
        [sample] = [each for each in mail_samples.KNOWN if each.name == name]
        self.control.deliver(ANNA, sample.raw)
        self.sync()
        return self.rows(self.account).mail_message_ids

    def test_c14_active_content_is_served_as_text(self):
        for name in ("page attached", "SVG attached", "name that is a data address"):
            with self.subTest(sample=name):
                attachment = self._imported(name).attachment_ids.sorted()[-1]
                answer = self.url_open(f"/web/content/{attachment.id}")
                self.assertIn(b"alert(1)", answer.content)
                self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_c14_picture_in_the_body_is_served(self):
        body = str(self._imported("picture once").body)
        path = re.search(r'src="(/web/image/[^"]+)"', body)[1]
        self.assertEqual(self.url_open(path).content, mail_samples.PNG)
