"""Messages meant to hang, fill or stop the one who reads them."""

from .sample import FROM, TO, File, Sample, file, html, multi, text

MEGABYTE = 1024 * 1024
TOO_LONG = "This message is too long to be shown as a whole."
UNREADABLE = "This message could not be read. The original is attached."
HEAD = FROM + TO + b"Subject: %s\n"


def with_files(*megabytes: int) -> bytes:
    """A letter with files of these sizes, called a.bin, b.bin..."""
    files = (
        file(
            b"\0" * (size * MEGABYTE), f"Content-Type: application/x-b; name={name}.bin"
        )
        for name, size in zip("abcdef", megabytes, strict=False)
    )
    return multi("mixed", text(b"Much"), *files)


def _blob_file(name: str, megabytes: int) -> File:
    return File(name, "application/octet-stream", megabytes * MEGABYTE)


def _nested(levels: int, innermost: bytes) -> bytes:
    opening = (
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
        for level in range(levels)
    )
    return b"".join(opening) + innermost


def _unreadable(name: str, content: bytes, **expected) -> Sample:
    """A message that is kept as its original, as Gmail gives it."""
    raw = (HEAD % name.encode() + content).replace(b"\n", b"\r\n")
    return Sample(
        name,
        content,
        has=(*expected.pop("has", ()), UNREADABLE),
        files=(File("original.eml", "message/rfc822", len(raw)),),
        **expected,
    )


LINE = b"word " * 20_000
LONG = b"A line of an endless text.\n" * 12_000

SAMPLES = [
    Sample("one huge line", text(LINE), has=("word word",)),
    Sample(
        "endless text",
        text(LONG),
        has=("A line of an endless text.", TOO_LONG),
        files=(File("message.txt", "text/plain", len(LONG) * 28 // 27),),
    ),
    Sample(
        "endless page",
        html("<p>Hello</p>" * 26_000),
        has=("Hello", TOO_LONG),
        files=(File("message.html", "text/plain", 312_000),),
    ),
    Sample("open tags", html("Hi" + "<" * 250_000), has=("Hi",)),
    Sample("endless tags", html("<p>Hi</p>" + "<a " * 80_000), has=("Hi",)),
    Sample("endless style", html(f"<p style='{'color' * 50_000}'>Hi</p>"), has=("Hi",)),
    Sample("deep nesting", html("<div>" * 1500 + "Deep down"), has=("Deep down",)),
    Sample(
        "deep tables", html("<table><tr><td>" * 300 + "Deep down"), has=("Deep down",)
    ),
    Sample(
        "endless nesting",
        html("Hello" + "<div>" * 30_000 + "Deep down"),
        has=("Hello", TOO_LONG),
        files=(File("message.html", "text/plain", 150_014),),
    ),
    Sample(
        "100 multiparts in each other",
        _nested(100, text(b"Deep down")),
        has=("Deep down",),
    ),
    _unreadable(
        "3000 multiparts in each other",
        _nested(3000, text(b"Deep down")),
        has=("Deep down",),
    ),
    _unreadable(
        "3000 messages in each other",
        b"Content-Type: message/rfc822\n\n" * 3000 + text(b"Deep down"),
        has=("Deep down",),
    ),
    _unreadable(
        "2000 attachments",
        multi("mixed", text(b"Many"), *[b"Content-Type: a/b; name=x\n\nx"] * 2000),
        has=("Many",),
    ),
    Sample(
        "more than 25 MB",
        with_files(12, 14, 1),
        has=("Much", "b.bin (14.00 Mb)"),
        lacks=("a.bin", "c.bin"),
        files=(_blob_file("a.bin", 12), _blob_file("c.bin", 1)),
    ),
]
