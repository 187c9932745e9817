"""Ports: which ones the demo takes, and whether they are free."""

import http.client
import os
import socket

from . import say


def chosen(variable: str, default: int) -> int:
    """Return the port that an environment variable names, or the default."""
    text = os.environ.get(variable, "") or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise say.Stop(f"{variable}={text} is not a port: give a number to 65535.")
    return int(text)


def is_free(port: int) -> bool:
    """Return whether a server can listen on this port of this machine."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0")):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def claim(variable: str, default: int, what: str) -> int:
    """Return the port for `what`; stop with a sentence if somebody else has it."""
    port = chosen(variable, default)
    if not is_free(port):
        raise say.Stop(
            f"Port {port}, which {what} needs, is taken: choose another one with "
            f"`make demo {variable}={port + 10}`."
        )
    return port


def free() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int, path: str) -> bool:
    """Return whether a web server of this machine answers at that port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
