"""The webmail, as a browser without scripts uses it."""

from __future__ import annotations

import html
import re
import time

import pytest
import requests

from ..control_client import ControlClient
from . import ANN, BOB, mail

PNG = ("dot.png", "image/png", b"\x89PNG\r\n" + b"\0" * 50)
INLINE = b"""From: carl@else.example
To: ann@acme.example
Subject: Picture
MIME-Version: 1.0
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p onclick="x()">Look</p><script>alert(1)</script><img src="cid:pic@x">
<div class="gmail_quote">old words</div>
--b
Content-Type: image/png
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b--
"""


class Browser:
    """Follows links and submits the forms of pages."""

    def __init__(self, control: ControlClient) -> None:
        self.base = control.base_url
        self.session = requests.Session()

    def get(self, path: str, status: int = 200) -> str:
        answer = self.session.get(self.base + path, timeout=10)
        assert answer.status_code == status
        return answer.text

    def post(self, path: str, **options) -> requests.Response:
        answer = self.session.post(self.base + path, timeout=10, **options)
        assert answer.status_code == 200
        return answer

    def form(self, page: str) -> dict[str, str]:
        """The values of the page's main form."""
        body = page.partition('class="compose"')[2]
        fields = re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', body)
        return {name: html.unescape(value) for name, value in fields}


@pytest.fixture
def browser(control):
    return Browser(control)


def test_accounts_page(control, browser):
    control.deliver(ANN, mail())
    page = browser.get("/")
    assert "stand-in for Google" in page
    assert ANN in page and BOB in page and "1 new" in page


def test_adding_a_mailbox(control, browser):
    form = {"email": "New@Customer.example", "name": "New Customer"}
    page = browser.post("/accounts", data=form).text
    assert "New Customer" in page
    assert control.account("new@customer.example")["name"] == "New Customer"
    assert "not an email" in browser.post("/accounts", data={"email": "x"}).text
    assert (
        "taken" in browser.post("/accounts", data={"email": "ann+x@acme.example"}).text
    )


def test_folders(control, browser):
    for name, labels in {
        "Inboxed": ["INBOX", "UNREAD"],
        "Sent one": ["SENT"],
        "Spammy": ["SPAM"],
        "Trashed": ["TRASH"],
    }.items():
        control.deliver(ANN, mail(subject=name), labels=labels)
    shown = {
        "inbox": {"Inboxed"},
        "sent": {"Sent one"},
        "spam": {"Spammy"},
        "trash": {"Trashed"},
        "all": {"Inboxed", "Sent one"},
    }
    for folder, names in shown.items():
        page = browser.get(f"/mail/{ANN}/{folder}")
        every = {"Inboxed", "Sent one", "Spammy", "Trashed"}
        assert {name for name in every if name in page} == names
    assert "Spammy" in browser.get(f"/mail/{ANN}/all?q=in:spam")
    assert "Nothing matches" in browser.get(f"/mail/{ANN}/all?q=nonsense")
    browser.get("/mail/nobody@acme.example/inbox", 404)
    browser.get(f"/mail/{ANN}/thread/123", 404)


def test_thread_is_one_line_and_reading_marks_it(control, browser):
    first = control.deliver(ANN, mail(Message_ID="<1@x>"))
    control.deliver(
        ANN, mail(subject="Re: Hello", References="<1@x>", text="Second <b>one")
    )
    page = browser.get(f"/mail/{ANN}/inbox")
    assert page.count('class="line"') == 1 and "Unread" in page
    page = browser.get(f"/mail/{ANN}/thread/{first['thread_id']}")
    assert page.count("<article") == 2
    assert "Second &lt;b&gt;one" in page
    assert all("UNREAD" not in m["labels"] for m in control.messages(ANN))


def test_foreign_html_is_locked_up(control, browser):
    message_id = control.deliver(ANN, INLINE)["id"]
    page = browser.get(f"/mail/{ANN}/thread/{message_id}")
    sandbox = re.search(r'<iframe[^>]*sandbox="([^"]*)"', page)[1]
    assert "allow-scripts" not in sandbox
    answer = requests.get(f"{browser.base}/mail/{ANN}/body/{message_id}", timeout=10)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert "script" not in policy
    assert "<summary>Quoted text" in answer.text
    source = re.search(r'<img src="([^"]*)"', answer.text)[1]
    picture = requests.get(browser.base + source, timeout=10)
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["Content-Type"] == "image/png"


def test_attachment_and_original(control, browser):
    raw = mail(files=(("pläne.html", "text/html", b"<script>"), PNG))
    message_id = control.deliver(ANN, raw)["id"]
    page = browser.get(f"/mail/{ANN}/thread/{message_id}")
    assert "pläne.html" in page
    path = f"/mail/{ANN}/part/{message_id}/1"
    answer = requests.get(browser.base + path, timeout=10)
    assert answer.content == b"<script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "html" not in answer.headers["Content-Type"]
    original = browser.get(f"/mail/{ANN}/original/{message_id}")
    assert original.startswith("From: Carl Customer")
    browser.get(f"/mail/{ANN}/part/{message_id}/9", 404)


def test_compose(control, browser):
    page = browser.get(f"/mail/{ANN}/compose?to={BOB}")
    values = browser.form(page)
    assert values["to"] == BOB
    values |= {"subject": "Offer ä", "text": "Dear *Bob*", "bcc": "x@else.example"}
    answer = browser.post(
        f"/mail/{ANN}/compose", data=values, files=[("files", PNG[:1] + PNG[2:])]
    )
    assert "was sent" in answer.text
    (received,) = control.messages(BOB, "has:attachment")
    assert received["subject"] == "Offer ä"
    assert control.outside()[0]["recipient"] == "x@else.example"


@pytest.mark.parametrize("to", ["", "nonsense", "a@b@c, ,", "Ann <"])
def test_bad_recipient_keeps_the_text(control, browser, to):
    values = {"to": to, "subject": "S", "text": "Long & precious"}
    page = browser.post(f"/mail/{ANN}/compose", data=values).text
    assert 'role="alert"' in page and "Long &amp; precious" in page
    assert control.messages(ANN) == []


def test_reply(control, browser):
    control.route(
        "carl@else.example",
        [ANN],
        mail(
            "Carl <carl@else.example>",
            f"{ANN}, Dora <dora@else.example>",
            Cc="Eve <eve@else.example>",
            Message_ID="<q@else.example>",
            text="Question?",
        ),
    )
    (asked,) = control.messages(ANN)
    path = f"/mail/{ANN}/compose"
    values = browser.form(browser.get(f"{path}?reply={asked['id']}"))
    assert values["to"] == "Carl <carl@else.example>" and values["cc"] == ""
    assert values["subject"] == "Re: Hello"
    values = browser.form(browser.get(f"{path}?reply_all={asked['id']}"))
    assert values["cc"] == "Dora <dora@else.example>, Eve <eve@else.example>"
    browser.post(path, data={**values, "text": "Answer!"})
    sent = control.messages(ANN, "in:sent", with_raw=True)[0]
    assert sent["thread_id"] == asked["thread_id"]
    headers = dict(map(tuple, sent["headers"]))
    assert headers["In-Reply-To"] == headers["References"] == "<q@else.example>"
    assert b"> Question?" in sent["raw"] and b"gmail_quote" in sent["raw"]
    assert len(control.outside()) == 3
    again = browser.form(browser.get(f"{path}?reply={sent['id']}"))
    assert again["to"] == "Carl <carl@else.example>"
    assert again["subject"] == "Re: Hello"


def test_forward(control, browser):
    asked = control.deliver(ANN, mail(files=(PNG,), text="Original words"))
    page = browser.get(f"/mail/{ANN}/compose?forward={asked['id']}")
    values = browser.form(page)
    assert values["subject"] == "Fwd: Hello" and "dot.png" in page
    browser.post(f"/mail/{ANN}/compose", data={**values, "to": BOB, "text": "See"})
    (received,) = control.messages(BOB, "has:attachment", with_raw=True)
    assert b"---------- Forwarded message ---------" in received["raw"]
    assert b"Original words" in received["raw"]


@pytest.mark.parametrize(
    ("action", "before", "there", "gone"),
    [
        ("spam", ["INBOX"], "SPAM", "INBOX"),
        ("not_spam", ["SPAM"], "INBOX", "SPAM"),
        ("trash", ["INBOX"], "TRASH", "INBOX"),
        ("untrash", ["TRASH"], "INBOX", "TRASH"),
        ("unread", ["INBOX"], "UNREAD", None),
    ],
)
def test_actions(control, browser, action, before, there, gone):
    sent = control.deliver(ANN, mail(), labels=before)
    form = {"action": action, "thread": sent["thread_id"]}
    browser.post(f"/mail/{ANN}/act", data=form)
    labels = control.message(ANN, sent["id"])["labels"]
    assert there in labels and gone not in labels


def test_delete_forever(control, browser):
    sent = control.deliver(ANN, mail(), labels=["TRASH"])
    kept = control.deliver(ANN, mail())
    form = {"action": "delete", "thread": sent["thread_id"], "back": "trash"}
    assert "No mail here" in browser.post(f"/mail/{ANN}/act", data=form).text
    assert [m["id"] for m in control.messages(ANN)] == [kept["id"]]


def test_other_sites_cannot_send(control, browser):
    answer = requests.post(
        f"{browser.base}/mail/{ANN}/compose",
        data={"to": BOB},
        headers={"Sec-Fetch-Site": "cross-site"},
        timeout=10,
    )
    assert answer.status_code == 403 and control.messages(BOB) == []


def test_outside(control, browser):
    control.send(ANN, "carl@else.example", "Catalogue", "Text")
    page = browser.get("/outside")
    assert "Catalogue" in page
    path = re.search(r'href="(/outside/\d+)"', page)[1]
    assert "Subject: Catalogue" in browser.get(path)
    browser.get("/outside/999", 404)


def test_webmail_respects_the_sending_limit(control, browser):
    control.set_sending_limit(ANN, 0)
    page = browser.post(f"/mail/{ANN}/compose", data={"to": BOB, "text": "x"}).text
    assert "limit exceeded" in page


def test_thousands_of_messages_stay_quick(control, browser):
    pattern = mail(subject="Number 0")
    control.deliver_many(
        ANN, [pattern.replace(b"Number 0", b"Number %d" % n) for n in range(1500)]
    )
    begin = time.process_time()
    page = browser.get(f"/mail/{ANN}/inbox?page=3")
    assert time.process_time() - begin < 1
    assert page.count('class="line"') == 50 and "of 1500" in page
