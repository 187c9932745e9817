"""Consent pages, tokens, PKCE, revocation."""

from __future__ import annotations

import base64
import hashlib
import re
import time

import google.auth.transport.requests
import jwt
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.oauth2 import id_token

from ..control_client import ControlError, redirect_values
from . import ANN, BOB, CLIENT_ID, CLIENT_SECRET, GMAIL, REDIRECT


def exchange(control, code, **values):
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT,
        **values,
    }
    return requests.post(f"{control.base_url}/token", data=data, timeout=10)


def refresh(control, token, **values):
    data = {
        "grant_type": "refresh_token",
        "refresh_token": token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **values,
    }
    return requests.post(f"{control.base_url}/token", data=data, timeout=10)


def consent(control, email=ANN, person=None, **parameters):
    url = control.authorization_url(CLIENT_ID, REDIRECT, state="s t&te", **parameters)
    return redirect_values(control.authorize(url, email, **(person or {})))


def profile_status(control, access_token):
    return requests.get(
        f"{control.base_url}/gmail/v1/users/me/profile",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=10,
    ).status_code


def test_whole_flow(control):
    back = consent(control)
    assert back["state"] == "s t&te"
    assert back["hd"] == "acme.example"
    answer = exchange(control, back["code"]).json()
    assert answer["expires_in"] == 3599
    assert answer["token_type"] == "Bearer"
    assert answer["scope"].split() == [
        "openid",
        "https://www.googleapis.com/auth/userinfo.email",
        GMAIL + "readonly",
        GMAIL + "send",
    ]
    assert profile_status(control, answer["access_token"]) == 200
    renewed = refresh(control, answer["refresh_token"]).json()
    assert "refresh_token" not in renewed
    assert profile_status(control, renewed["access_token"]) == 200


def test_id_token_satisfies_google_auth(control, monkeypatch):
    code = consent(control, nonce="n-1")["code"]
    token = exchange(control, code).json()["id_token"]
    certs = requests.get(f"{control.base_url}/oauth2/v3/certs", timeout=10).json()
    key = jwt.PyJWK(certs["keys"][0])
    assert jwt.get_unverified_header(token)["kid"] == certs["keys"][0]["kid"]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=CLIENT_ID)
    account = control.account(ANN)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["sub"] == account["sub"]
    assert claims["email"] == ANN and claims["email_verified"] is True
    assert claims["hd"] == "acme.example"
    assert claims["nonce"] == "n-1"
    assert claims["exp"] - claims["iat"] == 3600
    verified = id_token.verify_token(
        token,
        google.auth.transport.requests.Request(),
        CLIENT_ID,
        certs_url=f"{control.base_url}/oauth2/v3/certs",
    )
    assert verified["sub"] == account["sub"]


def test_consumer_has_no_hosted_domain(control):
    back = consent(control, BOB)
    assert "hd" not in back
    token = exchange(control, back["code"]).json()["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert "hd" not in claims and "nonce" not in claims


def test_sub_stays_when_the_address_changes(control):
    sub = control.account(ANN)["sub"]
    control.rename_account(ANN, "ann.jones@acme.example")
    assert control.account("ann.jones@acme.example")["sub"] == sub


def test_chooser_is_always_shown_with_select_account(control):
    url = control.authorization_url(CLIENT_ID, REDIRECT, login_hint=BOB)
    page = requests.get(url, timeout=10).text
    assert "Choose an account" in page
    hinted = re.search(r'<button[^>]*value="([^"]*)"[^>]*aria-current="true"', page)
    assert hinted and hinted[1] == BOB


def test_hint_skips_the_chooser_without_select_account(control):
    url = control.authorization_url(
        CLIENT_ID, REDIRECT, login_hint=BOB, prompt="consent"
    )
    page = requests.get(url, timeout=10).text
    assert "Choose an account" not in page and BOB in page


def test_unticked_permission_is_missing_in_the_scope(control):
    back = consent(control, person={"untick": [GMAIL + "send"]})
    answer = exchange(control, back["code"]).json()
    assert GMAIL + "send" not in answer["scope"].split()
    assert GMAIL + "readonly" in answer["scope"].split()


def test_nothing_ticked_still_gives_identity(control):
    back = consent(control, person={"tick": []})
    answer = exchange(control, back["code"]).json()
    assert answer["scope"] == "openid https://www.googleapis.com/auth/userinfo.email"
    assert profile_status(control, answer["access_token"]) == 403


def test_pre_ticked_scopes_can_be_set(control):
    control.set(pre_ticked=[GMAIL + "readonly"])
    answer = exchange(control, consent(control)["code"]).json()
    assert GMAIL + "send" not in answer["scope"]


def test_cancel(control):
    back = consent(control, person={"cancel": True})
    assert back == {"state": "s t&te", "error": "access_denied"}


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"client_id": "unknown"}, "invalid_client"),
        ({"redirect_uri": REDIRECT + "/"}, "redirect_uri_mismatch"),
        ({"scope": "openid https://www.googleapis.com/auth/nope"}, "invalid_scope"),
        ({"scope": ""}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
    ],
)
def test_errors_stay_on_googles_page(control, parameters, error):
    values = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT, **parameters}
    url = control.authorization_url(**values)
    answer = requests.get(url, allow_redirects=False, timeout=10)
    assert answer.status_code in (400, 401)
    assert error in answer.text


def test_policy_error_by_fault(control):
    control.inject("error", "auth", error="admin_policy_enforced")
    with pytest.raises(ControlError, match="admin_policy_enforced"):
        consent(control)


def test_password(control):
    control.create_account(ANN, password="correct horse")
    with pytest.raises(ControlError):
        consent(control, person={"password": "wrong"})
    assert consent(control, person={"password": "correct horse"})["code"]


def challenge_of(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_pkce(control):
    parameters = {
        "code_challenge": challenge_of("v" * 50),
        "code_challenge_method": "S256",
    }
    code = consent(control, **parameters)["code"]
    assert exchange(control, code).json()["error"] == "invalid_grant"
    wrong = exchange(control, code, code_verifier="w" * 50)
    assert wrong.status_code == 400 and wrong.json()["error"] == "invalid_grant"
    assert exchange(control, code, code_verifier="v" * 50).status_code == 200


def test_verifier_without_challenge_is_refused(control):
    answer = exchange(control, consent(control)["code"], code_verifier="v" * 50)
    assert answer.status_code == 400
    assert "not needed" in answer.json()["error_description"]


def test_secret_is_needed_even_with_pkce(control):
    code = consent(control, code_challenge=challenge_of("v" * 50))["code"]
    assert exchange(control, code, client_secret="").status_code == 400
    answer = exchange(control, code, client_secret="wrong", code_verifier="v" * 50)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_code_works_once_and_its_reuse_revokes(control):
    code = consent(control)["code"]
    first = exchange(control, code).json()
    assert exchange(control, code).json()["error"] == "invalid_grant"
    assert profile_status(control, first["access_token"]) == 401
    assert refresh(control, first["refresh_token"]).json()["error"] == "invalid_grant"


def test_code_expires(control):
    control.set(code_lifetime=0)
    assert exchange(control, consent(control)["code"]).status_code == 400


def test_code_is_bound_to_the_redirect(control):
    code = consent(control)["code"]
    answer = exchange(control, code, redirect_uri="https://other.example/")
    assert answer.json()["error"] == "redirect_uri_mismatch"


def test_refresh_token_only_offline(control):
    code = consent(control, access_type="online")["code"]
    assert "refresh_token" not in exchange(control, code).json()


def test_refresh_token_only_at_first_or_forced_consent(control):
    first = consent(control, prompt="select_account")["code"]
    assert "refresh_token" in exchange(control, first).json()
    second = consent(control, prompt="select_account")["code"]
    assert "refresh_token" not in exchange(control, second).json()
    forced = consent(control, prompt="consent")["code"]
    assert "refresh_token" in exchange(control, forced).json()


def test_refresh_with_google_auth(control, credentials):
    creds = credentials()
    request = google.auth.transport.requests.Request()
    creds.refresh(request)
    assert creds.valid
    control.change_password(ANN)
    with pytest.raises(RefreshError) as caught:
        creds.refresh(request)
    assert caught.value.args[1]["error"] == "invalid_grant"
    assert not caught.value.retryable


def test_refresh_errors(control, credentials):
    token = credentials().refresh_token
    assert refresh(control, token, client_secret="x").status_code == 401
    assert refresh(control, "1//unknown").json() == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }
    broader = refresh(control, token, scope=GMAIL + "modify")
    assert broader.json()["error"] == "invalid_scope"
    assert refresh(control, token, grant_type="password").status_code == 400


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_any_token_ends_the_projects_grant(control, kind):
    control.create_client("1234-other.apps.example", "other", [REDIRECT])
    control.create_client("99-foreign.apps.example", "foreign", [REDIRECT])
    first = control.connect(ANN, client_id=CLIENT_ID)
    sibling = control.connect(ANN, client_id="1234-other.apps.example")
    foreign = control.connect(ANN, client_id="99-foreign.apps.example")
    bobs = control.connect(BOB, client_id=CLIENT_ID)
    url = f"{control.base_url}/revoke"
    answer = requests.post(url, data={"token": first[kind]}, timeout=10)
    assert answer.status_code == 200
    assert profile_status(control, first["access_token"]) == 401
    assert profile_status(control, sibling["access_token"]) == 401
    assert profile_status(control, foreign["access_token"]) == 200
    assert profile_status(control, bobs["access_token"]) == 200
    again = requests.post(url, data={"token": first[kind]}, timeout=10)
    assert again.status_code == 400 and again.json()["error"] == "invalid_token"


def test_user_removes_the_application(control, credentials):
    token = credentials().refresh_token
    control.revoke_grant(ANN)
    assert refresh(control, token).json()["error"] == "invalid_grant"


def test_password_change_spares_tokens_without_mail(control):
    identity = control.connect(ANN, ["openid", "email"], CLIENT_ID)
    control.change_password(ANN)
    assert refresh(control, identity["refresh_token"]).status_code == 200


def test_the_hundred_and_first_refresh_token_kills_the_oldest(control):
    tokens = [control.connect(ANN, client_id=CLIENT_ID) for _ in range(101)]
    assert control.token_counts(ANN)["refresh"] == 100
    assert refresh(control, tokens[0]["refresh_token"]).status_code == 400
    assert refresh(control, tokens[1]["refresh_token"]).status_code == 200


def test_access_token_expires(control, credentials):
    control.set(access_token_lifetime=0)
    token = credentials().token
    time.sleep(0.01)
    assert profile_status(control, token) == 401


def test_token_endpoint_faults(control, credentials):
    token = credentials().refresh_token
    control.inject("error", "token", error="temporarily_unavailable", account=ANN)
    assert refresh(control, token).status_code == 503
    control.inject("error", "token", error="invalid_client")
    assert refresh(control, token).json()["error"] == "invalid_client"
    assert refresh(control, token).status_code == 200
