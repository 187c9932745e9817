"""Charsets and transfer encodings, declared well, badly or not at all."""

from .sample import FROM, TO, Sample, file, html, multi, text, word

GREETING = "Schöne Grüße aus Köln, 5 €"
JAPANESE = "見積書をお送りします"
RUSSIAN = "Добрый день, счёт во вложении"
CHINESE = "您好，請查收報價單镕"

BASE64 = b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"

SAMPLES = [
    Sample("unknown charset", text(b"Gr\xfc\xdfe", "x-unknown"), has=("Grüße",)),
    Sample(
        "unknown charset, UTF-8", text(GREETING.encode(), "x-mac-moon"), has=(GREETING,)
    ),
    Sample(
        "charset of a Python codec", text(b"48656c6c6f", "hex"), has=("48656c6c6f",)
    ),
    Sample("charset that is slow", text(b"Gr\xfc\xdfe-", "punycode"), has=("Grüße",)),
    Sample("charset with a NUL", text(b"Gr\xfc\xdfe", "ut\0f-8"), has=("Grüße",)),
    Sample(
        "an old Mac's name of its charset",
        text(GREETING.encode("mac_roman"), "x-mac-roman"),
        has=(GREETING,),
    ),
    Sample(
        "Windows-1252 declared as ASCII",
        text(GREETING.encode("cp1252"), "us-ascii"),
        has=(GREETING,),
    ),
    Sample(
        "Windows-1252 declared as Latin-1",
        text("“5 €” – fine".encode("cp1252"), "iso-8859-1"),
        has=("“5 €” – fine",),
    ),
    Sample(
        "Windows-1252 declared as UTF-8",
        text(GREETING.encode("cp1252"), "utf-8"),
        has=(GREETING,),
    ),
    Sample(
        "UTF-8 declared as ASCII", text(GREETING.encode(), "us-ascii"), has=(GREETING,)
    ),
    Sample(
        "UTF-8 cut in a character",
        text(GREETING.encode() + b" \xe2\x82", "utf-8"),
        has=(GREETING,),
        lacks=("Ã",),
    ),
    Sample("UTF-8 without any declaration", b"\n" + GREETING.encode(), has=(GREETING,)),
    Sample(
        "part without a charset",
        multi("mixed", b"Content-Type: text/plain\n\n" + GREETING.encode("cp1252")),
        has=(GREETING,),
    ),
    Sample(
        "UTF-7", text("Grüße".encode("utf-7"), "utf-7"), has=("Grüße",), lacks=("+A",)
    ),
    Sample(
        "UTF-7 with half a pair", text(b"one +2AA- two", "utf-7"), has=("one", "two")
    ),
    Sample(
        "UTF-16",
        file(GREETING.encode("utf-16"), "Content-Type: text/plain; charset=utf-16"),
        has=(GREETING,),
    ),
    Sample(
        "ISO-2022-JP",
        text(JAPANESE.encode("iso-2022-jp"), "iso-2022-jp"),
        head=FROM + TO + b"Subject: " + word(JAPANESE, "iso-2022-jp") + b"\n",
        subject=JAPANESE,
        has=(JAPANESE,),
    ),
    Sample(
        "Shift_JIS with NEC characters",
        text("①髙島様".encode("cp932"), "shift_jis"),
        has=("①髙島様",),
    ),
    Sample(
        "KOI8-R",
        text(RUSSIAN.encode("koi8-r"), "koi8-r"),
        head=FROM + TO + b"Subject: " + word("Счёт", "koi8-r") + b"\n",
        subject="Счёт",
        has=(RUSSIAN,),
    ),
    Sample(
        "GB18030 declared as GB2312",
        text(CHINESE.encode("gb18030"), "gb2312"),
        has=(CHINESE,),
    ),
    Sample(
        "charset only in the page",
        b"Content-Type: text/html\n\n<html><head><meta charset='koi8-r'></head><body>"
        + RUSSIAN.encode("koi8-r")
        + b"</body></html>",
        has=(RUSSIAN,),
    ),
    Sample(
        "page that contradicts its header",
        html(
            "<meta http-equiv=content-type content='text/html; charset=koi8-r'>"
            + RUSSIAN
        ),
        has=(RUSSIAN,),
    ),
    Sample(
        "Arabic and Hebrew",
        text("مرحبا كارلا\nשלום".encode()),
        has=("مرحبا كارلا", "שלום"),
    ),
    Sample("emoji", text("Great 🎉👩‍👩‍👧 yes".encode()), has=("Great 🎉👩‍👩‍👧 yes",)),
    Sample(
        "base64 without its end",
        BASE64 + b"SGVsbG8gZnJvbSBDYXJsYQ",
        has=("Hello from Carla",),
    ),
    Sample(
        "base64 with a footer behind it",
        BASE64 + b"SGVsbG8gZnJvbSBDYXJsYQ==\n_____\n",
        has=("Hello from Carla",),
    ),
    Sample(
        "base64 that is none",
        BASE64 + b"Hello, this was never encoded!",
    ),
    Sample(
        "quoted-printable broken",
        b"Content-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: quoted-printable\n\n"
        b"100 =ZZ sure, K=C3=B6ln =\n and =E9 end=",
        has=("100 =ZZ sure, Köln  and", "end"),
    ),
    Sample(
        "transfer encoding that nobody knows",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: x-rot13\n\nReadable",
        has=("Readable",),
    ),
    Sample(
        "uuencoded by its header",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\n"
        b"begin 644 a.txt\n%2&5L;&\\ \n`\nend\n",
        has=("Hello",),
    ),
    Sample(
        "uuencoded inside of the text",
        text(b"See below\nbegin 644 a.txt\n%2&5L;&\\ \n`\nend\n"),
        has=("See below", "begin 644 a.txt"),
    ),
    Sample("NUL and control characters", text(b"a\0b\x08c\x1bd\x7fe"), has=("abcde",)),
    Sample(
        "bare line ends",
        text(b"one\rtwo\nthree\r\nfour"),
        has=("one\ntwo\nthree\nfour",),
    ),
]
