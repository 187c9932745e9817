"""Delivery reports as mail servers write them; the words are our own."""

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
