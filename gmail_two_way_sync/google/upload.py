"""Gmail's uploads: a resource and a whole message in one request."""

from __future__ import annotations

import json
import secrets


def related(thread_id: str | None, mime: bytes) -> tuple[list[bytes], str]:
    """The pieces of an upload, and its content type.

    :param thread_id: the thread that the message continues, if any.
    """
    boundary = f"message_{secrets.token_hex(16)}"
    head = (
        f"--{boundary}\r\n"
        "Content-Type: application/json; charset=UTF-8\r\n"
        "\r\n"
        f"{json.dumps({'threadId': thread_id} if thread_id else {})}\r\n"
        f"--{boundary}\r\n"
        "Content-Type: message/rfc822\r\n"
        "\r\n"
    )
    pieces = [head.encode(), mime, f"\r\n--{boundary}--\r\n".encode()]
    return pieces, f"multipart/related; boundary={boundary}"
