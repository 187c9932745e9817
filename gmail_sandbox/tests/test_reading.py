"""Listing, getting and searching messages; labels, threads, profile, rights."""

from __future__ import annotations

import base64
import json

import pytest
import requests
from googleapiclient.errors import HttpError

from . import ANN, BOB, GMAIL, headers, mail, raw_of

PDF = ("offer ä.pdf", "application/pdf", b"%PDF-1.4 " + bytes(range(256)) * 20)


def reason(error: HttpError) -> str:
    return json.loads(error.content)["error"]["errors"][0]["reason"]


def listed(users, **parameters):
    answer = users.messages().list(userId="me", **parameters).execute()
    return [item["id"] for item in answer.get("messages", [])]


def test_profile(control, gmail):
    control.deliver(ANN, mail())
    profile = gmail().getProfile(userId="me").execute()
    assert profile["emailAddress"] == ANN
    assert profile["messagesTotal"] == profile["threadsTotal"] == 1
    assert profile["historyId"] == control.account(ANN)["history_id"]
    assert gmail().getProfile(userId=ANN).execute() == profile


def test_somebody_elses_mailbox_is_refused(gmail):
    with pytest.raises(HttpError) as caught:
        gmail().getProfile(userId=BOB).execute()
    assert caught.value.status_code == 403


def test_list_is_newest_first_and_paged(control, gmail):
    start = control.now_ms() - 1_000_000
    ids = [
        control.deliver(ANN, mail(subject=f"n{n}"), internal_date=start + n)["id"]
        for n in range(5)
    ]
    messages = gmail().messages()
    request = messages.list(userId="me", maxResults=2)
    found = []
    while request is not None:
        answer = request.execute()
        assert set(answer["messages"][0]) == {"id", "threadId"}
        assert answer["resultSizeEstimate"] == 5
        found += [item["id"] for item in answer["messages"]]
        request = messages.list_next(request, answer)
    assert found == ids[::-1]


def test_empty_list_has_no_messages_key(control, gmail):
    answer = gmail().messages().list(userId="me", q="nothing").execute()
    assert answer == {"resultSizeEstimate": 0}


def test_spam_and_trash_only_on_request(control, gmail):
    spam = control.deliver(ANN, mail(), labels=["SPAM"])["id"]
    trashed = control.deliver(ANN, mail(), labels=["TRASH"])["id"]
    kept = control.deliver(ANN, mail())["id"]
    assert listed(gmail()) == [kept]
    assert set(listed(gmail(), includeSpamTrash=True)) == {spam, trashed, kept}
    assert listed(gmail(), q="in:spam") == [spam]
    assert set(listed(gmail(), q="in:anywhere")) == {spam, trashed, kept}
    assert listed(gmail(), labelIds=["TRASH"]) == [trashed]


def test_labels_are_anded(control, gmail):
    both = control.deliver(ANN, mail(), labels=["INBOX", "STARRED"])["id"]
    control.deliver(ANN, mail(), labels=["INBOX"])
    assert listed(gmail(), labelIds=["INBOX", "STARRED"]) == [both]


def test_formats(control, gmail):
    raw = mail(subject="Grüße", Cc="Zoë <zoe@else.example>", files=(PDF,))
    sent = control.deliver(ANN, raw)
    get = gmail().messages().get

    minimal = get(userId="me", id=sent["id"], format="minimal").execute()
    assert "payload" not in minimal and "raw" not in minimal
    assert set(minimal["labelIds"]) == {"INBOX", "UNREAD", "CATEGORY_PERSONAL"}
    assert isinstance(minimal["historyId"], str)
    assert minimal["internalDate"] == str(sent["internal_date"])

    metadata = get(
        userId="me",
        id=sent["id"],
        format="metadata",
        metadataHeaders=["subject", "MESSAGE-ID"],
    ).execute()
    assert headers(metadata) == {"subject": "Grüße"}
    assert "body" not in metadata["payload"]
    everything = get(userId="me", id=sent["id"], format="metadata").execute()
    assert headers(everything)["cc"] == "Zoë <zoe@else.example>"

    assert raw_of(gmail(), sent["id"]) == raw.replace(b"\n", b"\r\n")


def test_full_and_attachment(control, gmail):
    sent = control.deliver(ANN, mail(text="Hällo", files=(PDF,)))
    messages = gmail().messages()
    full = messages.get(userId="me", id=sent["id"]).execute()
    text, pdf = full["payload"]["parts"]
    assert full["payload"]["partId"] == "" and "raw" not in full
    assert text["partId"] == "0" and text["mimeType"] == "text/plain"
    assert base64.urlsafe_b64decode(text["body"]["data"]).decode() == "Hällo\r\n"
    assert pdf["filename"] == PDF[0] and "data" not in pdf["body"]
    again = messages.get(userId="me", id=sent["id"]).execute()
    first, second = (m["payload"]["parts"][1]["body"] for m in (full, again))
    assert first["attachmentId"] != second["attachmentId"]
    for body in (first, second):
        found = (
            messages.attachments()
            .get(userId="me", messageId=sent["id"], id=body["attachmentId"])
            .execute()
        )
        assert base64.urlsafe_b64decode(found["data"]) == PDF[2]
        assert found["size"] == body["size"] == len(PDF[2])


def test_padding_may_be_missing(control, gmail):
    control.set(base64_padding=False)
    sent = control.deliver(ANN, mail(text="abcd"))
    found = gmail().messages().get(userId="me", id=sent["id"], format="raw").execute()
    assert "=" not in found["raw"]


def test_decoded_names_with_commas_are_quoted(control, gmail):
    raw = mail(sender='"Müller, Ann" <m@else.example>')
    sent = control.deliver(ANN, raw)
    message = gmail().messages().get(userId="me", id=sent["id"]).execute()
    assert headers(message)["from"] == '"Müller, Ann" <m@else.example>'


def test_unknown_message(gmail):
    with pytest.raises(HttpError) as caught:
        gmail().messages().get(userId="me", id="18c2f5a1b2c3d4e5").execute()
    assert caught.value.status_code == 404
    assert reason(caught.value) == "notFound"


def test_ids_differ_between_mailboxes(control):
    control.route("carl@else.example", [ANN, BOB], mail(Message_ID="<x@else.example>"))
    (anns,), (bobs,) = control.messages(ANN), control.messages(BOB)
    assert anns["id"] != bobs["id"]
    assert anns["message_id"] == bobs["message_id"] == "<x@else.example>"


def test_broken_mail_is_served(control, gmail):
    raw = (
        b"Subject: =?nope?x?zz\r\nFrom: \xff\xfe <x@y>\r\nContent-Type: multipart/x\r\n"
    )
    sent = control.deliver(ANN, raw + b"\r\n\xff\x00 body")
    for form in ("minimal", "metadata", "full", "raw"):
        gmail().messages().get(userId="me", id=sent["id"], format=form).execute()
    assert raw_of(gmail(), sent["id"]) == raw + b"\r\n\xff\x00 body"


def test_threads(control, gmail):
    first = control.deliver(ANN, mail(Message_ID="<1@x>"))
    second = control.deliver(ANN, mail(subject="Re: Hello", References="<1@x>"))
    other = control.deliver(ANN, mail(subject="Re: Bye", References="<1@x>"))
    users = gmail()
    thread = users.threads().get(userId="me", id=first["id"]).execute()
    assert [m["id"] for m in thread["messages"]] == [first["id"], second["id"]]
    found = users.threads().list(userId="me").execute()
    assert {t["id"] for t in found["threads"]} == {first["id"], other["id"]}
    assert all(isinstance(t["historyId"], str) for t in found["threads"])
    with pytest.raises(HttpError):
        users.threads().get(userId="me", id="1234567890abcdef").execute()


def test_labels(control, gmail):
    label = control.create_label(ANN, "Big Customers")
    control.deliver(ANN, mail(), labels=["INBOX", "UNREAD", label])
    users = gmail()
    labels = users.labels().list(userId="me").execute()["labels"]
    assert {"id": label, "name": "Big Customers", "type": "user"} in labels
    assert label.startswith("Label_")
    found = users.labels().get(userId="me", id=label).execute()
    assert found["messagesTotal"] == found["messagesUnread"] == 1
    assert len(listed(users, q="label:big-customers")) == 1


def test_send_as(control, gmail):
    aliases = [
        {"email": "sales@acme.example", "name": "Sales"},
        {"email": "new@acme.example", "verified": False},
    ]
    control.create_account(ANN, send_as=aliases)
    settings = gmail().settings().sendAs()
    own, sales, new = settings.list(userId="me").execute()["sendAs"]
    assert own["isPrimary"] and own["sendAsEmail"] == ANN
    assert "verificationStatus" not in own
    assert sales["verificationStatus"] == "accepted" and sales["treatAsAlias"]
    assert new["verificationStatus"] == "pending"
    found = settings.get(userId="me", sendAsEmail="sales@acme.example").execute()
    assert found["displayName"] == "Sales"


def test_modify(control, gmail):
    sent = control.deliver(ANN, mail(), labels=["INBOX", "UNREAD"])
    users = gmail(scopes=[GMAIL + "modify"])
    body = {"addLabelIds": ["STARRED"], "removeLabelIds": ["UNREAD"]}
    answer = users.messages().modify(userId="me", id=sent["id"], body=body).execute()
    assert set(answer["labelIds"]) == {"INBOX", "STARRED"}
    for label in ("SENT", "Label_nope"):
        with pytest.raises(HttpError) as caught:
            users.messages().modify(
                userId="me", id=sent["id"], body={"addLabelIds": [label]}
            ).execute()
        assert caught.value.status_code == 400


def test_partial_answers(control, gmail):
    control.deliver(ANN, mail())
    answer = gmail().messages().list(userId="me", fields="messages(id)").execute()
    assert set(answer) == {"messages"} and set(answer["messages"][0]) == {"id"}
    message_id = answer["messages"][0]["id"]
    found = (
        gmail()
        .messages()
        .get(userId="me", id=message_id, fields="id,payload/headers(name),nope")
        .execute()
    )
    assert set(found) == {"id", "payload"}
    assert set(found["payload"]) == {"headers"}
    assert set(found["payload"]["headers"][0]) == {"name"}


# Rights


def refused(call) -> str:
    with pytest.raises(HttpError) as caught:
        call.execute()
    assert caught.value.status_code == 403
    return reason(caught.value)


def test_send_scope_reads_nothing(control, gmail):
    users = gmail(scopes=[GMAIL + "send"])
    calls = [
        users.getProfile(userId="me"),
        users.messages().list(userId="me"),
        users.history().list(userId="me", startHistoryId="1"),
        users.settings().sendAs().list(userId="me"),
    ]
    assert {refused(call) for call in calls} == {"insufficientPermissions"}


def test_read_scope_changes_nothing(control, gmail):
    message_id = control.deliver(ANN, mail())["id"]
    messages = gmail(scopes=[GMAIL + "readonly"]).messages()
    calls = [
        messages.send(userId="me", body={"raw": ""}),
        messages.modify(userId="me", id=message_id, body={}),
        messages.trash(userId="me", id=message_id),
        messages.delete(userId="me", id=message_id),
        messages.insert(userId="me", body={"raw": ""}),
    ]
    assert {refused(call) for call in calls} == {"insufficientPermissions"}


def test_metadata_scope(control, gmail):
    sent = control.deliver(ANN, mail())
    messages = gmail(scopes=[GMAIL + "metadata"]).messages()
    assert messages.list(userId="me").execute()["messages"]
    messages.get(userId="me", id=sent["id"], format="metadata").execute()
    assert refused(messages.list(userId="me", q="x"))
    assert refused(messages.get(userId="me", id=sent["id"], format="raw"))


def test_bad_token(control):
    url = f"{control.base_url}/gmail/v1/users/me/profile"
    answer = requests.get(url, headers={"Authorization": "Bearer x"}, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_no_mail_service(control, gmail):
    users = gmail()
    control.set_mail_enabled(ANN, False)
    with pytest.raises(HttpError) as caught:
        users.getProfile(userId="me").execute()
    assert caught.value.status_code == 400
    assert reason(caught.value) == "failedPrecondition"
    assert "Mail service not enabled" in str(caught.value)


# Search
