"""messages.send, uploads, delivery between mailboxes, bounces."""

from __future__ import annotations

import base64
import email
import io
import json
from email import policy

import pytest
import requests
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from . import ANN, BOB, encoded, headers, mail, raw_of, send

LIMIT = 36_700_160
UPLOAD = "/upload/gmail/v1/users/me/messages/send"


def upload(users, raw, resumable=False, **body):
    media = MediaIoBaseUpload(
        io.BytesIO(raw),
        mimetype="message/rfc822",
        resumable=resumable,
        chunksize=256 * 1024,
    )
    return (
        users.messages()
        .send(userId="me", body=body or None, media_body=media)
        .execute()
    )


def header_of(users, message_id, name):
    found = (
        users.messages()
        .get(userId="me", id=message_id, format="metadata", metadataHeaders=[name])
        .execute()
    )
    return headers(found).get(name.lower())


def parsed(raw):
    return email.message_from_bytes(raw, policy=policy.default)


def refused(call, status):
    with pytest.raises(HttpError) as caught:
        call()
    assert caught.value.status_code == status
    return json.loads(caught.value.content)["error"]["message"]


def test_answer_has_ids_and_labels_only(control, gmail):
    answer = send(gmail(), mail(to=BOB))
    assert set(answer) == {"id", "threadId", "labelIds"}
    assert answer["labelIds"] == ["SENT"]
    assert answer["threadId"] == answer["id"]


def test_message_id_is_replaced_and_own_headers_survive(control, gmail):
    users = gmail()
    raw = mail(ANN, BOB, Message_ID="<mine@odoo.example>", X_Odoo_Key="k-1")
    sent = send(users, raw)
    new_id = header_of(users, sent["id"], "Message-Id")
    assert new_id.startswith("<CA") and new_id.endswith("@mail.gmail.com>")
    assert b"mine@odoo.example" not in raw_of(users, sent["id"])
    assert header_of(users, sent["id"], "x-odoo-key") == "k-1"
    (received,) = control.messages(BOB)
    assert received["message_id"] == new_id
    assert ["X-Odoo-Key", "k-1"] in received["headers"]


def test_body_is_untouched(control, gmail):
    users = gmail()
    raw = mail(
        ANN, BOB, text="é " * 300, files=(("a.bin", "image/png", b"\0\1" * 999),)
    )
    sent = upload(users, raw)
    body = raw.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")[2]
    assert raw_of(users, sent["id"]).endswith(b"\r\n\r\n" + body)
    assert control.messages(BOB, with_raw=True)[0]["raw"].endswith(b"\r\n\r\n" + body)


def test_foreign_from_is_rewritten_silently(control, gmail):
    users = gmail()
    sent = send(users, mail("Boss <boss@else.example>", BOB))
    assert header_of(users, sent["id"], "From") == f"Ann Smith <{ANN}>"
    control.create_account(
        ANN,
        send_as=[
            {"email": "sales@acme.example"},
            {"email": "no@acme.example", "verified": False},
        ],
    )
    sent = send(users, mail("Sales <sales@acme.example>", BOB))
    assert header_of(users, sent["id"], "From") == "Sales <sales@acme.example>"
    sent = send(users, mail("ann+x@acme.example", BOB))
    assert header_of(users, sent["id"], "From") == f"Ann Smith <{ANN}>"
    sent = send(users, mail("no@acme.example", BOB))
    assert header_of(users, sent["id"], "From") == f"Ann Smith <{ANN}>"


def test_missing_from_and_date_are_filled_in(control, gmail):
    users = gmail()
    sent = send(users, mail("", BOB))
    assert header_of(users, sent["id"], "From") == f"Ann Smith <{ANN}>"
    assert header_of(users, sent["id"], "Date")
    dated = send(users, mail(ANN, BOB, Date="Mon, 02 Jan 2023 03:04:05 +0000"))
    assert header_of(users, dated["id"], "Date") == "Mon, 02 Jan 2023 03:04:05 +0000"


def test_bcc_stays_in_the_own_copy_only(control, gmail):
    users = gmail()
    sent = send(users, mail(ANN, BOB, Bcc="secret@else.example"))
    assert header_of(users, sent["id"], "Bcc") == "secret@else.example"
    assert b"secret" not in control.messages(BOB, with_raw=True)[0]["raw"]
    (outside,) = control.outside()
    assert outside["recipient"] == "secret@else.example"
    assert parsed(outside["raw"])["Bcc"] is None
    assert parsed(outside["raw"])["To"] == BOB


def test_only_bcc(control, gmail):
    send(gmail(), mail(ANN, "undisclosed-recipients:;", Bcc=BOB))
    assert len(control.messages(BOB)) == 1


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("not an address", "Invalid To header"),
        ("a b@x.example", "Invalid To header"),
        ("", "Recipient address required"),
        ("undisclosed-recipients:;", "Recipient address required"),
    ],
)
def test_bad_recipients(control, gmail, to, message):
    raw = b"To: " + to.encode() + b"\r\nSubject: x\r\n\r\nx"
    assert message in refused(lambda: send(gmail(), raw), 400)
    assert control.messages(ANN) == []


def test_bad_raw(gmail):
    call = gmail().messages().send(userId="me", body={"raw": "*%&"})
    assert "Base64" in refused(call.execute, 400)
    call = gmail().messages().send(userId="me", body={})
    assert "required" in refused(call.execute, 400)


def test_to_oneself_is_one_message(control, gmail):
    sent = send(gmail(), mail(ANN, "ann+notes@acme.example"))
    assert set(sent["labelIds"]) == {"SENT", "INBOX", "UNREAD"}
    assert [m["id"] for m in control.messages(ANN)] == [sent["id"]]


# Threads


def test_thread(control, gmail):
    users = gmail()
    asked = control.deliver(ANN, mail(Message_ID="<q@else.example>"))
    thread = asked["thread_id"]
    cites = {"In_Reply_To": "<q@else.example>", "References": "<q@else.example>"}
    joined = send(users, mail(ANN, BOB, "Re: Hello", **cites), threadId=thread)
    assert joined["threadId"] == thread
    for raw in (
        mail(ANN, BOB, "Re: Hello"),  # cites nothing
        mail(ANN, BOB, "Something else", **cites),
    ):
        apart = send(users, raw, threadId=thread)
        assert apart["threadId"] == apart["id"] != thread
    without = send(users, mail(ANN, BOB, "Re: Hello", **cites))
    assert without["threadId"] == without["id"]


def test_unknown_thread(control, gmail):
    with pytest.raises(HttpError) as caught:
        send(gmail(), mail(ANN, BOB), threadId="1234567890abcdef")
    assert caught.value.status_code == 404
    assert control.messages(ANN) == [] and control.messages(BOB) == []


def test_recipients_thread_by_headers_and_subject(control, gmail):
    users, bob = gmail(), gmail(BOB)
    first = send(users, mail(ANN, BOB))
    (received,) = control.messages(BOB)
    new_id = received["message_id"]
    answer = mail(BOB, ANN, "RE: hello", References=new_id, In_Reply_To=new_id)
    send(bob, answer, threadId=received["thread_id"])
    assert control.messages(ANN, "from:bob")[0]["thread_id"] == first["threadId"]
    changed = mail(BOB, ANN, "New topic", References=new_id)
    send(bob, changed)
    other = control.messages(ANN, 'subject:"New topic"')[0]
    assert other["thread_id"] == other["id"]


# Limits


def test_sending_limit_is_a_rolling_day(control, gmail):
    users = gmail()
    control.set_sending_limit(ANN, 2)
    send(users, mail(ANN, BOB))
    control.send(ANN, BOB, "from the webmail")
    assert control.sent_last_day(ANN) == 2
    message = refused(lambda: send(users, mail(ANN, BOB)), 429)
    assert message == "User-rate limit exceeded (Mail sending)"
    assert len(control.messages(BOB)) == 2
    control.set(clock_offset=25 * 3600 * 1000)
    send(users, mail(ANN, BOB))
    assert control.sent_last_day(ANN) == 1


def test_clock_offset_sets_internal_date(control, gmail):
    control.set_clock(1_700_000_000_000)
    sent = send(gmail(), mail(ANN, BOB))
    for owner in (ANN, BOB):
        (message,) = control.messages(owner)
        assert abs(message["internal_date"] - 1_700_000_000_000) < 60_000
    assert sent["id"].startswith("18bc")


def test_json_limit(control, gmail):
    control.set(json_limit=10_000)
    raw = mail(ANN, BOB, text="x" * 20_000)
    assert refused(lambda: send(gmail(), raw), 413)
    assert upload(gmail(), raw)["id"]


def test_upload_limit(control, credentials):
    raw = mail(ANN, "x@else.example")
    raw += b"x" * (LIMIT - len(raw))
    post = {
        "url": f"{control.base_url}{UPLOAD}?uploadType=media",
        "headers": {
            "Authorization": f"Bearer {credentials().token}",
            "Content-Type": "message/rfc822",
        },
        "timeout": 30,
    }
    assert requests.post(data=raw + b"x", **post).status_code == 413
    assert control.messages(ANN) == []
    assert requests.post(data=raw, **post).status_code == 200


# Uploads


def test_multipart_upload_with_thread(control, gmail):
    asked = control.deliver(ANN, mail(Message_ID="<q@else.example>"))
    raw = mail(ANN, BOB, "Re: Hello", References="<q@else.example>")
    sent = upload(gmail(), raw, threadId=asked["thread_id"])
    assert sent["threadId"] == asked["thread_id"]


def test_resumable_upload(control, gmail):
    asked = control.deliver(ANN, mail(Message_ID="<q@else.example>"))
    content = base64.b64encode(bytes(range(256)) * 3000)
    raw = mail(ANN, BOB, "Re: Hello", text="x", References="<q@else.example>")
    raw += b"\n".join(content[i : i + 76] for i in range(0, len(content), 76))
    sent = upload(gmail(), raw, resumable=True, threadId=asked["thread_id"])
    assert sent["threadId"] == asked["thread_id"]
    assert raw.replace(b"\n", b"\r\n")[-1000:] in raw_of(gmail(), sent["id"])


def test_resumable_status_and_repetition(control, credentials):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {credentials().token}"
    url = f"{control.base_url}{UPLOAD}?uploadType=resumable"
    location = session.post(url, json={}, timeout=10).headers["Location"]
    raw = mail(ANN, BOB)
    half, size = len(raw) // 2, len(raw)

    def put(data, content_range):
        return session.put(
            location, data, headers={"Content-Range": content_range}, timeout=10
        )

    assert "Range" not in put(b"", f"bytes */{size}").headers
    begun = put(raw[:half], f"bytes 0-{half - 1}/{size}")
    assert begun.status_code == 308
    assert begun.headers["Range"] == f"bytes=0-{half - 1}"
    assert put(b"", f"bytes */{size}").status_code == 308
    done = put(raw[half:], f"bytes {half}-{size - 1}/{size}")
    assert done.status_code == 200
    asked_again = put(b"", f"bytes */{size}")
    assert asked_again.json()["id"] == done.json()["id"]
    assert len(control.messages(BOB)) == 1
    location = location.replace("upload_id=", "upload_id=x")
    assert put(b"", f"bytes */{size}").status_code == 404


def test_insert_keeps_the_message_id(control, gmail):
    raw = mail(Message_ID="<kept@else.example>", Date="Mon, 02 Jan 2023 03:04:05 +0000")
    users = gmail(scopes=["https://mail.google.com/"])
    answer = (
        users.messages()
        .insert(
            userId="me",
            body={"raw": encoded(raw), "labelIds": ["INBOX"]},
            internalDateSource="dateHeader",
        )
        .execute()
    )
    (message,) = control.messages(ANN)
    assert message["id"] == answer["id"]
    assert message["message_id"] == "<kept@else.example>"
    assert message["internal_date"] == 1_672_628_645_000


# Delivery
