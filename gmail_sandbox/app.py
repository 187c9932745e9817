"""The WSGI application: all of Google's paths, the webmail and the control API."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.wrappers import Response

from . import (
    api,
    api_mailbox,  # noqa: F401 (registers its methods)
    api_messages,  # noqa: F401
    batch,
    control,
    discovery,
    oauth,
    oauth_pages,
    search,
    upload,  # noqa: F401
    webmail,
    webmail_compose,
)
from .context import Sandbox
from .errors import GoogleError, not_found

SURFACES = (
    api,
    batch,
    oauth,
    oauth_pages,
    discovery,
    control,
    webmail,
    webmail_compose,
)
# Bigger than the biggest upload, so that Gmail's own limits are what answers.
MAX_BODY = 256 * 1024 * 1024


def create_app(state: Sandbox) -> Flask:
    """Everything for one sandbox."""
    app = Flask(__name__)
    app.extensions["sandbox"] = state
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    search.prepare(state.store)
    for module in SURFACES:
        module.register(app)
    app.register_error_handler(GoogleError, api.error_response)
    app.register_error_handler(404, _unknown_path)
    app.wsgi_app = DroppedConnections(app.wsgi_app, state)  # type: ignore[method-assign]
    return app


def _unknown_path(_error: Any) -> Response:
    return api.error_response(not_found())


class DroppedConnections:
    """Closes the connection without an answer when a fault asked for it."""

    def __init__(self, wsgi_app: Callable, state: Sandbox) -> None:
        self.wsgi_app = wsgi_app
        self.state = state

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        with self.state.request_running():
            answer = self.wsgi_app(environ, start_response)
        connection = environ.get("werkzeug.socket")
        if environ.get("sandbox.drop") and connection:
            connection.shutdown(socket.SHUT_RDWR)
            # The server takes this for a client that went away.
            raise ConnectionAbortedError
        return answer
