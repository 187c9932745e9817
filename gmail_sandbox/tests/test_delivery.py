"""Where a sent message goes: other mailboxes, the outside, and back as a bounce."""

from __future__ import annotations

import pytest

from . import ANN, BOB, mail, send
from .test_sending import header_of, parsed


def test_received_copy_carries_delivery_headers(control, gmail):
    send(gmail(), mail(ANN, BOB))
    (received,) = control.messages(BOB)
    names = [name for name, _value in received["headers"]]
    assert names[:3] == ["Delivered-To", "Return-Path", "Received"]
    assert set(received["labels"]) == {"INBOX", "UNREAD", "CATEGORY_PERSONAL"}


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("b.o.b.brown@gmail.com", BOB),
        ("BobBrown+shop@googlemail.com", BOB),
        ("ann+x@acme.example", ANN),
        ("Ann@Acme.Example", ANN),
        ("sales@acme.example", ANN),
    ],
)
def test_equivalent_addresses(control, address, owner):
    control.create_account(ANN, send_as=[{"email": "sales@acme.example"}])
    control.route("carl@else.example", [address], mail(to=address))
    (message,) = control.messages(owner)
    assert dict(map(tuple, message["headers"]))["Delivered-To"] == address


def test_workspace_dots_matter(control):
    control.route("carl@else.example", ["a.nn@acme.example"], mail())
    assert control.messages(ANN) == []
    assert control.outside()[0]["recipient"] == "carl@else.example"


def test_two_addresses_of_one_mailbox_get_one_copy(control, gmail):
    send(gmail(), mail(ANN, f"{BOB}, bobbrown@googlemail.com"))
    assert len(control.messages(BOB)) == 1


def test_unknown_recipient_bounces_into_the_thread(control, gmail):
    users = gmail()
    sent = send(users, mail(ANN, f"nobody@gmail.com, {BOB}"))
    bounce, _own = control.messages(ANN, with_raw=True)
    assert bounce["thread_id"] == sent["threadId"]
    message = parsed(bounce["raw"])
    assert message["From"] == ("Mail Delivery Subsystem <mailer-daemon@googlemail.com>")
    assert message["Subject"] == "Delivery Status Notification (Failure)"
    assert message["X-Failed-Recipients"] == "nobody@gmail.com"
    new_id = header_of(users, sent["id"], "Message-ID")
    assert message["References"].strip() == message["In-Reply-To"].strip() == new_id
    assert message.get_content_type() == "multipart/report"
    status = message.get_payload()[1].get_payload()[1]
    assert status["Final-Recipient"] == "rfc822; nobody@gmail.com"
    assert status["Action"] == "failed" and status["Status"] == "5.1.1"
    assert "Return-Path: <>" in bounce["raw"].decode()
    assert len(control.messages(BOB)) == 1


def test_outside_refusal_and_delay(control, gmail):
    control.refuse("full@else.example", "5.2.2", "552 5.2.2 Mailbox full")
    control.refuse("slow.example", "4.4.1", "451 4.4.1 No answer")
    send(gmail(), mail(ANN, "full@else.example, x@slow.example, ok@else.example"))
    subjects = {m["subject"] for m in control.messages(ANN, "from:mailer-daemon")}
    assert subjects == {
        "Delivery Status Notification (Failure)",
        "Delivery Status Notification (Delay)",
    }
    assert [o["recipient"] for o in control.outside()] == ["ok@else.example"]


def test_outside_gets_exactly_what_was_sent(control, gmail):
    raw = mail(ANN, "carl@else.example", text="Grüße")
    send(gmail(), raw)
    (outside,) = control.outside()
    assert outside["raw"].endswith(
        raw.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")[2]
    )
    assert outside["sender"] == ANN
    control.clear_outside()
    assert control.outside() == []


def test_control_sends_as_a_person(control):
    sent = control.send(
        ANN,
        BOB,
        "Hello",
        "Line *one*\nhttps://x.example",
        bcc="carl@else.example",
        attachments=[("a.txt", "text/plain", b"content")],
    )
    assert sent["message_id"].startswith("<CA")
    (received,) = control.messages(BOB, with_raw=True)
    message = parsed(received["raw"])
    html = message.get_body(("html",)).get_content()
    assert "<b>one</b>" in html and 'href="https://x.example"' in html
    assert [a.get_filename() for a in message.iter_attachments()] == ["a.txt"]
    answer = control.send(BOB, ANN, "Re: Hello", "Thanks", reply_to=received["id"])
    assert answer["thread_id"] == received["thread_id"]
    newest = control.messages(ANN, with_raw=True)[0]
    assert newest["thread_id"] == sent["thread_id"]
    assert "> Line *one*" in parsed(newest["raw"]).get_body(("plain",)).get_content()
    forwarded = control.send(
        BOB, "carl@else.example", "Fwd: Hello", "See", forward=received["id"]
    )
    assert forwarded["thread_id"] == received["thread_id"]
    copy = parsed(control.outside()[-1]["raw"])
    assert "---------- Forwarded message ---------" in copy.get_body().get_content()
    assert [a.get_filename() for a in copy.iter_attachments()] == ["a.txt"]
