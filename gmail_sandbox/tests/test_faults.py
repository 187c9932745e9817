"""Injected faults and the request log."""

from __future__ import annotations

import json
import threading
import time

import google.auth.transport.requests
import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from googleapiclient.errors import HttpError

from ..control_client import ControlError
from ..errors import CATALOGUE
from . import ANN, BOB, encoded, mail, send

SEND = "/gmail/v1/users/me/messages/send"


@pytest.fixture
def session(credentials):
    return AuthorizedSession(credentials())


def post_mail(control, session, **options):
    url = control.base_url + SEND
    return session.post(
        url, json={"raw": encoded(mail(ANN, BOB))}, timeout=10, **options
    )


def catalogue_errors():
    return [name for name, error in CATALOGUE.items() if not error.oauth]


@pytest.mark.parametrize("name", catalogue_errors())
def test_every_error_of_the_catalogue(control, credentials, name):
    expected = CATALOGUE[name]
    control.inject("error", "getProfile", error=name, account=ANN)
    url = f"{control.base_url}/gmail/v1/users/me/profile"
    bearer = {"Authorization": f"Bearer {credentials().token}"}
    answer = requests.get(url, headers=bearer, timeout=10)
    assert answer.status_code == expected.status
    if not expected.html:
        error = answer.json()["error"]
        assert error["code"] == expected.status
        assert error["errors"][0]["reason"] == expected.reason
    assert requests.get(url, headers=bearer, timeout=10).status_code == 200


def test_retry_after_in_the_message(control, gmail):
    control.inject("error", "messages.send", error="retryAfterMessage")
    with pytest.raises(HttpError) as caught:
        send(gmail(), mail(ANN, BOB))
    message = json.loads(caught.value.content)["error"]["message"]
    head, _, stamp = message.partition("  Retry after ")
    assert head == "User-rate limit exceeded."
    assert stamp.endswith("Z") and len(stamp) == len("2023-03-07T18:03:15.961Z")


def test_own_error_and_retry_after_header(control, session):
    control.inject(
        "error",
        "messages.send",
        status=429,
        reason="rateLimitExceeded",
        message="Slow down",
        retry_after=7,
    )
    answer = post_mail(control, session)
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "7"
    assert answer.json()["error"]["message"] == "Slow down"
    assert control.messages(BOB) == []


def test_times_skip_account_and_clear(control, gmail):
    ann, bob = gmail(), gmail(BOB)

    def works(users):
        try:
            users.getProfile(userId="me").execute()
        except HttpError:
            return False
        return True

    control.inject("error", "getProfile", account=ANN, times=2, skip=1)
    assert works(bob)
    assert [works(ann) for _ in range(4)] == [True, False, False, True]
    fault = control.inject("error", times=None)
    assert [works(ann), works(bob), works(ann)] == [False] * 3
    assert control.faults()[-1]["hits"] == 3
    control.clear_faults(fault)
    assert works(ann)
    with control.fault("error", "getProfile", times=None):
        assert not works(ann)
    assert works(ann)


def test_drop_before(control, session):
    control.inject("drop_before", "messages.send")
    with pytest.raises(requests.ConnectionError, match="closed connection"):
        post_mail(control, session)
    assert control.messages(ANN) == [] and control.messages(BOB) == []
    assert control.requests("messages.send")[0]["status"] == 0


def test_drop_after_a_big_send(control, session):
    control.inject("drop_after", "messages.send")
    with pytest.raises(requests.ConnectionError, match="closed connection"):
        session.post(
            f"{control.base_url}/upload{SEND}?uploadType=media",
            mail(ANN, BOB, text="x" * 3_000_000),
            headers={"Content-Type": "message/rfc822"},
            timeout=10,
        )
    assert len(control.messages(ANN)) == len(control.messages(BOB)) == 1


def test_error_after(control, session):
    control.inject("error_after", "messages.send", error="backendError503")
    assert post_mail(control, session).status_code == 503
    assert len(control.messages(BOB)) == 1


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_delay_outlasts_the_client(control, session, when, done):
    control.inject("delay", "messages.send", delay=2, when=when)
    with pytest.raises(requests.Timeout):
        session.post(
            control.base_url + SEND,
            json={"raw": encoded(mail(ANN, BOB))},
            timeout=(2, 0.3),
        )
    assert len(control.messages(BOB)) == done
    deadline = time.monotonic() + 10
    while not control.messages(BOB) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(control.messages(BOB)) == 1


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
def test_hold(control, session, when, done):
    fault = control.inject("hold", "messages.send", when=when)
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(post_mail(control, session).status_code)
    )
    thread.start()
    assert control.wait_for_hits(fault)
    time.sleep(0.1)
    assert len(control.messages(BOB)) == done and not answers
    control.release(fault)
    thread.join(5)
    assert answers == [200] and len(control.messages(BOB)) == 1


def test_not_yet_visible(control, gmail):
    first, second = (control.deliver(ANN, mail())["id"] for _ in range(2))
    control.not_yet_visible(ANN, first, times=2)
    get = gmail().messages().get
    for _ in range(2):
        with pytest.raises(HttpError) as caught:
            get(userId="me", id=first).execute()
        assert caught.value.status_code == 404
        get(userId="me", id=second).execute()
    get(userId="me", id=first).execute()


def test_unauthorized_makes_google_auth_refresh(control, session):
    control.expire_access_tokens(ANN)
    assert post_mail(control, session).status_code == 200
    assert control.counts()["token"] == 1
    assert len(control.messages(BOB)) == 1


def test_token_faults_are_retried_by_google_auth(control, credentials):
    control.inject("error", "token", error="server_error", times=1)
    creds = credentials()
    creds.refresh(google.auth.transport.requests.Request())
    assert control.counts()["token"] == 2


def test_log_has_nothing_secret(control, gmail, credentials):
    users = gmail()
    control.clear_requests()
    send(users, mail(ANN, BOB, "Topsecret"))
    users.messages().list(userId="me", q="topsecret").execute()
    entries = control.requests()
    # The client library sends again by itself when a kept connection was closed.
    assert {e["method"] for e in entries} == {"messages.send", "messages.list"}
    assert "opsecret" not in str(entries) and "ya29" not in str(entries)
    control.clear_requests()
    assert control.counts() == {}


def test_control_refuses_nonsense(control):
    with pytest.raises(ControlError):
        control.inject("explode")
    with pytest.raises(ControlError):
        control.inject("error", error="nope")
    with pytest.raises(ControlError):
        control.deliver("nobody@acme.example", mail())
    with pytest.raises(ControlError):
        control.set(nope=1)
    with pytest.raises(ControlError):
        control.call("nope")
    form = requests.post(f"{control.base_url}/_control/reset", data="x=1", timeout=10)
    assert form.status_code == 404
    foreign = requests.post(
        f"{control.base_url}/_control/reset",
        json={},
        headers={"Host": "evil.example"},
        timeout=10,
    )
    assert foreign.status_code == 403
    assert control.accounts()
