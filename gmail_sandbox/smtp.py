"""The SMTP inlet: what a program's outgoing mail server would be."""

from __future__ import annotations

import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from . import delivery, mime
from .store import Store

MAX_SIZE = 64 * 1024 * 1024


class _Handler:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        delivery.route(
            self.store,
            envelope.mail_from or "",
            envelope.rcpt_tos,
            mime.normalize_newlines(raw),
        )
        return "250 OK"


class _PatientSMTP(SMTP):
    """Takes the overlong lines that some programs write, as Google does."""

    line_length_limit = 1 << 20


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _PatientSMTP(self.handler, **self.SMTP_kwargs)


class SmtpInlet:
    """Takes mail for envelope recipients and routes it; started on demand."""

    def __init__(self, store: Store, host: str, port: int) -> None:
        self.store, self.host, self.port = store, host, port
        self._controller: Controller | None = None

    def start(self) -> int:
        """Start unless it runs; returns the port."""
        if self._controller is None:
            self.port = self.port or _free_port(self.host)
            self._controller = _Controller(
                _Handler(self.store),
                hostname=self.host,
                port=self.port,
                data_size_limit=MAX_SIZE,
                enable_SMTPUTF8=True,
            )
            self._controller.start()
        return self.port

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
