"""Who did not get our mail, by all kinds of reports; and what only looks like one."""

import base64

from ...rules import bounce
from ...rules.bounce import Failure
from .common import TableCase
from .reports import (
    EXCHANGE,
    EXIM,
    EXIM_WARNING,
    GMAIL,
    GMAIL_PROSE,
    POSTFIX,
    QMAIL,
    REPORT_TYPE,
    multipart_report,
)


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

    def test_b9_success_is_no_failure_whatever_the_text_says(self):
        human = "<ann@x.com>: delivery via mx.x.com[192.0.2.1]:25: 250 2.1.5 Ok"
        recipient = "Final-Recipient: rfc822; ann@x.com\n"
        table = [
            ("Action: relayed\nStatus: 2.0.0", []),
            ("Action: delivered\nStatus: 2.1.5", []),
            ("", ["ann@x.com"]),  # tells nothing, so that the text has to
        ]
        self.check(
            lambda fields: [
                one.address
                for one in failures(
                    multipart_report("mailer-daemon@x.com", human, recipient + fields)
                )
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

    def test_b9_an_encoded_machine_part(self):
        fields = b"Final-Recipient: rfc822; ann@x.com\nAction: failed\n"
        raw = multipart_report(
            "mailer-daemon@mx.example",
            "x",
            base64.encodebytes(b"Reporting-MTA: dns; mx\n\n" + fields).decode(),
            machine_type="message/delivery-status\nContent-Transfer-Encoding: base64",
        )
        self.assertEqual([one.address for one in failures(raw)], ["ann@x.com"])

    def test_b9_endless_nesting(self):
        sender = b"From: mailer-daemon@mx.example\n"
        attached = b"Content-Type: message/rfc822\n\n" * 3000
        self.assertIsNone(bounce.parse(sender + attached))

    def test_b9_broken_reports_do_no_harm(self):
        for raw in (GMAIL, EXCHANGE, POSTFIX, EXIM, QMAIL):
            for cut in range(0, len(raw), 37):
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
