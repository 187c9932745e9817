"""Headers: missing, doubled, folded, decoded badly, or too much of them."""

import base64

from .sample import FROM, TO, Sample, text, word

HELLO = text(b"Hello")
SUBJECT = b"Subject: Hello\n"
MANY = [f"person{number}@example.org" for number in range(300)]


def _head(**fields: bytes) -> bytes:
    named = {"From": FROM[6:-1], "To": TO[4:-1], "Subject": b"Hello"} | fields
    return b"".join(
        name.replace("_", "-").encode() + b": " + value + b"\n"
        for name, value in named.items()
    )


def _sample(name: str, subject: str = "Hello", **values) -> Sample:
    fields = {key: values.pop(key) for key in list(values) if key[0].isupper()}
    values.setdefault("has", ("Hello",))
    return Sample(name, HELLO, head=_head(**fields), subject=subject, **values)


SPLIT = base64.b64encode("Angebot für Köln".encode())
WORDS = b"=?utf-8?B?" + base64.b64encode("Grüß".encode()[:3]) + b"?=\n =?utf-8?B?"

SAMPLES = [
    Sample("no Message-ID", HELLO, has=("Hello",)),
    _sample("empty Message-ID", Message_ID=b"<>"),
    _sample("Message-ID that is none", Message_ID=b"<[x]@"),
    _sample("two Message-IDs", Message_ID=b"<a@x.example> (first) <b@x.example>"),
    _sample("date that is none", Date=b"soon"),
    _sample("date of the year 0", Date=b"Mon, 00 Xxx 0000 99:99:99 +9999"),
    _sample("date in the far future", Date=b"Fri, 31 Dec 9999 23:59:59 -1200"),
    _sample("date before computers", Date=b"Thu, 01 Jan 1903 00:00:00 +0000"),
    _sample("no subject", Subject=b"", subject=""),
    _sample(
        "subject in raw Latin-1",
        Subject=b"Angebot f\xfcr K\xf6ln",
        subject="Angebot für Köln",
    ),
    _sample(
        "subject in raw UTF-8",
        Subject="Angebot für Köln".encode(),
        subject="Angebot für Köln",
    ),
    _sample(
        "subject folded with tabs",
        Subject=b"One\n\ttwo\n  three",
        subject="One two three",
    ),
    _sample(
        "word split in a character",
        Subject=WORDS + base64.b64encode("Grüß".encode()[3:]) + b"?=",
        subject="Grüß",
    ),
    _sample(
        "word without padding",
        Subject=b"=?utf-8?B?" + SPLIT.rstrip(b"=") + b"?=",
        subject="Angebot für Köln",
    ),
    _sample(
        "word of an unknown charset", Subject=b"=?x-moon?Q?Gr=FC=DFe?=", subject="Grüße"
    ),
    _sample(
        "word with blanks inside",
        Subject=b"=?utf-8?Q?Gr=C3=BC=C3=9Fe to you?=",
        subject="Grüße to you",
    ),
    _sample(
        "line break smuggled in",
        Subject=b"=?utf-8?Q?Hi=0D=0ABcc:_x?=",
        subject="Hi Bcc: x",
    ),
    _sample(
        "subject with emoji", Subject="🎉 Party 🎉".encode(), subject="🎉 Party 🎉"
    ),
    _sample("subject from right to left", Subject="עברית".encode(), subject="עברית"),
    _sample(
        "emoji in the name",
        From=b"=?utf-8?Q?Carla_=F0=9F=8C=B8?= <carla@customer.example>",
        email_from='"Carla 🌸" <carla@customer.example>',
    ),
    _sample(
        "name with quotes and commas",
        From=rb'"Custo, Carla \"CC\"" <carla@customer.example>',
        email_from=r'"Custo, Carla \"CC\"" <carla@customer.example>',
    ),
    _sample(
        "several in From",
        From=b"Carla Custo <carla@customer.example>, Dan <dan@customer.example>",
    ),
    _sample("300 recipients", To=",\n ".join(MANY).encode(), email_to=", ".join(MANY)),
    _sample(
        "group",
        To=b"Team: anna@northwind.example, Dan <dan@x.example>;",
        email_to='anna@northwind.example, "Dan" <dan@x.example>',
    ),
    _sample("undisclosed recipients", To=b"undisclosed-recipients:;", email_to=""),
    _sample(
        "automatic answer",
        Auto_Submitted=b"auto-replied",
        X_Autoreply=b"yes",
        Precedence=b"bulk",
    ),
    _sample("wants a receipt", Disposition_Notification_To=b"carla@customer.example"),
    _sample(
        "header bomb",
        **{f"X-Filler-{number}": b"x" * 60 for number in range(2000)},
    ),
    _sample("very long header", X_Long=b"(" * 50_000 + b'"' * 50_000),
    _sample("content type bomb", Content_Type=b"text/plain" + b"; a=b" * 10_000),
]

# The contact is named somewhere, but did not write these.
STRANGERS = [
    _sample("address as a name", From=b'"carla@customer.example" <evil@x.example>'),
    _sample(
        "address with name as a name",
        From=b'"Carla <carla@customer.example>" <e@x.example>',
    ),
    _sample("address as a comment", From=b"evil@x.example (carla@customer.example)"),
    _sample(
        "address in an encoded word",
        From=word("carla@customer.example,") + b" <evil@x.example>",
    ),
    _sample("address with an ending", From=b"carla@customer.example.x.example"),
    _sample("address with a beginning", From=b"xcarla@customer.example"),
    _sample("address second in From", From=b"evil@x.example, carla@customer.example"),
    _sample(
        "address in Sender and Reply-To",
        From=b"evil@x.example",
        Sender=b"carla@customer.example",
        Reply_To=b"carla@customer.example",
    ),
    _sample(
        "line break before another From",
        From=b"=?utf-8?Q?x=0D=0AFrom:_carla@customer.example?= <evil@x.example>",
    ),
]

# Nobody is named as the sender: only a bound conversation takes these.
ANONYMOUS = [
    Sample(
        "empty From",
        HELLO,
        head=b"From:\n" + TO + SUBJECT,
        subject="Hello",
        has=("Hello",),
        email_from="",
        is_known_author=False,
    ),
    Sample(
        "From that is no address",
        HELLO,
        head=b"From: The <Boss\n" + TO + SUBJECT,
        subject="Hello",
        has=("Hello",),
        email_from="",
        is_known_author=False,
    ),
    Sample(
        "no headers at all",
        b"\nJust text, nothing else",
        head=b"",
        subject="",
        has=("Just text, nothing else",),
        email_from="",
        email_to="",
        is_known_author=False,
    ),
]
