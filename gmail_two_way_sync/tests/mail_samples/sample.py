"""What a sample is, and short ways to write one."""

import base64
from dataclasses import dataclass

FROM = b"From: Carla Custo <carla@customer.example>\n"
TO = b"To: Anna Berg <anna@northwind.example>\n"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class File:
    """An attachment as it must be stored; ``size`` is in bytes.

    ``mimetype`` is None where Odoo takes it from the machine's table of extensions.
    """

    name: str
    mimetype: str | None
    size: int


@dataclass(frozen=True)
class Sample:
    """A raw message and what must be on the contact after the import.

    ``content`` is everything below From, To and Subject, unless ``head`` replaces
    these. ``has`` and ``lacks`` are looked for in the text of the body, ``markup`` and
    ``no_markup`` in its HTML. ``images`` counts pictures in the body that show an
    attachment. Without ``subject`` it is the name.
    """

    name: str
    content: bytes
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    markup: tuple[str, ...] = ()
    no_markup: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    images: int = 0
    head: bytes | None = None
    subject: str | None = None
    email_from: str = '"Carla Custo" <carla@customer.example>'
    email_to: str = '"Anna Berg" <anna@northwind.example>'
    is_known_author: bool = True

    @property
    def raw(self) -> bytes:
        subject = f"Subject: {self.name}\n".encode()
        head = FROM + TO + subject if self.head is None else self.head
        return head + self.content

    @property
    def expected_subject(self) -> str:
        return self.name if self.subject is None else self.subject


def word(decoded: str, charset: str = "utf-8") -> bytes:
    """An encoded word (RFC 2047)."""
    content = base64.b64encode(decoded.encode(charset))
    return b"=?" + charset.encode() + b"?B?" + content + b"?="


def text(
    body: bytes, charset: str = "utf-8", more: str = "", kind: str = "plain"
) -> bytes:
    """Content headers and content of a text."""
    return f"Content-Type: text/{kind}; charset={charset}{more}\n".encode() + (
        b"Content-Transfer-Encoding: 8bit\n\n" + body
    )


def html(body: str) -> bytes:
    return text(body.encode(), kind="html")


def file(data: bytes, headers: str) -> bytes:
    """A part in base64; ``headers`` are its content headers, without a line end."""
    encoded = base64.encodebytes(data)
    return f"{headers}\nContent-Transfer-Encoding: base64\n\n".encode() + encoded


def multi(subtype: str, *parts: bytes, boundary: str = "b", end: bool = True) -> bytes:
    """Content headers and content of a multipart; nested ones need other boundaries."""
    line = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n'.encode()
    body = b"".join(b"\n" + line + b"\n" + part for part in parts)
    return head + body + (b"\n" + line + b"--\n" if end else b"\n")
