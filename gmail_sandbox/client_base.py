"""The connection that all parts of the control client share."""

from __future__ import annotations

import base64
import time
from typing import Any

import requests


class ControlError(Exception):
    """The sandbox refused a command."""


def encode(raw: bytes | str) -> str:
    return base64.b64encode(raw.encode() if isinstance(raw, str) else raw).decode()


def decode(item: dict[str, Any]) -> dict[str, Any]:
    """The ``raw`` of an answer as bytes."""
    if "raw" in item:
        item["raw"] = base64.b64decode(item["raw"])
    return item


class Connection:
    """Commands over HTTP."""

    def __init__(self, base_url: str, timeout: float = 60) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout

    def call(self, command: str, /, **values: Any) -> Any:
        """Any command by name; the methods below name them all."""
        answer = requests.post(
            f"{self.base_url}/_control/{command}", json=values, timeout=self.timeout
        )
        body = answer.json()
        if answer.status_code != 200:
            raise ControlError(body["error"])
        return body["result"]

    def wait_ready(self, timeout: float = 20) -> None:
        """Block until the sandbox answers."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                requests.get(f"{self.base_url}/_control/", timeout=2)
                return
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
