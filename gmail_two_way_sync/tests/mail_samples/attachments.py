"""Attachments: names that are missing, encoded or hostile; content that is active."""

from .sample import PDF, PNG, File, Sample, file, multi, text

LETTER = text(b"See attached")
ZIP = b"PK\5\6" + b"\0" * 18
VCARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carla\r\nEND:VCARD\r\n"


def _named(name: str, stored: str, headers: str, data: bytes = PDF) -> Sample:
    """A PDF whose name is given by ``headers`` and must be stored as ``stored``."""
    return Sample(
        name,
        multi("mixed", LETTER, file(data, headers)),
        has=("See attached",),
        files=(File(stored, "application/pdf", len(data)),),
    )


def _pdf(name: str, stored: str, filename: str) -> Sample:
    disposition = f"Content-Disposition: attachment; filename={filename}"
    return _named(name, stored, f"Content-Type: application/pdf\n{disposition}")


def _active(name: str, filename: str, content: bytes, mimetype: str) -> Sample:
    """A file that a browser would run; it must be stored as plain text."""
    headers = f'Content-Type: {mimetype}; name="{filename}"'
    return Sample(
        name,
        multi("mixed", LETTER, file(content, headers)),
        files=(File(filename, "text/plain", len(content)),),
    )


SCRIPT = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

SAMPLES = [
    _pdf("plain name", "offer.pdf", "offer.pdf"),
    _pdf("name in raw UTF-8", "Angebot für Köln.pdf", '"Angebot für Köln.pdf"'),
    Sample(
        "name in raw Latin-1",
        multi(
            "mixed",
            LETTER,
            b'Content-Type: application/pdf; name="Gr\xfc\xdfe.pdf"\n\n' + PDF,
        ),
        files=(File("Grüße.pdf", "application/pdf", len(PDF) + 4),),
    ),
    _pdf("name as an encoded word", "Grüße.pdf", '"=?utf-8?Q?Gr=C3=BC=C3=9Fe=2Epdf?="'),
    _pdf("name in an unknown charset", "Grüße.pdf", "=?x-moon?Q?Gr=FC=DFe=2Epdf?="),
    _pdf("RFC 2231", "Grüße.pdf", "; filename*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf"),
    _pdf(
        "RFC 2231 and the old way",
        "Grüße.pdf",
        "Gru_e.pdf; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf",
    ),
    _pdf(
        "RFC 2231 of an unknown charset",
        "Grüße.pdf",
        "; filename*=x-moon''Gr%FC%DFe.pdf",
    ),
    Sample(
        "RFC 2231 in pieces",
        multi(
            "mixed",
            LETTER,
            file(
                PDF,
                "Content-Type: application/pdf\nContent-Disposition: attachment;\n"
                " filename*0*=utf-8''Gr%C3;\n filename*1*=%BC%C3%9Fe;\n"
                ' filename*2=" aus.pdf"',
            ),
        ),
        files=(File("Grüße aus.pdf", "application/pdf", len(PDF)),),
    ),
    _named(
        "name in the type only", "a.pdf", 'Content-Type: application/pdf; name="a.pdf"'
    ),
    _named("no name", "attachment.pdf", "Content-Type: application/pdf"),
    _pdf("empty name", "attachment.pdf", '""'),
    _pdf("name of dots", "attachment.pdf", '" ... "'),
    _pdf("path", "passwd.pdf", '"../../etc/passwd.pdf"'),
    _pdf("Windows path", "offer.pdf", r'"C:\\Users\\carla\\offer.pdf"'),
    _pdf("control characters", "a b c.pdf", '"a\x01b\x7fc.pdf"'),
    _pdf("NUL in the name", "a b.pdf", "; filename*=utf-8''a%00b.pdf"),
    _pdf(
        "right-to-left override",
        "fdp.exe.pdf",
        "; filename*=utf-8''%E2%80%AEfdp.exe.pdf",
    ),
    _pdf(
        "markup in the name",
        "_img src=x onerror=alert(1)_.pdf",
        '"<img src=x onerror=alert(1)>.pdf"',
    ),
    _pdf("name of 5000 characters", "a" * 146 + ".pdf", f'"{"a" * 5000}.pdf"'),
    _pdf("number too big in RFC 2231", "a.pdf", f"; filename*{'9' * 60}=a.pdf"),
    Sample(
        "same name twice",
        multi(
            "mixed",
            LETTER,
            file(PDF, 'Content-Type: application/pdf; name="a.pdf"'),
            file(PDF + b"2", 'Content-Type: application/pdf; name="a.pdf"'),
        ),
        files=(
            File("a.pdf", "application/pdf", len(PDF)),
            File("a.pdf", "application/pdf", len(PDF) + 1),
        ),
    ),
    Sample(
        "text attached",
        multi(
            "mixed",
            LETTER,
            file(
                b"Gr\xfc\xdfe",
                "Content-Type: text/plain; charset=x-moon\n"
                "Content-Disposition: attachment; filename=notes.txt",
            ),
        ),
        lacks=("Gr",),
        files=(File("notes.txt", "text/plain", 5),),
    ),
    Sample(
        "text attached without a name",
        multi("mixed", LETTER, b"Content-Disposition: attachment\n\nNotes"),
        lacks=("Notes",),
        files=(File("attachment.txt", "text/plain", 5),),
    ),
    Sample(
        "text with a name, inline",
        multi("mixed", LETTER, b"Content-Disposition: inline; filename=n.txt\n\nNotes"),
        files=(File("n.txt", "text/plain", 5),),
    ),
    Sample(
        "vCard",
        multi("mixed", LETTER, file(VCARD, "Content-Type: text/vcard")),
        lacks=("VCARD",),
        files=(File("contact.vcf", None, len(VCARD)),),
    ),
    Sample(
        "wrong type",
        multi("mixed", LETTER, file(ZIP, 'Content-Type: image/png; name="a.zip"')),
        files=(File("a.zip", "application/zip", len(ZIP)),),
    ),
    Sample(
        "uuencoded file",
        multi(
            "mixed",
            LETTER,
            b"Content-Type: application/x-foo; name=a.bin\n"
            b"Content-Transfer-Encoding: x-uuencode\n\n"
            b"begin 644 a.bin\n%2&5L;&\\ \n`\nend\n",
        ),
        files=(File("a.bin", "text/plain", 5),),
    ),
    _active("page attached", "page.html", SCRIPT, "text/html"),
    _active("picture that is a page", "photo", SCRIPT, "image/png"),
    _active("SVG attached", "logo.svg", SVG, "image/svg+xml"),
    _active("XHTML attached", "page.xhtml", SCRIPT, "application/xhtml+xml"),
    _active("XML attached", "data.xml", b"<?xml version='1.0'?><a/>", "text/xml"),
    Sample(
        "name that is a data address",
        multi(
            "mixed",
            LETTER,
            file(SCRIPT, 'Content-Type: text/xsl; name="data:text/xsl,a"'),
        ),
        files=(File("xsl,a", "text/plain", len(SCRIPT)),),
    ),
]
PICTURE = File("photo.png", "image/png", len(PNG))
