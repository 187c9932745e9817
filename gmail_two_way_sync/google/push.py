"""Google's push notifications: who sent one, and what it says (spec F2).

Facts: cloud.google.com/pubsub/docs/authenticate-push-subscriptions. The token proves
who sent the request but not what is in it, so that the content is a hint.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt

from .errors import Forged, TryAgain
from .hosts import Hosts
from .oauth import ISSUERS

_LEEWAY_SECONDS = 60
_KEYS_LIFESPAN_SECONDS = 3600
_KEYS_TIMEOUT_SECONDS = 10

# Nothing was fetched, or what was fetched is no set of keys.
_NO_KEYS = (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, ValueError, OSError)


def verify(
    token: str, hosts: Hosts, audience: str, service_account: str
) -> dict[str, Any]:
    """The claims of a token that Pub/Sub sent with a push notification.

    :param token: what follows ``Bearer`` in the Authorization header.
    :param audience: configured with the push subscription.
    :param service_account: email of the account that the subscription pushes as.
    :raises Forged: anything about the token is not as it must be.
    :raises TryAgain: Google's signing keys could not be fetched.
    """
    if not (token and audience and service_account):
        raise Forged("There is nothing to check the notification against.")
    try:
        claims = jwt.decode(
            token,
            _signing_key(token, hosts.certs),
            algorithms=["RS256"],
            audience=audience,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "aud", "iss", "email"]},
        )
    except jwt.PyJWTError as error:
        raise Forged(type(error).__name__) from None
    _check_sender(claims, service_account)
    return claims


def fetch_keys(hosts: Hosts) -> None:
    """Fetch Google's signing keys anew, to know whether they can be had.

    :raises TryAgain: they cannot.
    """
    try:
        jwt.PyJWKClient(hosts.certs, timeout=_KEYS_TIMEOUT_SECONDS).get_signing_keys()
    except (*_NO_KEYS, jwt.PyJWTError) as error:
        raise TryAgain(type(error).__name__) from None


def notification(body: Mapping[str, Any]) -> tuple[str, int]:
    """Mailbox address and history id in a Pub/Sub push request's JSON body.

    The id is the mailbox's after the change: not one to start ``history`` from.

    :raises ValueError: the body is not such a request.
    """
    try:
        encoded = body["message"]["data"]
        data = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        return str(data["emailAddress"]), int(data["historyId"])
    except (KeyError, TypeError, AttributeError):
        raise ValueError("Not a Gmail notification.") from None


def _signing_key(token: str, certs_url: str) -> Any:
    try:
        return _keys(certs_url).get_signing_key_from_jwt(token).key
    except _NO_KEYS as error:
        raise TryAgain(type(error).__name__) from None


@lru_cache(maxsize=4)
def _keys(certs_url: str) -> jwt.PyJWKClient:
    """Google's keys. They change every few days; an unknown key is looked up anew."""
    return jwt.PyJWKClient(
        certs_url, lifespan=_KEYS_LIFESPAN_SECONDS, timeout=_KEYS_TIMEOUT_SECONDS
    )


def _check_sender(claims: Mapping[str, Any], service_account: str) -> None:
    if claims["iss"] not in ISSUERS:
        raise Forged("The token was not issued by Google.")
    if claims["email"] != service_account or claims.get("email_verified") is not True:
        raise Forged("The token belongs to another account.")
