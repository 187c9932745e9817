"""The people of the tables on section C, and what Odoo knows of them.

Anna (user 1) reads her mailbox. Her customers are Carla (contact 10) and Dora (20);
Emil (30) is Ben's customer, Fritz (40) is nobody's.
"""

from dataclasses import replace
from datetime import datetime

from ...rules import matching
from ...rules.directory import (
    Contact,
    Conversation,
    Directory,
    Target,
)
from ...rules.envelope import from_headers
from .common import TableCase

ANNA = "Anna Berg <anna@northwind.example>"
SALES = "Northwind Sales <sales@northwind.example>"
BEN = "Ben Holt <ben@northwind.example>"
CARLA = '"Custo, Carla" <carla@customer.example>'
DORA = "dora@other.example"
EMIL = "Emil <emil@third.example>"
FRITZ = "fritz@nobody.example"
STRANGER = "newsletter@shop.example"

CARLA_KEYS = frozenset({"carla@customer.example", "carlac@gmail.com"})
CARLA_CONTACT = Contact(10, user_id=1, keys=CARLA_KEYS)
DORA_CONTACT = Contact(20, user_id=1, keys=frozenset({"dora@other.example"}))
ON_CARLA = Target("res.partner", 10, 10, CARLA_KEYS)
ON_DORA = Target("res.partner", 20, 20, DORA_CONTACT.keys)
DIRECTORY = Directory(
    user_id=1,
    own_keys=frozenset({"anna@northwind.example", "sales@northwind.example"}),
    company_ids=frozenset({1}),
    contacts={
        "carla@customer.example": (CARLA_CONTACT,),
        "carlac@gmail.com": (CARLA_CONTACT,),
        "dora@other.example": (DORA_CONTACT,),
        "emil@third.example": (Contact(30, user_id=2),),
        "fritz@nobody.example": (Contact(40),),
        # A colleague and an alias that are contacts by mistake.
        "ben@northwind.example": (Contact(50, user_id=1),),
        "info@mail.northwind.example": (Contact(60, user_id=1),),
    },
    internal_partners={
        "anna@northwind.example": 1,
        "sales@northwind.example": 1,
        "ben@northwind.example": 2,
        "northwind@northwind.example": 3,
        "odoobot@northwind.example": 4,
    },
    alias_domains=frozenset({"mail.northwind.example"}),
)
BOUND = Conversation(
    "crm.lead", 7, 10, CARLA_KEYS, CARLA_KEYS | {"paul@customer.example"}
)


def letter(sender, to="", cc="", labels=("INBOX",), **headers):
    """An envelope in Gmail thread t1; ``headers`` use underscores."""
    pairs = [("From", sender), ("To", to), ("Cc", cc), ("Subject", "Offer")]
    pairs += [(name.replace("_", "-"), value) for name, value in headers.items()]
    given = [(name, value) for name, value in pairs if value]
    if "Message_ID" not in headers:
        given.append(("Message-ID", "<new@customer.example>"))
    return from_headers("g1", "t1", labels, datetime(2026, 11, 2), 1000, given)


def sent(to="", cc="", sender=ANNA, **headers):
    return letter(sender, to, cc, labels=("SENT",), **headers)


def knowing(directory=DIRECTORY, **known):
    """A directory that knows more."""
    return replace(directory, **known)


def bound(*conversations, **known):
    return knowing(conversations={"t1": conversations or (BOUND,)}, **known)


class MatchingCase(TableCase):
    def check_decisions(self, table):
        """Rows of name, envelope, directory, decision."""
        for name, envelope, directory, expected in table:
            with self.subTest(name):
                self.assertEqual(matching.decide(envelope, directory), expected)
