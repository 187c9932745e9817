"""history.list."""

from __future__ import annotations

import pytest
import requests
from googleapiclient.errors import HttpError

from . import ANN, GMAIL, mail


def history(users, start, **parameters):
    return (
        users.history().list(userId="me", startHistoryId=start, **parameters).execute()
    )


@pytest.fixture
def start(control):
    return control.account(ANN)["history_id"]


def test_nothing_new_has_no_history_key(gmail, start):
    assert history(gmail(), start) == {"historyId": start}


def test_records(control, gmail, start):
    first = control.deliver(ANN, mail())
    control.spam(ANN, first["id"])
    control.not_spam(ANN, first["id"])
    control.trash(ANN, first["id"])
    control.delete(ANN, first["id"])
    answer = history(gmail(), start)
    added, spam, ham, trash, deleted = answer["history"]
    identity = {"id": first["id"], "threadId": first["thread_id"]}
    assert all(record["messages"] == [identity] for record in answer["history"])
    message = added["messagesAdded"][0]["message"]
    assert set(message["labelIds"]) == {"INBOX", "UNREAD", "CATEGORY_PERSONAL"}
    assert spam["labelsAdded"][0]["labelIds"] == ["SPAM"]
    assert spam["labelsRemoved"][0]["labelIds"] == ["INBOX"]
    assert ham["labelsAdded"][0]["labelIds"] == ["INBOX"]
    assert trash["labelsAdded"][0]["labelIds"] == ["TRASH"]
    assert deleted["messagesDeleted"][0]["message"]["id"] == first["id"]
    ids = [record["id"] for record in answer["history"]]
    assert all(isinstance(record_id, str) for record_id in ids)
    numbers = [int(start), *map(int, ids)]
    assert numbers == sorted(set(numbers))
    assert answer["historyId"] == ids[-1] == control.account(ANN)["history_id"]


def test_ids_have_gaps_and_grow_past_a_digit(control, start):
    for _ in range(20):
        control.deliver(ANN, mail())
    end = int(control.account(ANN)["history_id"])
    assert end - int(start) > 20
    assert len(start) == 10 and int(start) > 2**32


def test_message_carries_its_last_history_id(control, gmail, start):
    sent = control.deliver(ANN, mail())
    control.modify(ANN, sent["id"], remove=["UNREAD"])
    message = gmail().messages().get(userId="me", id=sent["id"]).execute()
    assert message["historyId"] == control.account(ANN)["history_id"]
    assert int(message["historyId"]) > int(sent["history_id"])


def test_types(control, gmail, start):
    sent = control.deliver(ANN, mail())
    control.modify(ANN, sent["id"], add=["STARRED"])
    users = gmail()
    added = history(users, start, historyTypes="messageAdded")["history"]
    assert [set(record) for record in added] == [{"id", "messages", "messagesAdded"}]
    both = history(users, start, historyTypes=["messageAdded", "labelAdded"])
    assert len(both["history"]) == 2
    assert "history" not in history(users, start, historyTypes=["messageDeleted"])


def test_plural_types_are_refused(control, credentials, start):
    answer = requests.get(
        f"{control.base_url}/gmail/v1/users/me/history",
        params={"startHistoryId": start, "historyTypes": "messagesAdded"},
        headers={"Authorization": f"Bearer {credentials().token}"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert "history_types" in answer.json()["error"]["message"]


def test_label(control, gmail, start):
    control.deliver(ANN, mail(), labels=["SENT"])
    inbox = control.deliver(ANN, mail())
    records = history(gmail(), start, labelId="INBOX")["history"]
    assert [r["messages"][0]["id"] for r in records] == [inbox["id"]]


def test_pages(control, gmail, start):
    ids = [control.deliver(ANN, mail())["id"] for _ in range(5)]
    collection = gmail().history()
    request = collection.list(userId="me", startHistoryId=start, maxResults=2)
    found, pages = [], 0
    while request is not None:
        answer = request.execute()
        pages += 1
        found += [r["messagesAdded"][0]["message"]["id"] for r in answer["history"]]
        request = collection.list_next(request, answer)
    assert found == ids and pages == 3


def test_expired(control, gmail, start):
    control.expire_history(ANN)
    with pytest.raises(HttpError) as caught:
        history(gmail(), start)
    assert caught.value.status_code == 404
    now = control.account(ANN)["history_id"]
    assert "history" not in history(gmail(), now)


def test_expired_up_to_an_id(control, gmail, start):
    first = control.deliver(ANN, mail())["history_id"]
    second = control.deliver(ANN, mail())
    control.expire_history(ANN, first)
    with pytest.raises(HttpError):
        history(gmail(), start)
    (record,) = history(gmail(), first)["history"]
    assert record["messages"][0]["id"] == second["id"]


@pytest.mark.parametrize("bad", ["", "x", "-1"])
def test_bad_start(control, credentials, bad):
    answer = requests.get(
        f"{control.base_url}/gmail/v1/users/me/history",
        params={"startHistoryId": bad},
        headers={"Authorization": f"Bearer {credentials().token}"},
        timeout=10,
    )
    assert answer.status_code == 400


def test_no_change_no_record(control, gmail, start):
    sent = control.deliver(ANN, mail(), labels=["INBOX"])
    control.modify(ANN, sent["id"], add=["INBOX"], remove=["SPAM"])
    assert len(history(gmail(), start)["history"]) == 1


def test_api_changes_are_recorded(control, gmail, start):
    sent = control.deliver(ANN, mail(), labels=["INBOX"])
    users = gmail(scopes=["https://mail.google.com/", GMAIL + "readonly"])
    users.messages().trash(userId="me", id=sent["id"]).execute()
    users.messages().untrash(userId="me", id=sent["id"]).execute()
    users.messages().delete(userId="me", id=sent["id"]).execute()
    assert len(history(users, start)["history"]) == 4
