"""Codes, access and refresh tokens, signed identity tokens and their keys."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .accounts import Account, Client, account_by_id, find_client
from .store import Store

ISSUER = "https://accounts.google.com"
GMAIL = "https://www.googleapis.com/auth/gmail."
FULL_MAIL = "https://mail.google.com/"
# Google, "Refresh token expiration": the oldest dies without notice.
MAX_REFRESH_TOKENS = 100

_ALIASES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
IDENTITY_SCOPES = {"openid", *_ALIASES.values()}
#: Scopes with a checkbox, and what the person reads beside it.
CONSENT_TEXTS = {
    FULL_MAIL: "Read, compose, send and permanently delete all your email",
    GMAIL + "readonly": "View your email messages and settings",
    GMAIL + "send": "Send email on your behalf",
    GMAIL + "modify": "Read, compose and send emails from your account",
    GMAIL + "compose": "Manage drafts and send emails",
    GMAIL + "insert": "Add emails into your mailbox",
    GMAIL + "metadata": "View message headers and labels, but not the body",
    GMAIL + "labels": "See and edit your email labels",
    GMAIL + "settings.basic": "See and edit your email settings and filters",
}


def normalize_scopes(scope: str) -> list[str]:
    """Scopes without repetition, ``email`` in the form that answers use."""
    return list(dict.fromkeys(_ALIASES.get(name, name) for name in scope.split()))


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    return [name for name in scopes if name not in {*IDENTITY_SCOPES, *CONSENT_TEXTS}]


def has_mail_scope(scope: str) -> bool:
    return any(name.startswith(GMAIL) or name == FULL_MAIL for name in scope.split())


@dataclass(frozen=True)
class Caller:
    """Who calls the API, for which account, with which rights."""

    account: Account
    client: Client
    scopes: frozenset[str]


# Codes


def create_code(
    store: Store,
    account: Account,
    request: dict[str, str],
    scopes: list[str],
    with_refresh: bool,
) -> str:
    """An authorization code for what the person agreed to."""
    code = "4/0A" + secrets.token_urlsafe(52)
    store.run(
        "INSERT INTO codes (code, client_id, account_id, request, scope,"
        " with_refresh, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
        code,
        request["client_id"],
        account.id,
        json.dumps(request),
        " ".join(scopes),
        int(with_refresh),
        int((time.time() + store.get("code_lifetime")) * 1000),
    )
    return code


def verifier_matches(verifier: str, challenge: str, method: str) -> bool:
    """PKCE (RFC 7636)."""
    if method == "plain":
        return secrets.compare_digest(verifier, challenge)
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(expected, challenge)


# Tokens


def issue(
    store: Store,
    kind: str,
    account_id: int,
    client_id: str,
    scope: str,
    code: str | None = None,
) -> str:
    """A new ``access`` or ``refresh`` token."""
    prefix = {"access": "ya29.a0A", "refresh": "1//0"}[kind]
    token = prefix + secrets.token_urlsafe(100 if kind == "access" else 75)
    lifetime = store.get("access_token_lifetime")
    expires = int((time.time() + lifetime) * 1000) if kind == "access" else None
    store.run(
        "INSERT INTO tokens (token, kind, client_id, account_id, scope, code, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        token,
        kind,
        client_id,
        account_id,
        scope,
        code,
        expires,
    )
    if kind == "refresh":
        _forget_oldest(store, account_id, client_id)
    return token


def _forget_oldest(store: Store, account_id: int, client_id: str) -> None:
    store.run(
        "DELETE FROM tokens WHERE kind = 'refresh' AND serial IN (SELECT serial"
        " FROM tokens WHERE kind = 'refresh' AND account_id = ? AND client_id = ?"
        " ORDER BY serial DESC LIMIT -1 OFFSET ?)",
        account_id,
        client_id,
        MAX_REFRESH_TOKENS,
    )


def find_caller(store: Store, access_token: str) -> Caller | None:
    """The caller behind a live access token."""
    row = store.one(
        "SELECT * FROM tokens WHERE token = ? AND kind = 'access' AND expires > ?",
        access_token,
        int(time.time() * 1000),
    )
    if row is None:
        return None
    account = account_by_id(store, row["account_id"])
    client = find_client(store, row["client_id"])
    if account is None or client is None:
        return None
    return Caller(account, client, frozenset(row["scope"].split()))


def revoke_token(store: Store, token: str) -> bool:
    """Google: revoking any token ends the user's whole grant to the project."""
    row = store.one("SELECT * FROM tokens WHERE token = ?", token)
    client = find_client(store, row["client_id"]) if row else None
    if row is None or client is None:
        return False
    end_grant(store, row["account_id"], client.project)
    return True


def end_grant(store: Store, account_id: int, project: str | None = None) -> None:
    """Kill all tokens of the user for a project, or for all projects."""
    with store.transaction():
        for table in ("tokens", "codes"):
            store.run(
                f"DELETE FROM {table} WHERE account_id = ? AND (? IS NULL OR client_id"
                " IN (SELECT client_id FROM clients WHERE project = ?))",
                account_id,
                project,
                project,
            )
        store.run(
            "DELETE FROM grants WHERE account_id = ? AND (? IS NULL OR project = ?)",
            account_id,
            project,
            project,
        )


def password_changed(store: Store, account_id: int) -> None:
    """Tokens that include Gmail scopes die (Google, "Refresh token expiration")."""
    with store.transaction():
        for row in store.all("SELECT * FROM tokens WHERE account_id = ?", account_id):
            if has_mail_scope(row["scope"]):
                store.run("DELETE FROM tokens WHERE serial = ?", row["serial"])


def granted_scopes(store: Store, account_id: int, project: str) -> list[str] | None:
    """What the person agreed to earlier, None before the first consent."""
    scope = store.value(
        "SELECT scope FROM grants WHERE account_id = ? AND project = ?",
        account_id,
        project,
    )
    return None if scope is None else scope.split()


def remember_grant(
    store: Store, account_id: int, project: str, scopes: Iterable[str]
) -> None:
    earlier = granted_scopes(store, account_id, project) or []
    store.run(
        "INSERT OR REPLACE INTO grants VALUES (?, ?, ?)",
        account_id,
        project,
        " ".join(dict.fromkeys([*earlier, *scopes])),
    )


# Signatures


def _private_key(store: Store) -> rsa.RSAPrivateKey:
    with store.transaction():
        pem = store.get("signing_key")
        if pem is None:
            key = new_key()
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode()
            store.set("signing_key", pem)
    return _load_key(pem)


@lru_cache(maxsize=8)
def _load_key(pem: str) -> rsa.RSAPrivateKey:
    loaded = serialization.load_pem_private_key(pem.encode(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _key_id(key: rsa.RSAPrivateKey) -> str:
    number = key.public_key().public_numbers().n
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def jwks(store: Store) -> dict[str, Any]:
    """The public key as Google's certificate endpoint shows it."""
    key = _private_key(store)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    entry = {key: public[key] for key in ("kty", "n", "e")}
    return {"keys": [{**entry, "alg": "RS256", "use": "sig", "kid": _key_id(key)}]}


def sign(
    store: Store, claims: dict[str, Any], key: rsa.RSAPrivateKey | None = None
) -> str:
    """A JWT; another key than Google's makes a forgery with Google's key id."""
    kid = _key_id(_private_key(store))
    return jwt.encode(
        claims, key or _private_key(store), algorithm="RS256", headers={"kid": kid}
    )


def id_token(
    store: Store, account: Account, client_id: str, scope: str, nonce: str | None
) -> str:
    """OpenID Connect claims (Google, "OpenID Connect", ID token payload)."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "azp": client_id,
        "aud": client_id,
        "sub": account.sub,
        "iat": now,
        "exp": now + 3600,
    }
    if account.kind == "workspace":
        claims["hd"] = account.domain
    if _ALIASES["email"] in scope.split():
        claims |= {"email": account.email, "email_verified": True}
    if _ALIASES["profile"] in scope.split():
        claims["name"] = account.name
    if nonce:
        claims["nonce"] = nonce
    return sign(store, claims)
