"""Multiparts, attached messages, invitations, signatures, encryption."""

from .sample import PDF, PNG, File, Sample, file, html, multi, text

PLAIN, PAGE = text(b"In plain words"), html("<p>On a <b>page</b></p>")
OFFER = file(PDF, 'Content-Type: application/pdf; name="offer.pdf"')
OFFER_FILE = File("offer.pdf", "application/pdf", len(PDF))
INVITATION = (
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Lunch\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
CALENDAR = file(
    INVITATION, "Content-Type: text/calendar; method=REQUEST; charset=utf-8"
)
INNER = b"From: dan@x.example\nSubject: Your order\n\nText of the inner message\n"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n"
ATTACHED = b"Content-Type: message/rfc822\n\n"


def _eml(name: str, inner: bytes) -> File:
    """An attached message keeps its content, with the line ends of mail."""
    return File(name, "message/rfc822", len(inner.replace(b"\n", b"\r\n")))


NESTED = ATTACHED + INNER
HOLDER = b"Subject: Holder\nMIME-Version: 1.0\n" + multi(
    "mixed", text(b"Holder's text"), OFFER, NESTED, boundary="inner"
)

SAMPLES = [
    Sample(
        "alternative",
        multi("alternative", PLAIN, PAGE),
        has=("On a page",),
        lacks=("In plain",),
    ),
    Sample(
        "alternative the wrong way round",
        multi("alternative", PAGE, PLAIN),
        has=("On a page",),
        lacks=("In plain",),
    ),
    Sample(
        "alternative with an empty page",
        multi("alternative", PLAIN, html("<html><body><br></body></html>")),
        has=("In plain words",),
    ),
    Sample(
        "text before an alternative",
        multi(
            "mixed", text(b"Before"), multi("alternative", PLAIN, PAGE, boundary="a")
        ),
        has=("Before", "On a page"),
        lacks=("In plain",),
    ),
    Sample(
        "footer of a list behind an alternative",
        multi(
            "mixed",
            multi("alternative", PLAIN, PAGE, boundary="a"),
            text(b"_____\nTo leave the list, write to leave@x.example"),
        ),
        has=("On a page", "To leave the list"),
        lacks=("In plain",),
    ),
    Sample(
        "texts around an attachment",
        multi("mixed", text(b"Above"), OFFER, text(b"Below")),
        has=("Above", "Below"),
        files=(OFFER_FILE,),
    ),
    Sample(
        "alternative whose page brings attachments",
        multi("alternative", PLAIN, multi("mixed", PAGE, OFFER, boundary="m")),
        has=("On a page",),
        lacks=("In plain",),
        files=(OFFER_FILE,),
    ),
    Sample(
        "five levels",
        multi(
            "mixed",
            multi(
                "related",
                multi(
                    "alternative",
                    PLAIN,
                    multi("related", multi("mixed", PAGE, boundary="5"), boundary="4"),
                    boundary="3",
                ),
                boundary="2",
            ),
            OFFER,
            boundary="1",
        ),
        has=("On a page",),
        files=(OFFER_FILE,),
    ),
    Sample("empty body", text(b"")),
    Sample("no parts", multi("mixed")),
    Sample("only an attachment", multi("mixed", OFFER), files=(OFFER_FILE,)),
    Sample("attachment as the message itself", OFFER, files=(OFFER_FILE,)),
    Sample(
        "no boundary named",
        b"Content-Type: multipart/mixed\n\n--xyz\n"
        + PLAIN
        + b"\n--xyz\n"
        + OFFER
        + b"\n--xyz--\n",
        has=("In plain words",),
        lacks=("--xyz", "Content-Type"),
        files=(OFFER_FILE,),
    ),
    Sample(
        "wrong boundary named",
        b'Content-Type: multipart/mixed; boundary="abc"\n\n--xyz\n'
        + PLAIN
        + b"\n--xyz--\n",
        has=("In plain words",),
        lacks=("--xyz",),
    ),
    Sample(
        "multipart that is none",
        b"Content-Type: multipart/mixed; boundary=b\n\nJust text",
        has=("Just text",),
    ),
    Sample(
        "no end boundary",
        multi("mixed", PLAIN, OFFER, end=False),
        has=("In plain",),
        files=(OFFER_FILE,),
    ),
    Sample(
        "attached message",
        multi("mixed", PLAIN, ATTACHED + INNER),
        has=("In plain words",),
        lacks=("inner message",),
        files=(_eml("Your order.eml", INNER),),
    ),
    Sample(
        "attached message with attachments of its own",
        multi("mixed", PLAIN, ATTACHED + HOLDER),
        lacks=("Holder's text", "inner message"),
        files=(_eml("Holder.eml", HOLDER),),
    ),
    Sample(
        "attached message in base64",
        multi("mixed", PLAIN, file(INNER, "Content-Type: message/rfc822")),
        lacks=("inner message",),
        files=(File("Your order.eml", "message/rfc822", len(INNER)),),
    ),
    Sample(
        "digest",
        multi("digest", b"\n" + INNER),
        files=(_eml("Your order.eml", INNER),),
    ),
    Sample(
        "invitation",
        multi("alternative", PLAIN, PAGE, CALENDAR),
        has=("On a page",),
        lacks=("VCALENDAR",),
        files=(File("invite.ics", None, len(INVITATION)),),
    ),
    Sample(
        "invitation attached as well",
        multi(
            "mixed",
            multi("alternative", PLAIN, CALENDAR, boundary="a"),
            file(INVITATION, 'Content-Type: application/ics; name="lunch.ics"'),
        ),
        has=("In plain words",),
        files=(
            File("invite.ics", None, len(INVITATION)),
            File("lunch.ics", None, len(INVITATION)),
        ),
    ),
    Sample(
        "only an invitation",
        CALENDAR,
        files=(File("invite.ics", None, len(INVITATION)),),
    ),
    Sample(
        "signed with PGP",
        multi(
            "signed", PLAIN, b"Content-Type: application/pgp-signature\n\n" + SIGNATURE
        ),
        has=("In plain words",),
        lacks=("PGP SIGNATURE",),
        files=(File("signature.asc", None, len(SIGNATURE) + 3),),
    ),
    Sample(
        "signed with S/MIME",
        multi(
            "signed",
            PLAIN,
            file(
                b"\x30\x80abc",
                "Content-Type: application/x-pkcs7-signature; name=smime.p7s",
            ),
        ),
        has=("In plain words",),
        files=(File("smime.p7s", None, 5),),
    ),
    Sample(
        "encrypted with PGP",
        multi(
            "encrypted",
            file(
                b"Version: 1\n",
                "Content-Type: application/pgp-encrypted; name=version.txt",
            ),
            file(
                b"secret", "Content-Type: application/octet-stream; name=encrypted.asc"
            ),
        ),
        has=("This message is encrypted.",),
        files=(
            File("version.txt", "text/plain", 11),
            File("encrypted.asc", None, 6),
        ),
    ),
    Sample(
        "encrypted with S/MIME",
        file(
            b"\x30\x80secret",
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\n"
            " name=smime.p7m",
        ),
        has=("This message is encrypted.",),
        files=(File("smime.p7m", None, 8),),
    ),
    Sample(
        "opaque signature",
        file(
            b"\x30\x80signed",
            "Content-Type: application/pkcs7-mime; smime-type=signed-data;\n"
            " name=smime.p7m",
        ),
        lacks=("encrypted",),
        files=(File("smime.p7m", None, 8),),
    ),
    Sample(
        "TNEF",
        multi(
            "mixed",
            PLAIN,
            file(b"\x78\x9f\x3e\x22tnef", "Content-Type: application/ms-tnef"),
        ),
        has=("In plain words",),
        files=(File("winmail.dat", None, 8),),
    ),
    Sample(
        "receipt",
        multi(
            "report; report-type=disposition-notification",
            text(b"Your message was read"),
            b"Content-Type: message/disposition-notification\n\n"
            b"Disposition: displayed\n",
        ),
        has=("Your message was read",),
        files=(File("disposition-notification.txt", "text/plain", 26),),
    ),
    Sample(
        "AMP",
        multi(
            "alternative",
            PLAIN,
            text(b"<html amp4email>AMP</html>", kind="x-amp-html"),
            PAGE,
        ),
        has=("On a page",),
        lacks=("AMP",),
    ),
    Sample(
        "AppleDouble",
        multi(
            "mixed",
            PLAIN,
            multi(
                "appledouble",
                file(
                    b"\0\5\x16\7fork",
                    'Content-Type: application/applefile; name="photo.png"',
                ),
                file(PNG, 'Content-Type: image/png; name="photo.png"'),
                boundary="apple",
            ),
        ),
        files=(File("photo.png", "image/png", len(PNG)),),
    ),
    Sample(
        "flowed text",
        text(
            b"This is one \nparagraph.\n> And one \n> quote.\n-- \nCarla",
            more="; format=flowed",
        ),
        has=("This is one paragraph.\n> And one quote.\n--", "Carla"),
    ),
    Sample(
        "flowed text without blanks",
        text("長い \n文".encode(), more="; format=flowed; delsp=yes"),
        has=("長い文",),
    ),
    Sample(
        "quotes",
        text(b"Yes.\n\n> Do you <agree>?\n>> Perhaps & maybe\n"),
        has=("Yes.", "> Do you <agree>?", ">> Perhaps & maybe"),
        markup=("data-o-mail-quote",),
    ),
    Sample("enriched text", text(b"Some words", kind="enriched"), has=("Some words",)),
    Sample(
        "content type that is none",
        b"Content-Type: text\n\nSome words",
        has=("Some words",),
    ),
    Sample(
        "delivery status inside of a letter",
        multi(
            "mixed",
            PLAIN,
            b"Content-Type: message/delivery-status\n\nStatus: 5.1.1\n\nA: b\n",
        ),
        has=("In plain words",),
        files=(File("delivery-status.txt", "text/plain", 25),),
    ),
]
