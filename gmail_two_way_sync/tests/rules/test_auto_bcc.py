"""Mail to Anna's Auto-BCC address: what the mail says, and what is done (section D)."""

from datetime import datetime

from ...rules import auto_bcc
from ...rules.addresses import Address
from ...rules.auto_bcc import ImportOnNewContact
from ...rules.directory import Contact, KnownMessage, Target
from ...rules.matching import Adopt, Import, Link, Skip
from .common import TableCase
from .matching_common import (
    ANNA,
    BEN,
    BOUND,
    CARLA,
    DIRECTORY,
    DORA,
    ON_CARLA,
    SALES,
    STRANGER,
    knowing,
)

ADDRESS = "bcc-0123@mail.northwind.example"
ALIAS = "info@mail.northwind.example"
RECEIVED = datetime(2026, 11, 2, 9, 30)
EMIL = Target("res.partner", 30, 30)
NORA = "Nora Newcomer <nora@newcomer.example>"
ON_NORA = ImportOnNewContact(Address("Nora Newcomer", "nora@newcomer.example"))


def raw(sender=ANNA, to="", cc="", **headers):
    pairs = [("From", sender), ("To", to), ("Cc", cc)]
    pairs += [(name.replace("_", "-"), value) for name, value in headers.items()]
    pairs.append(("Message-ID", "<new@northwind.example>"))
    lines = [f"{name}: {value}" for name, value in pairs if value]
    return "\r\n".join([*lines, "", "Hello"]).encode()


class TestDecide(TableCase):
    def check_decisions(self, table):
        for name, message, directory, expected in table:
            with self.subTest(name):
                envelope = auto_bcc.read(message, RECEIVED)
                self.assertEqual(auto_bcc.decide(envelope, directory), expected)

    def test_d2_first_recipient_outside(self):
        self.check_decisions(
            [
                ("a contact", raw(to=CARLA), DIRECTORY, Import((ON_CARLA,))),
                (
                    "by a send-as address",
                    raw(SALES, CARLA),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
                ("nobody's yet", raw(to=NORA), DIRECTORY, ON_NORA),
                (
                    "the first, not the known",
                    raw(to=f"{NORA}, {CARLA}"),
                    DIRECTORY,
                    ON_NORA,
                ),
                (
                    "To before Cc",
                    raw(to=CARLA, cc=NORA),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
                ("Cc", raw(to=BEN, cc=NORA), DIRECTORY, ON_NORA),
                ("after an alias", raw(to=f"{ALIAS}, {NORA}"), DIRECTORY, ON_NORA),
                ("Ben's", raw(to="emil@third.example"), DIRECTORY, Import((EMIL,))),
                ("a colleague", raw(to=BEN), DIRECTORY, Skip("internal")),
                ("an alias", raw(to=ALIAS), DIRECTORY, Skip("internal")),
                ("the address itself", raw(to=ADDRESS), DIRECTORY, Skip("internal")),
                ("nobody to be seen", raw(), DIRECTORY, Skip("internal")),
            ]
        )

    def test_d2_c9_first_created_contact(self):
        contacts = {"nora@newcomer.example": (Contact(70), Contact(71, user_id=1))}
        self.check_decisions(
            [
                (
                    "of two",
                    raw(to=NORA),
                    knowing(contacts=contacts),
                    Import((Target("res.partner", 70, 70),)),
                )
            ]
        )

    def test_d2_c17_blocked_recipients_are_passed_over(self):
        blocking = knowing(blocked=frozenset({"newcomer.example"}))
        self.check_decisions(
            [
                (
                    "the next one",
                    raw(to=f"{NORA}, {CARLA}"),
                    blocking,
                    Import((ON_CARLA,)),
                ),
                ("all", raw(to=NORA), blocking, Skip("blocklisted")),
            ]
        )

    def test_d2_c13_known_or_sent_by_odoo(self):
        known = KnownMessage(5, "res.partner", 10)
        by_id = {"<new@northwind.example>": (known,)}
        key = {"X_Gmail_Two_Way_Sync_Key": "k1"}
        deleted = frozenset({"<new@northwind.example>"})
        self.check_decisions(
            [
                (
                    "known",
                    raw(to=CARLA),
                    knowing(known_messages=by_id),
                    Link((known,)),
                ),
                (
                    "left from here",
                    raw(to=CARLA, **key),
                    knowing(sending_keys={"k1": 9}),
                    Adopt(9),
                ),
                (
                    "deleted here",
                    raw(to=CARLA),
                    knowing(deleted_ids=deleted),
                    Skip("deleted"),
                ),
            ]
        )

    def test_d2_answer_in_a_known_conversation(self):
        answering = knowing(conversations={"": (BOUND,)})
        on_lead = Target("crm.lead", 7, 10, BOUND.contact_keys)
        aside = Target("res.partner", 20, 20, frozenset({"dora@other.example"}), False)
        self.check_decisions(
            [
                ("to its contact", raw(to=CARLA), answering, Import((on_lead,))),
                ("forwarded (C2)", raw(to=DORA), answering, Import((aside,))),
            ]
        )

    def test_d3_anybody_elses(self):
        answering = knowing(conversations={"": (BOUND,)})
        on_lead = Target("crm.lead", 7, 10, BOUND.contact_keys)
        self.check_decisions(
            [
                ("a contact's", raw(CARLA, ANNA), DIRECTORY, Skip("no_contact")),
                ("a stranger's", raw(STRANGER, NORA), DIRECTORY, Skip("no_contact")),
                ("a colleague's", raw(BEN, CARLA), DIRECTORY, Skip("no_contact")),
                ("without sender", raw("", CARLA), DIRECTORY, Skip("no_contact")),
                (
                    "Anna's name is not Anna",
                    raw('"anna@northwind.example" <m@evil.example>', NORA),
                    DIRECTORY,
                    Skip("no_contact"),
                ),
                (
                    "a contact's answer",
                    raw(CARLA, ANNA, ADDRESS),
                    answering,
                    Import((on_lead,)),
                ),
            ]
        )


class TestRead(TableCase):
    def test_d2_whom_a_copy_is_delivered_to(self):
        for header in (
            "Delivered-To",
            "X-Original-To",
            "X-Delivered-To",
            "Envelope-To",
            "X-Envelope-To",
        ):
            with self.subTest(header):
                message = raw(to=CARLA, cc=BEN, **{header.replace("-", "_"): ADDRESS})
                self.assertEqual(
                    auto_bcc.delivered_to(message), (Address("", ADDRESS),)
                )
        self.assertEqual(auto_bcc.delivered_to(raw(to=ADDRESS)), ())

    def test_d2_whom_it_is_written_to(self):
        message = raw(to=CARLA, cc=ADDRESS, Resent_To=DORA, Delivered_To=ALIAS)
        emails = [each.email for each in auto_bcc.written_to(message)]
        self.assertEqual(emails, ["carla@customer.example", ADDRESS, DORA])

    def test_c14_dates(self):
        self.check(
            lambda date: auto_bcc.read(raw(Date=date), RECEIVED).date,
            [
                ("Mon, 02 Nov 2026 10:00:00 +0100", datetime(2026, 11, 2, 9)),
                ("Mon, 02 Nov 2026 09:00:00 -0000", datetime(2026, 11, 2, 9)),
                ("Thu, 29 Oct 2026 09:00:00 +0000", datetime(2026, 10, 29, 9)),
                ("Mon, 02 Nov 2026 09:31:00 +0000", RECEIVED),
                ("Thu, 01 Jan 1970 00:00:00 +0000", RECEIVED),
                ("Mon, 99 Nov 2026 10:00:00 +0100", RECEIVED),
                ("Fri, 31 Dec 9999 23:59:59 -2359", RECEIVED),
                ("next Tuesday", RECEIVED),
                ("", RECEIVED),
            ],
        )

    def test_c14_nothing_raises(self):
        for message in (
            b"",
            b"\x00\xff",
            b"From\r\n\r\n",
            b"From: \xe9\xff <@>\r\n\r\n",
        ):
            with self.subTest(message):
                self.assertIsNone(auto_bcc.read(message, RECEIVED).sender)
                self.assertEqual(auto_bcc.delivered_to(message), ())
