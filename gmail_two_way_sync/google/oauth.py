"""OAuth 2.0 for web servers, as Google does it: connect, refresh, revoke.

Facts: developers.google.com/identity/protocols/oauth2/web-server, OpenID Connect
Core 1.0, RFC 7636 (PKCE).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import requests

from .errors import (
    EXCHANGE,
    REFRESH,
    REVOKE,
    Refused,
    classify_oauth,
    network_failure,
    unreadable,
)
from .hosts import Hosts
from .wire import NETWORK_ERRORS, Answer, exchange, prompt, utcnow

REQUIRED_SCOPES = (
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/gmail.send",
)
SCOPES = ("openid", "email", *REQUIRED_SCOPES)
ISSUERS = ("https://accounts.google.com", "accounts.google.com")

# Google answers a short name with its long form.
_LONG_SCOPES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
_LEEWAY_SECONDS = 60


@dataclass(frozen=True)
class Tokens:
    """A mailbox's tokens.

    :ivar access_token: empty when there is none; then the first call refreshes.
    :ivar expires_at: naive UTC, of the access token.
    :ivar refresh_token: None when Google gave none.
    """

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True)
class Grant:
    """What a person granted, and who it is.

    :ivar scopes: granted scopes in their long form.
    :ivar subject: Google's unchanging id of the account (``sub``); the email changes.
    :ivar hosted_domain: the Google Workspace domain, None for a consumer account.
    """

    tokens: Tokens
    scopes: frozenset[str]
    subject: str
    email: str
    hosted_domain: str | None

    @property
    def missing_scopes(self) -> tuple[str, ...]:
        """Required scopes that were not granted: the person can untick each one."""
        return tuple(scope for scope in REQUIRED_SCOPES if scope not in self.scopes)


def new_verifier() -> str:
    """A PKCE code verifier: 86 unguessable characters."""
    return secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorization_url(
    hosts: Hosts,
    client_id: str,
    redirect_uri: str,
    state: str,
    code_challenge: str,
    login_hint: str | None = None,
) -> str:
    """Where to send the person's browser (spec A2).

    ``prompt`` shows the account chooser always, and the permission page too since only
    then Google gives a refresh token every time. Permissions granted earlier are not
    merged in: revoking them together would break other uses of the same project.

    :param login_hint: address or subject to preselect; who answers may be another.
    """
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent select_account",
    }
    if login_hint:
        query["login_hint"] = login_hint
    return f"{hosts.auth}?{urlencode(query)}"


class OAuthClient:
    """This database's OAuth client at Google. Its calls are never repeated here."""

    def __init__(self, hosts: Hosts, client_id: str, client_secret: str) -> None:
        self._hosts = hosts
        self._client_id = client_id
        self._client_secret = client_secret

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Grant:
        """Trade the code of the redirect for tokens.

        :param verifier: the one whose challenge was in the authorization URL.
        :param redirect_uri: the same as in the authorization URL.
        :raises CodeRefused: wrong, used or expired code.
        :raises GoogleError: ClientRefused, RateLimited, Refused or TryAgain.
        """
        form = self._credentials(
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
        )
        document = self._post(EXCHANGE, self._hosts.token, form)
        claims = _identity(document.get("id_token"), self._client_id)
        return Grant(
            tokens=_tokens(EXCHANGE, document),
            scopes=_scopes(document),
            subject=claims["sub"],
            email=claims["email"],
            hosted_domain=claims.get("hd"),
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """A new access token. The refresh token stays unless Google gives a new one.

        :raises TokenRefused: the refresh token is dead (spec A8).
        :raises GoogleError: ClientRefused, RateLimited, Refused or TryAgain.
        """
        form = self._credentials(
            grant_type="refresh_token", refresh_token=refresh_token
        )
        document = self._post(REFRESH, self._hosts.token, form)
        return _tokens(REFRESH, {"refresh_token": refresh_token, **document})

    def revoke(self, token: str) -> None:
        """End a grant at Google, by its access or refresh token.

        Ends what this person granted to all clients of the same Cloud project.

        :raises TokenRefused: Google did not know the token any more.
        :raises GoogleError: RateLimited, Refused or TryAgain.
        """
        # In the body: a query string would show the token to every log on the way.
        self._call(REVOKE, self._hosts.revoke, {"token": token})

    def _credentials(self, **form: str) -> dict[str, str]:
        return form | {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }

    def _post(self, call: str, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            document = self._call(call, url, form).json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise unreadable(call)
        return document

    def _call(self, call: str, url: str, form: Mapping[str, str]) -> Answer:
        try:
            with prompt(requests.Session()) as session:
                answer = exchange(session, call, "POST", url, data=form)
        except NETWORK_ERRORS as error:
            # Without the cause: its texts and objects hold the request.
            raise network_failure(error) from None
        if not answer.ok:
            raise classify_oauth(answer, call, utcnow())
        return answer


def _tokens(call: str, document: Mapping[str, Any]) -> Tokens:
    try:
        lifetime = timedelta(seconds=int(document["expires_in"]))
        access_token = document["access_token"]
    except (KeyError, TypeError, ValueError):
        raise unreadable(call) from None
    return Tokens(access_token, utcnow() + lifetime, document.get("refresh_token"))


def _scopes(document: Mapping[str, Any]) -> frozenset[str]:
    """An absent scope means that all was granted (RFC 6749, 5.1)."""
    words = str(document.get("scope", " ".join(SCOPES))).split()
    return frozenset(_LONG_SCOPES.get(word, word) for word in words)


def _identity(id_token: Any, client_id: str) -> dict[str, Any]:
    """Claims of an ID token that came straight from Google's token endpoint.

    The signature is not checked: the token came over TLS from Google itself and not
    through the browser, where OpenID Connect Core 3.1.3.7 (6) lets TLS stand for it.
    Issuer, audience and expiry are checked all the same.
    """
    try:
        claims = jwt.decode(id_token, options={"verify_signature": False})
        genuine = (
            claims["iss"] in ISSUERS
            and claims["aud"] == client_id
            and time.time() < int(claims["exp"]) + _LEEWAY_SECONDS
            and claims["sub"]
            and claims["email"]
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        genuine = False
    if not genuine:
        raise Refused("Google did not say whose account this is.", "invalid_id_token")
    return claims
