"""What all Gmail API methods share: routing, rights, faults, log, answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g, request
from werkzeug.wrappers import Response

from . import masks, tokens
from .context import sandbox
from .errors import (
    GoogleError,
    insufficient_scope,
    invalid_argument,
    mail_disabled,
    unauthenticated,
)
from .faults import Call, Fault

FULL = tokens.FULL_MAIL
READONLY, MODIFY, METADATA, SEND, COMPOSE, INSERT, LABELS, SETTINGS = (
    tokens.GMAIL + name
    for name in (
        "readonly",
        "modify",
        "metadata",
        "send",
        "compose",
        "insert",
        "labels",
        "settings.basic",
    )
)
READ = frozenset({FULL, MODIFY, READONLY})
READ_HEADERS = READ | {METADATA}
CHANGE = frozenset({FULL, MODIFY})

View = Callable[..., Any]
Presenter = Callable[[GoogleError], Response]
_methods: list[tuple[str, str, str, View]] = []


def method(
    name: str, verb: str, path: str, scopes: frozenset[str]
) -> Callable[[View], View]:
    """Make a function an API method.

    The function gets the caller and the parts of the path, and returns what goes
    out as JSON (or a Response).

    :param name: Google's name of the method, which faults and the log use.
    :param path: below ``/gmail/v1/users/<user>``, or whole with a slash in front.
    :param scopes: any of them is enough (discovery document).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def endpoint(user: str, **parts: str) -> Response:
            def process(caller: tokens.Caller) -> Any:
                _check_rights(caller, user, scopes)
                return view(caller, **parts)

            return _serve(name, parts, process)

        full_path = path if path.startswith("/") else f"/gmail/v1/users/<user>/{path}"
        _methods.append((name, verb, full_path, endpoint))
        return view

    return decorate


def methods() -> list[tuple[str, str, str, View]]:
    """Name, verb, path and view of all methods."""
    return list(_methods)


def register(app: Flask) -> None:
    for name, verb, path, endpoint in _methods:
        app.add_url_rule(path, f"{name} {verb} {path}", endpoint, methods=[verb])


def _serve(
    name: str, parts: dict[str, str], process: Callable[[tokens.Caller], Any]
) -> Response:
    call = Call(
        name,
        format=request.args.get("format"),
        message_id=parts.get("message_id"),
        in_batch=bool(request.environ.get("sandbox.in_batch")),
    )

    caller = find_caller()
    call.account = caller.account.email if caller else None
    return run_call(call, lambda: process(authenticate()))


def run_call(
    call: Call,
    process: Callable[[], Any],
    as_page: Presenter | None = None,
) -> Response:
    """Process a request under the fault that is meant for it, and log it.

    :param as_page: how errors look, instead of JSON.
    """
    present = as_page or error_response
    # Read the body first: a connection closed on unread data is reset, and
    # clients see another error than the one that is to be staged.
    request.get_data(cache=True)
    fault = sandbox().faults.take(call)
    if fault:
        response = _before(fault, present)
        if response is None:
            response = _after(fault, _answer(process, present), present)
    else:
        response = _answer(process, present)
    dropped = request.environ.get("sandbox.drop")
    call.status = 0 if dropped else response.status_code
    sandbox().log.add(call)
    return response


def _before(fault: Fault, present: Presenter) -> Response | None:
    """Play a fault that comes before processing; a response ends the request."""
    if fault.when == "before":
        time.sleep(fault.delay)
        if fault.kind == "hold":
            fault.released.wait()
            # Meanwhile the token may have died, or the sandbox been emptied.
            g.pop("caller", None)
    if fault.kind == "drop_before":
        return _drop()
    if fault.kind == "error":
        return _fault_response(fault, present)
    return None


def _after(fault: Fault, response: Response, present: Presenter) -> Response:
    if fault.when == "after":
        time.sleep(fault.delay)
        if fault.kind == "hold":
            fault.released.wait()
    if fault.kind == "drop_after":
        return _drop()
    if fault.kind == "error_after":
        return _fault_response(fault, present)
    return response


def _drop() -> Response:
    """Mark the connection to be closed without an answer (see server.py)."""
    request.environ["sandbox.drop"] = True
    return Response(status=503)


def _fault_response(fault: Fault, present: Presenter) -> Response:
    response = present(fault.answer())
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _answer(process: Callable[[], Any], present: Presenter) -> Response:
    try:
        result = process()
    except GoogleError as error:
        return present(error)
    if isinstance(result, Response):
        return result
    if result is None:
        return Response(status=204)
    return json_response(masks.apply(result, request.args.get("fields")))


def json_response(body: Any, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    return Response(text, status, mimetype="application/json")


def error_response(error: GoogleError) -> Response:
    """An error as Google sends it."""
    if error.html:
        page = f"<!DOCTYPE html><title>Error {error.status}</title>{error.message}"
        return Response(page, error.status, mimetype="text/html")
    response = json_response(error.body(), error.status)
    if error.status == 401 and not error.oauth:
        response.headers["WWW-Authenticate"] = (
            'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        )
    return response


# Rights


def find_caller() -> tokens.Caller | None:
    """Who sent the request, as far as its token tells; looked up once."""
    if "caller" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = request.args.get("access_token", "")
        g.caller = tokens.find_caller(sandbox().store, token.strip())
    return g.caller


def authenticate() -> tokens.Caller:
    caller = find_caller()
    if caller is None:
        raise unauthenticated()
    return caller


def _check_rights(caller: tokens.Caller, user: str, scopes: frozenset[str]) -> None:
    if not caller.scopes & scopes:
        raise insufficient_scope()
    if user != "me" and user.lower() != caller.account.email:
        raise GoogleError(403, "forbidden", f"Delegation denied for {user}")
    if not caller.account.mail_enabled:
        raise mail_disabled()


def only_metadata(caller: tokens.Caller) -> bool:
    """Whether the token may not see bodies, nor search.

    Observed: gmail.metadata restricts even beside gmail.readonly.
    """
    return METADATA in caller.scopes and not caller.scopes & CHANGE


# Parameters


def json_body() -> dict[str, Any]:
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise invalid_argument("Invalid JSON payload received.")
    return body


def limit_argument(default: int, maximum: int) -> int:
    """maxResults; too big a number is cut down silently."""
    text = request.args.get("maxResults", str(default))
    if not text.isdigit():
        raise invalid_argument(f"Invalid value at 'max_results', \"{text}\"")
    return max(1, min(int(text) or default, maximum))


def flag_argument(name: str) -> bool:
    return request.args.get(name, "").lower() in ("true", "1")
