"""Push notifications: nobody but Google's Pub/Sub can trigger a sync (spec F2)."""

import base64
import hmac
import json
import time
import unittest

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ...google import errors, push
from . import common

AUDIENCE = "https://odoo.example.com/gmail_two_way_sync/push"
ACCOUNT = "push@project.iam.gserviceaccount.com"
CERTS = "/oauth2/v3/certs"
GOOGLES_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def claims(**changes):
    now = int(time.time())
    changed = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234",
        "email": ACCOUNT,
        "email_verified": True,
        "iat": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in changed.items() if value is not None}


def token(key=GOOGLES_KEY, kid="k1", **changes):
    return jwt.encode(claims(**changes), key, "RS256", headers={"kid": kid})


def signed_with_public_key():
    """What passes where a token's own word for its algorithm is taken."""
    public = GOOGLES_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": "k1"}
    parts = [encoded(json.dumps(part).encode()) for part in (header, claims())]
    signature = hmac.digest(public, ".".join(parts).encode(), "sha256")
    return ".".join([*parts, encoded(signature)])


def encoded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def key_set():
    public = jwt.algorithms.RSAAlgorithm.to_jwk(GOOGLES_KEY.public_key(), as_dict=True)
    return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}


class TestVerify(common.GoogleCase):
    def setUp(self):
        super().setUp()
        # An earlier server, with other keys, may have had the same port.
        push._keys.cache_clear()

    def verify(self, given, audience=AUDIENCE, account=ACCOUNT):
        return push.verify(given, self.hosts, audience, account)

    def test_f2_genuine(self):
        self.google.script(CERTS, common.reply(200, key_set()))
        self.assertEqual(self.verify(token())["email"], ACCOUNT)
        for issuer in ("accounts.google.com", "https://accounts.google.com"):
            self.verify(token(iss=issuer))
        self.assertEqual(len(self.google.to(CERTS)), 1)

    def test_f2_forged(self):
        self.google.script(CERTS, *[common.reply(200, key_set())] * 99)
        long_ago = int(time.time()) - 7200
        for name, forged in {
            "other key": token(key=OTHER_KEY),
            "unknown key": token(kid="k2"),
            "no key named": jwt.encode(claims(), GOOGLES_KEY, "RS256"),
            "public key as a secret": signed_with_public_key(),
            "unsigned": jwt.encode(claims(), None, "none", headers={"kid": "k1"}),
            "issuer": token(iss="https://accounts.example.com"),
            "audience": token(aud="https://other.example.com"),
            "expired": token(exp=long_ago, iat=long_ago),
            "no expiry": token(exp=None),
            "account": token(email="other@project.iam.gserviceaccount.com"),
            "no account": token(email=None),
            "unverified": token(email_verified=False),
            "not said to be verified": token(email_verified=None),
            "text": "not.a.token",
            "nothing": "",
        }.items():
            with self.subTest(name), self.assertRaises(errors.Forged):
                self.verify(forged)

    def test_f2_unconfigured(self):
        for audience, account in [("", ACCOUNT), (AUDIENCE, "")]:
            with self.subTest(audience=audience), self.assertRaises(errors.Forged):
                self.verify(token(aud="", email=""), audience, account)

    def test_f2_keys_not_to_be_had(self):
        for step in (
            common.reply(503, b"<html>"),
            common.reply(200, b"<html>"),
            common.reply(200, {}),
            common.hang_up,
        ):
            self.google.script(CERTS, step)
            with self.subTest(step=step), self.assertRaises(errors.TryAgain):
                self.verify(token())


class TestNotification(unittest.TestCase):
    def body(self, data):
        data = encoded(json.dumps(data).encode())
        return {"message": {"data": data, "messageId": "1"}}

    def test_f2_content(self):
        for history_id in (9876543210, "9876543210"):
            data = {"emailAddress": "ann@example.com", "historyId": history_id}
            found = push.notification(self.body(data))
            self.assertEqual(found, ("ann@example.com", 9876543210))

    def test_f2_junk(self):
        for body in (
            {},
            [],
            None,
            {"message": None},
            {"message": {}},
            {"message": {"data": 7}},
            {"message": {"data": "a"}},
            {"message": {"data": "\xff"}},
            {"message": {"data": "e30"}},
            self.body([]),
            self.body({"emailAddress": "ann@example.com"}),
            self.body({"emailAddress": "ann@example.com", "historyId": "x"}),
        ):
            with self.subTest(body=body), self.assertRaises(ValueError):
                push.notification(body)
