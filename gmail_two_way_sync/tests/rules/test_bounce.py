"""Delivery reports as mail servers write them, and what only looks like one."""

from odoo.addons.gmail_two_way_sync.rules import bounce
from odoo.addons.gmail_two_way_sync.rules.bounce import Failure

from .common import TableCase

ORIGINAL = """\
Received: by mx.ourfirm.example; Mon, 2 Nov 2026 12:00:00 +0000
From: Sam Seller <sam@ourfirm.example>
To: ann@customer.example
In-Reply-To: <older@mail.gmail.com>
Message-ID: <CAorig@mail.gmail.com>
X-Gmail-Two-Way-Sync-Key: k-123
Subject: Offer
"""
REPORT_TYPE = "multipart/report; report-type=delivery-status; boundary=bb"


def multipart_report(sender, human, machine, **more):
    """Return a report of three parts (RFC 3462); ``more`` replaces the usual ones."""
    original = more.get("original", ("message/rfc822", ORIGINAL + "\nDear Ann"))
    machine_type = more.get("machine_type", "message/delivery-status")
    extra = more.get("headers", "")
    return (
        f"From: {sender}\n{extra}To: sam@ourfirm.example\nSubject: failed\n"
        f"MIME-Version: 1.0\nContent-Type: {REPORT_TYPE}\n\n"
        f"--bb\nContent-Type: text/plain; charset=utf-8\n\n{human}\n"
        f"--bb\nContent-Type: {machine_type}\n\n{machine}\n"
        f"--bb\nContent-Type: {original[0]}\n\n{original[1]}\n--bb--\n"
    ).encode()


GMAIL = multipart_report(
    "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    "** Address not found **\n\nYour message wasn't delivered to ann@customer.example",
    "Reporting-MTA: dns; googlemail.com\n"
    "Arrival-Date: Mon, 02 Nov 2026 04:00:00 -0800 (PST)\n"
    "X-Original-Message-ID: <CAorig@mail.gmail.com>\n"
    "\n"
    "Final-Recipient: rfc822; ann@customer.example\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Remote-MTA: dns; mx.customer.example. (192.0.2.1, the server for the domain)\n"
    "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does\n"
    " not exist.\n"
    " 550 5.1.1 https://support.example/?p=NoSuchUser\n"
    "Last-Attempt-Date: Mon, 02 Nov 2026 04:00:01 -0800 (PST)\n",
    headers="X-Failed-Recipients: ann@customer.example\n"
    "Auto-Submitted: auto-replied\n"
    "References: <older@mail.gmail.com> <CAorig@mail.gmail.com>\n"
    "In-Reply-To: <CAorig@mail.gmail.com>\n",
    original=("message/rfc822", ORIGINAL),
)
EXCHANGE = multipart_report(
    "postmaster@customer.example",
    "Delivery has failed to these recipients or groups:\n\nann@customer.example",
    "Reporting-MTA: dns;AM0PR01MB1.eurprd01.prod.example\n"
    "Received-From-MTA: dns;mail-ej1-f1.google.example\n"
    "Arrival-Date: Mon, 2 Nov 2026 12:00:01 +0000\n"
    "\n"
    "Original-Recipient: rfc822;ann@customer.example\n"
    "Final-Recipient: rfc822;Ann.Lee@tenant.customer.example\n"
    "Action: failed\n"
    "Status: 5.1.10\n"
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not\n"
    " found by SMTP address lookup\n",
    original=("text/rfc822-headers", ORIGINAL),
)
POSTFIX = multipart_report(
    "MAILER-DAEMON@mx.ourfirm.example (Mail Delivery System)",
    "This is the mail system at host mx.ourfirm.example.\n\n"
    "<ann@customer.example>: host mx.customer.example[192.0.2.1] said: 552 5.2.2\n"
    "    Mailbox full (in reply to RCPT TO command)",
    "Reporting-MTA: dns; mx.ourfirm.example\n"
    "X-Postfix-Queue-ID: 3F2\n"
    "\n"
    "Final-Recipient: rfc822; ann@customer.example\n"
    "Original-Recipient: rfc822;ann@customer.example\n"
    "Action: failed\n"
    "Status: 5.2.2\n"
    "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\n"
    "\n"
    "Final-Recipient: rfc822; bo@customer.example\n"
    "Action: delayed\n"
    "Status: 4.4.1\n"
    "Diagnostic-Code: X-Postfix; connect to mx.customer.example: timed out\n"
    "\n"
    "Final-Recipient: rfc822; cy@customer.example\n"
    "Action: relayed\n"
    "Status: 2.0.0\n",
    headers="Auto-Submitted: auto-replied\n",
)
EXIM = f"""\
Return-path: <>
X-Failed-Recipients: ann@customer.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.ourfirm.example>
To: sam@ourfirm.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1report@mx.ourfirm.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ann@customer.example
    host mx.customer.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ann@customer.example>:
    550 5.7.1 Relaying denied

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}
Dear Ann
""".encode()
QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.ourfirm.example
To: sam@ourfirm.example
Subject: failure notice

Hi. This is the qmail-send program at mx.ourfirm.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@customer.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such user
Giving up on 192.0.2.1.

<bo@nowhere.example>:
Sorry, I couldn't find any host named nowhere.example. (#5.1.2)

--- Below this line is a copy of the message.

Return-Path: <sam@ourfirm.example>
{ORIGINAL}
<not@failed.example>:
""".encode()
GMAIL_PROSE = b"""\
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: sam@ourfirm.example
X-Failed-Recipients: ann@customer.example
Subject: Delivery Status Notification (Failure)
In-Reply-To: <CAorig@mail.gmail.com>
References: <CAorig@mail.gmail.com>
Content-Type: text/plain; charset=UTF-8

Delivery to the following recipient failed permanently:

Technical details of permanent failure:
The error that the other server returned was:
550 5.1.1 No such user here

----- Original message -----
"""
EXIM_WARNING = b"""\
From: Mail Delivery System <Mailer-Daemon@mx.ourfirm.example>
Subject: Warning: message 1abc delayed 24 hours
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue.

  ann@customer.example
    host mx.customer.example [192.0.2.1]: 451 4.3.0 Try later

No action is required on your part. Delivery attempts will continue.
"""


def failures(raw):
    return list(bounce.parse(raw).failures)


def machine(fields, **more):
    block = f"Reporting-MTA: dns; mx\n\n{fields}"
    return multipart_report("mailer-daemon@mx.example", "x", block, **more)


class TestParse(TableCase):
    def test_b9_standard_reports(self):
        table = [
            (
                GMAIL,
                [
                    Failure(
                        "ann@customer.example",
                        "550-5.1.1 The email account that you tried to reach does not"
                        " exist. 550 5.1.1 https://support.example/?p=NoSuchUser",
                        "5.1.1",
                        True,
                    )
                ],
            ),
            (
                EXCHANGE,
                [
                    Failure(
                        "ann@customer.example",
                        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not"
                        " found by SMTP address lookup",
                        "5.1.10",
                        True,
                    )
                ],
            ),
            (
                POSTFIX,
                [
                    Failure(
                        "ann@customer.example", "552 5.2.2 Mailbox full", "5.2.2", True
                    ),
                    Failure(
                        "bo@customer.example",
                        "connect to mx.customer.example: timed out",
                        "4.4.1",
                        False,
                    ),
                ],
            ),
        ]
        self.check(failures, table)

    def test_b9_prose_reports(self):
        table = [
            (
                EXIM,
                [
                    Failure(
                        "ann@customer.example",
                        "host mx.customer.example [192.0.2.1] SMTP error from remote"
                        " mail server after RCPT TO:<ann@customer.example>:"
                        " 550 5.7.1 Relaying denied",
                        "5.7.1",
                        True,
                    )
                ],
            ),
            (
                QMAIL,
                [
                    Failure(
                        "ann@customer.example",
                        "192.0.2.1 does not like recipient. Remote host said: 550"
                        " 5.1.1 No such user Giving up on 192.0.2.1.",
                        "5.1.1",
                        True,
                    ),
                    Failure(
                        "bo@nowhere.example",
                        "Sorry, I couldn't find any host named nowhere.example."
                        " (#5.1.2)",
                        "5.1.2",
                        True,
                    ),
                ],
            ),
            (
                GMAIL_PROSE,
                [
                    Failure(
                        "ann@customer.example",
                        "550 5.1.1 No such user here",
                        "5.1.1",
                        True,
                    )
                ],
            ),
            (
                EXIM_WARNING,
                [
                    Failure(
                        "ann@customer.example",
                        "host mx.customer.example [192.0.2.1]: 451 4.3.0 Try later",
                        "4.3.0",
                        False,
                    )
                ],
            ),
        ]
        self.check(failures, table)

    def test_b9_which_message_it_is_about(self):
        for raw in (GMAIL, EXCHANGE, POSTFIX, EXIM, QMAIL):
            with self.subTest(raw=raw[:60]):
                report = bounce.parse(raw)
                self.assertEqual(
                    report.original_message_ids, ("<CAorig@mail.gmail.com>",)
                )
                self.assertEqual(report.sending_key, "k-123")
        report = bounce.parse(GMAIL_PROSE)
        self.assertEqual(report.original_message_ids, ("<CAorig@mail.gmail.com>",))
        self.assertEqual(report.sending_key, "")

    def test_b9_of_mere_references_only_the_newest(self):
        raw = b"From: mailer-daemon@x.com\nReferences: <a@x> <b@x>\n\nfailed"
        self.assertEqual(bounce.parse(raw).original_message_ids, ("<b@x>",))

    def test_b9_permanent(self):
        table = [
            ("Action: failed\nStatus: 5.0.0", [True]),
            ("Action: Failed\nStatus: 4.4.7", [True]),
            ("Action: delayed\nStatus: 4.4.1", [False]),
            ("Status: 5.1.1", [True]),
            ("Status: 4.2.2", [False]),
            ("Action: delivered\nStatus: 2.1.5", []),
            ("Action: expanded", []),
            ("", []),
        ]
        recipient = "Final-Recipient: rfc822; ann@x.com\n"
        self.check(
            lambda fields: [
                one.permanent for one in failures(machine(recipient + fields))
            ],
            table,
        )

    def test_b9_reasons_are_one_clean_line(self):
        table = [
            ("smtp; 550 no\x07\x1b[31m\tsuch user", "550 no [31m such user"),
            ("smtp; =?utf-8?q?Empf=C3=A4nger?= unbekannt", "Empfänger unbekannt"),
            ("smtp; " + "x" * 500, "x" * 299 + "…"),
            ("x-unix; user unknown", "user unknown"),
            ("550 without type", "550 without type"),
            ("", ""),
        ]
        head = "Final-Recipient: rfc822; ann@x.com\nAction: failed\nDiagnostic-Code: "
        self.check(lambda text: failures(machine(head + text))[0].reason, table)

    def test_b9_unusual_machine_parts(self):
        fields = "Final-Recipient: {}; ann@x.com\nAction: failed\nStatus: 5.1.1"
        table = [
            (machine(fields.format("RFC822")), ["ann@x.com"]),
            (machine(fields.format("rfc822").replace("\n", "\r\n")), ["ann@x.com"]),
            (
                machine(
                    fields.format("utf-8"),
                    machine_type="message/global-delivery-status",
                ),
                ["ann@x.com"],
            ),
            (
                machine(
                    "Original-Recipient: rfc822;a+2Bb@x.com\n"
                    "Final-Recipient: rfc822; c@x.com\nAction: failed"
                ),
                ["a+b@x.com"],
            ),
            (
                machine("Final-Recipient: rfc822; <ann@x.com>\nAction: failed"),
                ["ann@x.com"],
            ),
            (machine("Final-Recipient: rfc822; nobody\nAction: failed"), []),
        ]
        self.check(lambda raw: [one.address for one in failures(raw)], table)

    def test_b9_a_report_about_a_report_names_only_its_own_recipient(self):
        inner = GMAIL.decode().replace("bb", "inner").replace("ann@", "old@")
        raw = machine(
            "Final-Recipient: rfc822; new@x.com\nAction: failed\n",
            original=("message/rfc822", inner),
        )
        self.assertEqual([one.address for one in failures(raw)], ["new@x.com"])

    def test_b9_not_a_report(self):
        table = [
            b"",
            b"From: ann@customer.example\nSubject: failure notice\n\nann@x.com",
            EXIM.replace(b"Mailer-Daemon@mx", b"ann@mx"),
            GMAIL_PROSE.replace(b"mailer-daemon@", b"ann@"),
        ]
        self.check(bounce.parse, [(raw, None) for raw in table])

    def test_b9_broken_reports_do_no_harm(self):
        for raw in (GMAIL, EXCHANGE, POSTFIX, EXIM, QMAIL):
            for cut in range(0, len(raw), 7):
                bounce.parse(raw[:cut])
                bounce.parse(raw[:cut] + b"\xff\x00\r\n\r\n--bb\r\n" + raw[cut:])


class TestLooksLikeReport(TableCase):
    def test_b9_looks_like_report(self):
        daemon = ("From", "Mail Delivery Subsystem <Mailer-Daemon@googlemail.com>")
        postmaster = ("From", "postmaster@customer.example")
        ann = ("From", "Ann <ann@customer.example>")
        failed = ("X-Failed-Recipients", "bo@customer.example")
        table = [
            ([daemon], True),
            ([ann, ("Content-Type", REPORT_TYPE)], True),
            ([ann, ("CONTENT-TYPE", 'Multipart/Report; report-type="x"')], False),
            ([ann, ("Content-Type", "multipart/report; boundary=x")], True),
            (
                [
                    ann,
                    (
                        "Content-Type",
                        "multipart/report; report-type=disposition-notification",
                    ),
                ],
                False,
            ),
            ([postmaster, failed], True),
            ([postmaster, ("Auto-Submitted", "auto-generated")], True),
            ([postmaster, ("Return-Path", "<>")], True),
            ([postmaster], False),
            ([postmaster, ("Auto-Submitted", "no")], False),
            ([ann, failed], False),
            ([ann, ("Auto-Submitted", "auto-replied"), ("Return-Path", "<>")], False),
            ([("From", '"mailer-daemon@x.com" <ann@x.com>')], False),
            ([], False),
        ]
        self.check(bounce.looks_like_report, table)
