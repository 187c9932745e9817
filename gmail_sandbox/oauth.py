"""OAuth 2.0 endpoints for programs: token, revoke, keys.

Google, "Using OAuth 2.0 for Web Server Applications"; wordings observed.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import unquote

from flask import Flask, request
from werkzeug.wrappers import Response

from . import api, tokens
from .accounts import Client, account_by_id, find_client
from .context import sandbox
from .errors import GoogleError
from .faults import Call


def register(app: Flask) -> None:
    app.add_url_rule("/token", "token", token, methods=["POST"])
    app.add_url_rule("/revoke", "revoke", revoke, methods=["GET", "POST"])
    app.add_url_rule("/oauth2/v3/certs", "certs", certs)


def certs() -> Response:
    return api.json_response(tokens.jwks(sandbox().store))


def _error(status: int, name: str, description: str) -> GoogleError:
    return GoogleError(status, name, description, oauth=True)


# Token endpoint


def token() -> Response:
    """Exchange a code, or refresh; faults match the account that it is for."""
    call = Call("token", account=_account_concerned())
    response = api.run_call(call, _token)
    response.headers["Cache-Control"] = "no-store"
    return response


def _account_concerned() -> str | None:
    store = sandbox().store
    account_id = store.value(
        "SELECT account_id FROM tokens WHERE token = ?"
        " UNION SELECT account_id FROM codes WHERE code = ?",
        request.form.get("refresh_token", ""),
        request.form.get("code", ""),
    )
    account = account_by_id(store, account_id) if account_id else None
    return account.email if account else None


def _token() -> dict[str, Any]:
    client = _authenticated_client()
    grant_type = request.form.get("grant_type", "")
    with sandbox().store.transaction():
        if grant_type == "authorization_code":
            answer = _exchange(client)
        elif grant_type == "refresh_token":
            answer = _refresh(client)
        else:
            raise _error(
                400, "unsupported_grant_type", f"Invalid grant_type: {grant_type}"
            )
    if isinstance(answer, GoogleError):
        raise answer
    return answer


def _authenticated_client() -> Client:
    client_id = request.form.get("client_id", "")
    secret = request.form.get("client_secret", "")
    scheme, _, basic = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(basic).decode()
        except ValueError:
            decoded = ""
        client_id, _, secret = map(unquote, decoded.partition(":"))
    client = find_client(sandbox().store, client_id)
    if client is None:
        raise _error(401, "invalid_client", "The OAuth client was not found.")
    if not secret:
        raise _error(400, "invalid_request", "client_secret is missing.")
    if secret != client.client_secret:
        raise _error(401, "invalid_client", "Unauthorized")
    return client


def _exchange(client: Client) -> dict[str, Any] | GoogleError:
    store = sandbox().store
    code = request.form.get("code", "")
    row = store.one("SELECT * FROM codes WHERE code = ?", code)
    if row is None:
        return _error(400, "invalid_grant", "Malformed auth code.")
    if row["used"]:
        # Returned, not raised: the revocation has to be stored.
        store.run("DELETE FROM tokens WHERE code = ?", code)
        return _error(400, "invalid_grant", "Bad Request")
    if row["client_id"] != client.client_id or row["expires"] < time.time() * 1000:
        return _error(400, "invalid_grant", "Bad Request")
    asked = json.loads(row["request"])
    if request.form.get("redirect_uri", "") != asked["redirect_uri"]:
        return _error(400, "redirect_uri_mismatch", "Bad Request")
    _check_verifier(asked)
    store.run("UPDATE codes SET used = 1 WHERE code = ?", code)
    return _token_answer(client, row, code, asked.get("nonce"))


def _check_verifier(asked: dict[str, str]) -> None:
    verifier = request.form.get("code_verifier", "")
    challenge = asked.get("code_challenge", "")
    if challenge and not verifier:
        raise _error(400, "invalid_grant", "Missing code verifier.")
    if verifier and not challenge:
        raise _error(400, "invalid_grant", "code_verifier or verifier is not needed.")
    method = asked.get("code_challenge_method", "plain")
    if challenge and not tokens.verifier_matches(verifier, challenge, method):
        raise _error(400, "invalid_grant", "Invalid code verifier.")


def _token_answer(
    client: Client, row: Any, code: str | None, nonce: str | None
) -> dict[str, Any]:
    store = sandbox().store
    account_id, scope = row["account_id"], row["scope"]
    issue = (account_id, client.client_id, scope, code)
    answer: dict[str, Any] = {
        "access_token": tokens.issue(store, "access", *issue),
        "expires_in": store.get("access_token_lifetime"),
        "scope": scope,
        "token_type": "Bearer",
    }
    if code and row["with_refresh"]:
        answer["refresh_token"] = tokens.issue(store, "refresh", *issue)
    account = account_by_id(store, account_id)
    if "openid" in scope.split() and account:
        answer["id_token"] = tokens.id_token(
            store, account, client.client_id, scope, nonce
        )
    return answer


def _refresh(client: Client) -> dict[str, Any] | GoogleError:
    row = sandbox().store.one(
        "SELECT * FROM tokens WHERE token = ? AND kind = 'refresh'",
        request.form.get("refresh_token", ""),
    )
    if row is None:
        return _error(400, "invalid_grant", "Token has been expired or revoked.")
    if row["client_id"] != client.client_id:
        return _error(401, "unauthorized_client", "Unauthorized")
    narrowed = tokens.normalize_scopes(request.form.get("scope", ""))
    if not set(narrowed) <= set(row["scope"].split()):
        return _error(400, "invalid_scope", "Bad Request")
    wanted = {**dict(row), "scope": " ".join(narrowed) or row["scope"]}
    return _token_answer(client, wanted, None, None)


# Revocation


def revoke() -> Response:
    call = Call("revoke")
    return api.run_call(call, _revoke)


def _revoke() -> dict[str, Any]:
    if not tokens.revoke_token(sandbox().store, request.values.get("token", "")):
        raise _error(400, "invalid_token", "Token expired or revoked")
    return {}
