"""Running a sandbox: sockets, threads, start and stop."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import create_app
from .config import apply_config
from .context import Sandbox
from .control_client import ControlClient
from .gateway import Gateway
from .push import Publisher
from .smtp import SmtpInlet
from .store import Store

_logger = logging.getLogger(__name__)


class QuietHandler(WSGIRequestHandler):
    """Logs paths without their query, which may carry codes and tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = getattr(self, "path", "").partition("?")[0]
        _logger.info("%s %s %s", getattr(self, "command", ""), path, code)

    def log(self, type: str, message: str, *args: Any) -> None:
        # Werkzeug's own lines may quote the request line.
        _logger.debug("A request could not be served")


class SandboxServer:
    """A sandbox in threads of this process, on real sockets.

    As a context manager it runs inside the ``with`` block.

    :param data: sqlite file; without it all is in memory.
    :param config: as in the configuration file.
    :param smtp_port: port of the SMTP inlet; None starts it when first asked for.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        data: str | Path | None = None,
        config: dict[str, Any] | None = None,
        smtp_port: int | None = None,
    ) -> None:
        self._socket = _listen(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        store = Store(str(data) if data else None)
        self.sandbox = Sandbox(store, Gateway(store), Publisher(store))
        apply_config(store, config or {})
        self._app = create_app(self.sandbox)
        self._smtp = SmtpInlet(store, host, smtp_port or 0)
        self._smtp_wanted = smtp_port is not None
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.host in ("", "0.0.0.0") else self.host
        return f"http://{host}:{self.port}"

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.base_url)

    @property
    def smtp_port(self) -> int:
        """Port of the SMTP inlet, which starts now if it did not run."""
        return self._smtp.start()

    def start(self) -> SandboxServer:
        self._server = make_server(
            self.host,
            self.port,
            self._app,
            threaded=True,
            request_handler=QuietHandler,
            fd=self._socket.fileno(),
        )
        self.sandbox.publisher.start()
        self.sandbox.gateway.start()
        if self._smtp_wanted:
            self._smtp.start()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop within about a second, held requests included."""
        self.sandbox.faults.clear()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self.sandbox.wait_idle(1)
            # What is still under way finds a closed store; nobody waits for it.
            self._app.logger.disabled = True
        self._socket.close()
        self._smtp.stop()
        self.sandbox.gateway.stop()
        self.sandbox.publisher.stop()
        self.sandbox.store.close()

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    """Bind here: Werkzeug's own attempt ends the process when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        with contextlib.suppress(OSError):
            listening.close()
        raise
    return listening
