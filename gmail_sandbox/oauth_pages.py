"""The pages that a person sees: account chooser, password, consent, errors.

Errors that Google shows on its own page never redirect; only a cancelled or
finished consent does.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from . import tokens
from .accounts import Account, all_accounts, find_account, find_client
from .api import run_call
from .context import sandbox
from .errors import GoogleError
from .faults import Call

PATH = "/o/oauth2/v2/auth"
PARAMETERS = (
    "client_id redirect_uri response_type scope state access_type prompt login_hint"
    " nonce code_challenge code_challenge_method include_granted_scopes"
).split()


def register(app: Flask) -> None:
    rule = app.add_url_rule
    rule(PATH, "auth", authorize, methods=["GET", "POST"])
    rule(f"{PATH}/account", "auth account", choose_account, methods=["POST"])
    rule(f"{PATH}/consent", "auth consent", decide, methods=["POST"])


def _refused(status: int, code: str, text: str) -> GoogleError:
    return GoogleError(status, code, text, oauth=True)


def _asked() -> dict[str, str]:
    """The authorization request; the pages carry it along in their forms."""
    values = request.values
    return {name: values[name] for name in PARAMETERS if values.get(name)}


def _validated(asked: dict[str, str]) -> list[str]:
    """Refuse what Google refuses, on its page; returns the scopes asked for."""
    client = find_client(sandbox().store, asked.get("client_id", ""))
    if client is None:
        raise _refused(401, "invalid_client", "The OAuth client was not found.")
    if asked.get("redirect_uri") not in client.redirect_uris:
        raise _refused(
            400,
            "redirect_uri_mismatch",
            "The redirect URI in the request is not one that the client registered.",
        )
    if asked.get("response_type") != "code":
        raise _refused(
            400, "invalid_request", "Only response_type=code is served here."
        )
    scopes = tokens.normalize_scopes(asked.get("scope", ""))
    if not scopes:
        raise _refused(400, "invalid_request", "Missing required parameter: scope")
    if unknown := tokens.unknown_scopes(scopes):
        raise _refused(
            400, "invalid_scope", f"Some requested scopes are invalid: {unknown}"
        )
    if asked.get("code_challenge_method", "S256") not in ("S256", "plain"):
        raise _refused(400, "invalid_request", "Invalid code_challenge_method")
    return scopes


def _guarded(process: Callable[[], Response]) -> Response:
    """Run a step under the faults for "auth"; errors become pages."""
    response = run_call(Call("auth"), process, as_page=error_page)
    response.headers["Cache-Control"] = "no-store"
    return response


def error_page(error: GoogleError) -> Response:
    """An error on Google's own page."""
    page = render_template("oauth_error.html", error=error)
    return Response(page, error.status, mimetype="text/html")


def authorize() -> Response:
    return _guarded(_authorize)


def _authorize() -> Response:
    asked = _asked()
    _validated(asked)
    prompts = asked.get("prompt", "").split()
    if "none" in prompts:
        return _redirect(asked, error="interaction_required")
    hinted = _hinted(asked.get("login_hint", ""))
    if hinted and "select_account" not in prompts:
        return _after_choice(asked, hinted)
    return _page("oauth_accounts.html", asked, hinted=hinted)


def _hinted(hint: str) -> Account | None:
    """login_hint is an address or a ``sub``."""
    accounts = all_accounts(sandbox().store)
    return next((a for a in accounts if hint.lower() in (a.email, a.sub)), None)


def _page(template: str, asked: dict[str, str], **values) -> Response:
    page = render_template(
        template,
        asked=asked,
        accounts=all_accounts(sandbox().store),
        application=_application(asked),
        **values,
    )
    return Response(page, mimetype="text/html")


def _application(asked: dict[str, str]) -> str:
    return asked["redirect_uri"].split("/")[2]


def choose_account() -> Response:
    return _guarded(_choose_account)


def _choose_account() -> Response:
    asked = _asked()
    _validated(asked)
    account = find_account(sandbox().store, request.form.get("account", ""))
    if account is None:
        return _page("oauth_accounts.html", asked, hinted=None)
    given = request.form.get("password")
    if account.password and given != account.password:
        wrong = given is not None
        return _page("oauth_password.html", asked, account=account, wrong=wrong)
    return _after_choice(asked, account, password_given=True)


def _after_choice(
    asked: dict[str, str], account: Account, password_given: bool = False
) -> Response:
    """Straight back if the person agreed to all of it before, else the consent."""
    if account.password and not password_given:
        return _page("oauth_password.html", asked, account=account, wrong=False)
    store = sandbox().store
    client = find_client(store, asked["client_id"])
    assert client is not None
    scopes = _validated(asked)
    earlier = tokens.granted_scopes(store, account.id, client.project)
    if "consent" not in asked.get("prompt", "").split() and (
        earlier is not None and set(scopes) <= set(earlier)
    ):
        return _grant(asked, account, scopes, first=False)
    ticked = store.get("pre_ticked")
    boxes = [
        (scope, tokens.CONSENT_TEXTS[scope], ticked is None or scope in ticked)
        for scope in scopes
        if scope in tokens.CONSENT_TEXTS
    ]
    return _page("oauth_consent.html", asked, account=account, boxes=boxes)


def decide() -> Response:
    return _guarded(_decide)


def _decide() -> Response:
    asked = _asked()
    scopes = _validated(asked)
    account = find_account(sandbox().store, request.form.get("account", ""))
    if account is None:
        return _page("oauth_accounts.html", asked, hinted=None)
    if account.password and request.form.get("password") != account.password:
        return _page("oauth_password.html", asked, account=account, wrong=False)
    if request.form.get("decision") != "allow":
        return _redirect(asked, error="access_denied")
    ticked = request.form.getlist("granted")
    granted = [s for s in scopes if s in tokens.IDENTITY_SCOPES or s in ticked]
    return _grant(asked, account, granted, first=None)


def _grant(
    asked: dict[str, str], account: Account, scopes: list[str], first: bool | None
) -> Response:
    """Back to the application with a code.

    A refresh token comes with offline access on the first consent, or when the
    request forced a consent.
    """
    store = sandbox().store
    client = find_client(store, asked["client_id"])
    assert client is not None
    with store.transaction():
        if first is None:
            earlier = tokens.granted_scopes(store, account.id, client.project)
            first = earlier is None
        forced = "consent" in asked.get("prompt", "").split()
        offline = asked.get("access_type") == "offline"
        if asked.get("include_granted_scopes") == "true":
            known = tokens.granted_scopes(store, account.id, client.project) or []
            scopes = list(dict.fromkeys([*scopes, *known]))
        tokens.remember_grant(store, account.id, client.project, scopes)
        code = tokens.create_code(
            store, account, asked, scopes, offline and (first or forced)
        )
    extra = {"hd": account.domain} if account.kind == "workspace" else {}
    return _redirect(
        asked,
        iss=tokens.ISSUER,
        code=code,
        scope=" ".join(scopes),
        authuser="0",
        **extra,
    )


def _redirect(asked: dict[str, str], **answer: str) -> Response:
    """To the application, with ``state`` in front as Google has it."""
    values = {"state": asked["state"]} if "state" in asked else {}
    uri = asked["redirect_uri"]
    separator = "&" if "?" in uri else "?"
    return redirect(uri + separator + urlencode({**values, **answer}))
