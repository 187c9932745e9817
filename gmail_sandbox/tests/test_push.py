"""watch, stop and Pub/Sub pushes."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import google.auth.transport.requests
import jwt
import pytest
from google.auth import exceptions
from google.oauth2 import id_token
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from . import ANN, mail

TOPIC = "projects/demo/topics/gmail"
REFUSALS = (exceptions.GoogleAuthError, jwt.PyJWTError, ValueError)
ROBOT = "push@demo.iam.gserviceaccount.com"


@pytest.fixture
def endpoint():
    """A push endpoint that keeps what it gets."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers.get("Authorization"), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.got = got
    receiver.url = f"http://127.0.0.1:{receiver.server_port}/push"
    thread = threading.Thread(target=receiver.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def wait_for(got, count):
    deadline = time.monotonic() + 5
    while len(got) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return got


def watch(users, topic=TOPIC, **body):
    return users.watch(userId="me", body={"topicName": topic, **body}).execute()


def verify(control, header, audience):
    return id_token.verify_token(
        header.removeprefix("Bearer "),
        google.auth.transport.requests.Request(),
        audience,
        certs_url=f"{control.base_url}/oauth2/v3/certs",
    )


def test_watch_and_stop(control, gmail):
    users = gmail()
    answer = watch(users)
    assert answer["historyId"] == control.account(ANN)["history_id"]
    assert int(answer["expiration"]) / 1000 - time.time() > 6.9 * 86400
    watch(users)  # the same topic renews
    with pytest.raises(HttpError) as caught:
        watch(users, "projects/demo/topics/other")
    assert caught.value.status_code == 400
    assert "Only one user push notification client" in str(caught.value)
    assert [w["topic"] for w in control.watches(ANN)] == [TOPIC]
    users.stop(userId="me").execute()
    assert control.watches(ANN) == []
    watch(users, "projects/demo/topics/other")


def test_bad_topic(gmail):
    with pytest.raises(HttpError):
        watch(gmail(), "gmail")


def test_topic_of_another_project(control, gmail):
    control.create_client(
        "1234-sandbox.apps.googleusercontent.com",
        "sandbox-secret",
        ["https://odoo.example/callback"],
        project="mine",
    )
    with pytest.raises(HttpError, match="projects/mine/topics"):
        watch(gmail())


def test_pushes(control, gmail, endpoint):
    control.subscribe(TOPIC, endpoint.url, "https://odoo.example/push", ROBOT)
    watch(gmail())
    wait_for(endpoint.got, 1)  # Google announces the watch itself
    time.sleep(1.05)  # at most one event per second and user
    sent = control.deliver(ANN, mail())
    header, body = wait_for(endpoint.got, 2)[1]
    data = json.loads(base64.urlsafe_b64decode(body["message"]["data"]))
    assert data["emailAddress"] == ANN
    assert data["historyId"] >= int(sent["history_id"])
    claims = verify(control, header, "https://odoo.example/push")
    assert claims["email"] == ROBOT and claims["email_verified"]


def test_label_filter(control, gmail, endpoint):
    control.subscribe(TOPIC, endpoint.url, "a", ROBOT)
    watch(gmail(), labelIds=["SENT"], labelFilterBehavior="include")
    wait_for(endpoint.got, 1)
    time.sleep(1.05)
    control.deliver(ANN, mail())
    time.sleep(0.2)
    assert len(endpoint.got) == 1


def test_genuine_and_forged_pushes(control, endpoint):
    def push(**options):
        answer = control.publish(ANN, endpoint.url, "aud", ROBOT, **options)
        assert answer["status"] == 204
        return endpoint.got[-1]

    header, body = push(history_id=42)
    data = json.loads(base64.urlsafe_b64decode(body["message"]["data"]))
    assert data == {"emailAddress": ANN, "historyId": 42}
    assert verify(control, header, "aud")["iss"] == "https://accounts.google.com"
    with pytest.raises(REFUSALS):
        verify(control, header, "another audience")
    for options in ({"forged": True}, {"expires_in": -10}):
        header, _body = push(**options)
        with pytest.raises(REFUSALS):
            verify(control, header, "aud")
    assert push(with_token=False)[0] is None
    header, _body = push(issuer="https://evil.example", email_verified=False)
    claims = verify(control, header, "aud")
    assert claims["iss"] == "https://evil.example" and not claims["email_verified"]


def test_served_discovery_document(control, credentials):
    control.deliver(ANN, mail())
    service = build(
        "gmail",
        "v1",
        credentials=credentials(),
        discoveryServiceUrl=f"{control.base_url}/$discovery/rest?version=v1&service=gmail",
        cache_discovery=False,
    )
    found = service.users().messages().list(userId="me", labelIds=["INBOX"]).execute()
    message_id = found["messages"][0]["id"]
    service.users().messages().get(userId="me", id=message_id).execute()
    assert service.users().settings().sendAs().list(userId="me").execute()["sendAs"]
