"""Command line: ``python -m gmail_sandbox``."""

from __future__ import annotations

import argparse
import errno
import json
import signal
import sys
import threading
from pathlib import Path

from .config import set_gateway
from .server import SandboxServer


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m gmail_sandbox", description="A local stand-in for Google."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--data", metavar="FILE", help="sqlite file; default: memory")
    parser.add_argument("--smtp-port", type=int, help="also take mail by SMTP here")
    parser.add_argument(
        "--config", metavar="FILE", help="JSON with accounts, clients, gateways"
    )
    parser.add_argument(
        "--gateway-domain",
        action="append",
        default=[],
        metavar="DOMAIN",
        help="mail for this domain goes to the gateway command; may be repeated",
    )
    parser.add_argument("--gateway-command", metavar="COMMAND")
    options = parser.parse_args(arguments)
    if bool(options.gateway_domain) != bool(options.gateway_command):
        parser.error("--gateway-domain and --gateway-command need each other")
    return options


def read_config(path: str | None) -> dict:
    """The configuration, or an end with one clear sentence."""
    if path is None:
        return {}
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"The configuration {path} cannot be read: {error}")


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    try:
        server = SandboxServer(
            options.port,
            host=options.host,
            data=options.data,
            config=read_config(options.config),
            smtp_port=options.smtp_port,
        )
        for domain in options.gateway_domain:
            set_gateway(server.sandbox.store, domain, options.gateway_command)
        server.start()
    except OSError as error:
        print(_explanation(error, options), file=sys.stderr)
        return 2
    print(f"Gmail sandbox: {server.base_url}", flush=True)
    stopping.wait()
    server.stop()
    return 0


def _explanation(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {options.port} (or the SMTP port) is in use already;"
            " choose another one with --port or --smtp-port."
        )
    return f"The sandbox cannot listen on {options.host}:{options.port}: {error}"


if __name__ == "__main__":
    sys.exit(main())
