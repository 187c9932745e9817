"""The batch endpoint, through BatchHttpRequest."""

from __future__ import annotations

import pytest
import requests
from googleapiclient.errors import HttpError

from . import ANN, mail


def run_batch(users, ids, **parameters):
    results = {}

    def keep(request_id, response, exception):
        results[request_id] = exception or response

    batch = users.new_batch(callback=keep)
    for message_id in ids:
        call = users.messages().get(userId="me", id=message_id, **parameters)
        batch.add(call, request_id=message_id)
    batch.execute()
    return results


@pytest.fixture
def ids(control):
    return [control.deliver(ANN, mail(subject=f"Ä {n}"))["id"] for n in range(5)]


def test_parts(control, gmail, ids):
    results = run_batch(gmail(), [*ids, "1234567890abcdef"], format="metadata")
    assert [results[i]["id"] for i in ids] == ids
    missing = results["1234567890abcdef"]
    assert isinstance(missing, HttpError) and missing.status_code == 404
    control_counts = control.counts(ANN)
    assert control_counts == {"batch": 1, "messages.get": 6}
    (entry,) = control.requests("batch")
    assert entry["parts"] == 6 and entry["status"] == 200
    parts = control.requests("messages.get", ANN)
    assert all(p["in_batch"] and p["format"] == "metadata" for p in parts)


def test_address_instead_of_me(control, gmail, ids):
    users, results = gmail(), []
    batch = users.new_batch(callback=lambda *answer: results.append(answer[1]))
    batch.add(users.messages().get(userId=ANN, id=ids[0], format="minimal"))
    batch.execute()
    assert results[0]["id"] == ids[0]


def test_single_parts_fail(control, gmail, ids):
    control.inject(
        "error", "messages.get", error="tooManyConcurrent", times=2, in_batch=True
    )
    results = run_batch(gmail(), ids, format="minimal")
    failed = [r for r in results.values() if isinstance(r, HttpError)]
    assert [error.status_code for error in failed] == [429, 429]
    assert len([r for r in results.values() if isinstance(r, dict)]) == 3


def test_the_whole_batch_fails(control, gmail, ids):
    control.inject("error", "batch", error="backendError503")
    with pytest.raises(HttpError) as caught:
        run_batch(gmail(), ids)
    assert caught.value.status_code == 503
    assert control.counts() == {"batch": 1}


def test_hundred_parts_at_most(control, gmail, ids):
    more = [f"{n:016x}" for n in range(100)]
    assert len(run_batch(gmail(), more)) == 100
    with pytest.raises(HttpError):
        run_batch(gmail(), [*more, ids[0]])


@pytest.mark.parametrize("path", ["/batch", "/batch/gmail/v1"])
def test_by_hand_with_the_outer_token(control, credentials, ids, path):
    body = (
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <a1>\r\n\r\n"
        f"GET /gmail/v1/users/me/messages/{ids[0]}?format=minimal\r\n\r\n--b--\r\n"
    )
    answer = requests.post(
        control.base_url + path,
        body,
        headers={
            "Authorization": f"Bearer {credentials().token}",
            "Content-Type": "multipart/mixed; boundary=b",
        },
        timeout=10,
    )
    assert answer.status_code == 200
    assert "Content-ID: <response-a1>" in answer.text
    assert "HTTP/1.1 200 OK" in answer.text and ids[0] in answer.text


def test_part_with_a_dead_token(control, gmail, ids):
    users = gmail()
    control.revoke_grant(ANN)
    with pytest.raises(Exception, match="invalid_grant"):
        run_batch(users, ids)


def test_rubbish(control, credentials):
    answer = requests.post(
        f"{control.base_url}/batch",
        b"x",
        headers={"Content-Type": "multipart/mixed; boundary=b"},
        timeout=10,
    )
    assert answer.status_code == 400
