"""Gmail's batch protocol: several GETs in one HTTP request.

Each part has an answer of its own; the answer around them is 200 even when all parts
fail (developers.google.com/workspace/gmail/api/guides/batch).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import BytesHeaderParser

from .wire import Answer


def encode(paths: Sequence[str]) -> tuple[bytes, str]:
    """Body and content type of a batch that GETs these paths."""
    boundary = f"batch_{secrets.token_hex(16)}"
    parts = [
        f"--{boundary}\r\n"
        "Content-Type: application/http\r\n"
        f"Content-ID: <part-{number}>\r\n"
        "\r\n"
        f"GET {path} HTTP/1.1\r\n"
        "Accept: application/json\r\n"
        "\r\n"
        for number, path in enumerate(paths)
    ]
    body = "\r\n".join([*parts, f"--{boundary}--\r\n"])
    return body.encode("ascii"), f"multipart/mixed; boundary={boundary}"


def decode(answer: Answer) -> dict[int, Answer]:
    """The parts' answers by the positions of their paths.

    A part that cannot be read is left out, as is one that Google left out.
    """
    boundary = _boundary(answer.header("Content-Type"))
    if not boundary:
        return {}
    return dict(_parts(answer.body, boundary))


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type
    return (message.get_boundary() or "").encode("latin-1", "replace")


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[int, Answer]]:
    # Not by the email package: that would copy whole messages line by line.
    for part in body.split(b"--" + boundary):
        sections = re.split(rb"\r?\n\r?\n", part.lstrip(), maxsplit=2)
        if len(sections) == 3:
            number = _number(sections[0])
            answer = _answer(sections[1], sections[2])
            if number is not None and answer is not None:
                yield number, answer


def _number(mime_header: bytes) -> int | None:
    """Google answers ``<part-3>`` with ``<response-part-3>``."""
    content_id = BytesHeaderParser().parsebytes(mime_header).get("Content-ID", "")
    found = re.search(r"part-(\d+)", content_id)
    return int(found[1]) if found else None


def _answer(head: bytes, body: bytes) -> Answer | None:
    status_line, _, headers = head.partition(b"\n")
    found = re.match(rb"HTTP/\S+ (\d{3})", status_line)
    if not found:
        return None
    return Answer(int(found[1]), dict(BytesHeaderParser().parsebytes(headers)), body)
