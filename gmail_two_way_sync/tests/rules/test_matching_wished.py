"""Messages that their owner wants to be imported although a rule skipped them (E4)."""

from dataclasses import replace

from ...rules import matching
from ...rules.directory import KnownMessage
from ...rules.matching import Import, Link, Read, Skip
from .matching_common import (
    ANNA,
    BEN,
    CARLA,
    DIRECTORY,
    EMIL,
    ON_CARLA,
    STRANGER,
    MatchingCase,
    bound,
    knowing,
    letter,
    sent,
)

REPORT = {"Content_Type": "multipart/report; report-type=delivery-status"}


class TestWished(MatchingCase):
    def check_wished(self, table):
        for name, envelope, directory, expected in table:
            with self.subTest(name):
                found = matching.decide_wished(envelope, directory, ON_CARLA)
                self.assertEqual(found, expected)

    def test_e4_what_a_person_may_overrule(self):
        done = Import((ON_CARLA,))
        stopped = bound(replace(bound().conversations["t1"][0], active=False))
        self.check_wished(
            [
                ("nobody's mail", letter(STRANGER, ANNA), DIRECTORY, done),
                ("somebody else's contact", letter(EMIL, ANNA), DIRECTORY, done),
                (
                    "own blocklist",
                    letter(CARLA, ANNA),
                    knowing(blocked=frozenset({"customer.example"})),
                    done,
                ),
                ("stopped conversation", letter(CARLA, ANNA), stopped, done),
                (
                    "deleted in Odoo",
                    letter(CARLA, ANNA),
                    knowing(deleted_ids=frozenset({"<new@customer.example>"})),
                    done,
                ),
                ("a colleague's, to a customer", letter(BEN, CARLA), DIRECTORY, done),
            ]
        )

    def test_e4_what_nobody_may_overrule(self):
        known = KnownMessage(5, "crm.lead", 7)
        posted = KnownMessage(5, "crm.lead", 7, is_email=False)
        self.check_wished(
            [
                (
                    label,
                    letter(CARLA, ANNA, labels=(label.upper(),)),
                    DIRECTORY,
                    Skip(label),
                )
                for label in ("draft", "spam", "trash", "chat")
            ]
        )
        self.check_wished(
            [
                ("colleagues only", letter(BEN, ANNA), DIRECTORY, Skip("internal")),
                ("to oneself", sent(ANNA), DIRECTORY, Skip("internal")),
                (
                    "here already",
                    letter(CARLA, ANNA),
                    knowing(known_messages={"<new@customer.example>": (known,)}),
                    Link((known,)),
                ),
                (
                    "what Odoo sent",
                    letter(CARLA, ANNA),
                    knowing(known_messages={"<new@customer.example>": (posted,)}),
                    Skip("own_message"),
                ),
                ("report", letter(CARLA, ANNA, **REPORT), DIRECTORY, Read()),
            ]
        )
