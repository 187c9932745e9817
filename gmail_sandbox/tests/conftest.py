"""One sandbox for the whole run, emptied for each test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from ..control_client import ControlClient
from ..server import SandboxServer
from . import ANN, BOB, CLIENT_ID, CLIENT_SECRET, REDIRECT


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> ControlClient:
    """An empty sandbox with two mailboxes and one OAuth client."""
    client = server.control
    client.reset()
    client.create_client(CLIENT_ID, CLIENT_SECRET, [REDIRECT])
    client.create_account(ANN, "Ann Smith")
    client.create_account(BOB, "Bob Brown")
    return client


@pytest.fixture(scope="session")
def document(server: SandboxServer) -> dict[str, Any]:
    """Google's own discovery document, pointed at the sandbox."""
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    found = json.loads((folder / "gmail.v1.json").read_text(encoding="utf-8"))
    found["rootUrl"] = found["mtlsRootUrl"] = f"{server.base_url}/"
    found["baseUrl"] = f"{server.base_url}/"
    return found


@pytest.fixture
def credentials(control: ControlClient) -> Callable[..., Credentials]:
    def make(email: str = ANN, **options: Any) -> Credentials:
        tokens = control.connect(email, client_id=CLIENT_ID, **options)
        return Credentials(
            tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            token_uri=f"{control.base_url}/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        )

    return make


@pytest.fixture
def gmail(document: dict[str, Any], credentials: Callable) -> Callable[..., Any]:
    """``gmail(email, scopes=...)`` is ``service.users()`` of Google's library."""

    def make(email: str = ANN, **options: Any) -> Any:
        plain = httplib2.Http(timeout=30)
        # As googleapiclient.http.build_http: 308 is an upload's "go on".
        plain.redirect_codes -= {308}
        http = google_auth_httplib2.AuthorizedHttp(
            credentials(email, **options), http=plain
        )
        service = build_from_document(document, http=http)
        users = service.users()
        users.new_batch = service.new_batch_http_request
        return users

    return make
