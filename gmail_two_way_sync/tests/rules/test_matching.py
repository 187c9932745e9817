"""Who is never synced, what is known, and the order of the rules (C1, C4, C13, C17)."""

from dataclasses import replace

from ...rules import matching
from ...rules.directory import (
    KnownMessage,
    Target,
)
from ...rules.matching import Adopt, Import, Link, Read, Skip
from .matching_common import (
    ANNA,
    BEN,
    BOUND,
    CARLA,
    CARLA_KEYS,
    DIRECTORY,
    DORA,
    ON_CARLA,
    ON_DORA,
    SALES,
    STRANGER,
    MatchingCase,
    bound,
    knowing,
    letter,
    sent,
)


class TestLookedAt(MatchingCase):
    def test_c1_drafts_spam_trash_and_chats_are_not_looked_at(self):
        def carla(*labels):
            return letter(CARLA, ANNA, labels=labels)

        self.check_decisions(
            [
                ("received", carla("INBOX"), DIRECTORY, Import((ON_CARLA,))),
                ("archived", carla(), DIRECTORY, Import((ON_CARLA,))),
                ("own label", carla("Label_SPAM"), DIRECTORY, Import((ON_CARLA,))),
                ("sent", sent(CARLA), DIRECTORY, Import((ON_CARLA,))),
                ("draft", carla("DRAFT"), DIRECTORY, Skip("draft")),
                ("spam", carla("SPAM"), DIRECTORY, Skip("spam")),
                ("trash", carla("INBOX", "TRASH"), DIRECTORY, Skip("trash")),
                ("chat", carla("CHAT"), DIRECTORY, Skip("chat")),
                ("spam in a bound thread", carla("SPAM"), bound(), Skip("spam")),
            ]
        )


class TestKnown(MatchingCase):
    def test_c13_already_known(self):
        new = letter(CARLA, ANNA)
        email = KnownMessage(5, "res.partner", 10)
        stock = KnownMessage(6, "sale.order", 9, is_email=False)
        copy = KnownMessage(8, "res.partner", 11)

        def known(*messages, **more):
            by_id = {"<new@customer.example>": messages}
            return knowing(known_messages=by_id, **more)

        self.check_decisions(
            [
                ("seen elsewhere", new, known(email), Link((email,))),
                ("several copies", new, known(email, copy), Link((email, copy))),
                (
                    "its thread is bound already",
                    new,
                    known(email, conversations={"t1": (BOUND,)}),
                    Link((email,), binds=False),
                ),
                ("sent by Odoo", new, known(stock), Skip("own_message")),
                (
                    "sent by Odoo without a record",
                    new,
                    known(KnownMessage(7, is_email=False)),
                    Skip("own_message"),
                ),
                (
                    "another message is known",
                    letter(CARLA, ANNA, Message_ID="<other@customer.example>"),
                    known(email),
                    Import((ON_CARLA,)),
                ),
                (
                    "nothing is known by no Message-ID",
                    letter(CARLA, ANNA, Message_ID=""),
                    known(email),
                    Import((ON_CARLA,)),
                ),
            ]
        )

    def test_c13_own_sends_are_adopted_and_a_colleagues_are_linked(self):
        key = {"X_Gmail_Two_Way_Sync_Key": "k1"}
        email = KnownMessage(5, "res.partner", 10)
        own = knowing(sending_keys={"k1": 77})
        colleagues = knowing(known_messages={"k1": (email,)})
        self.check_decisions(
            [
                ("this mailbox's", sent(CARLA, **key), own, Adopt(77)),
                ("other key", sent(CARLA, **key), DIRECTORY, Import((ON_CARLA,))),
                (
                    "in Cc of Ben's",
                    letter(BEN, CARLA, **key),
                    colleagues,
                    Link((email,)),
                ),
                ("no key", letter(BEN, CARLA), colleagues, Skip("internal")),
            ]
        )

    def test_e7_deleted_in_odoo_stays_deleted(self):
        deleted = knowing(deleted_ids=frozenset({"<new@customer.example>"}))
        self.check_decisions(
            [
                ("deleted", letter(CARLA, ANNA), deleted, Skip("deleted")),
                (
                    "another one",
                    letter(CARLA, ANNA, Message_ID="<n2@customer.example>"),
                    deleted,
                    Import((ON_CARLA,)),
                ),
            ]
        )

    def test_c4_mail_of_this_database_is_recognised_behind_a_relay(self):
        message = KnownMessage(6, "sale.order", 9, is_email=False)
        directory = knowing(known_messages={"<so-9@odoo>": (message,)})

        def relayed(record, reference="<so-9@odoo>"):
            return letter(
                CARLA,
                ANNA,
                Message_ID="<0100@relay.example>",
                References=reference,
                X_Odoo_Objects=record,
            )

        order = Import((Target("sale.order", 9, 10, CARLA_KEYS),))
        self.check_decisions(
            [
                ("ours", relayed("sale.order-9"), directory, Skip("own_message")),
                ("answer by another Odoo", relayed("crm.lead-3"), directory, order),
                ("answer by a person", relayed(""), directory, order),
                (
                    "another Odoo's own",
                    relayed("sale.order-9", "<x@there>"),
                    directory,
                    Import((ON_CARLA,)),
                ),
            ]
        )

    def test_b9_a_delivery_report_is_never_a_message(self):
        daemon = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
        report = letter(daemon, ANNA, X_Failed_Recipients="carla@customer.example")
        about = letter(CARLA, ANNA, X_Mailer="Delivery report viewer")
        naming = letter(daemon, ANNA, References="<sent@x>")
        ours = knowing(known_messages={"<sent@x>": (KnownMessage(5),)})
        self.check_decisions(
            [
                ("names no message", report, DIRECTORY, Read()),
                ("names one of ours", naming, ours, Read()),
                ("in a bound thread", naming, bound(), Read()),
                ("of private mail", naming, DIRECTORY, Skip("delivery_report")),
                ("mail about one", about, DIRECTORY, Import((ON_CARLA,))),
            ]
        )


class TestNeverSynced(MatchingCase):
    def test_c17_blocklist(self):
        address = knowing(blocked=frozenset({"carla@customer.example"}))
        host = knowing(blocked=frozenset({"customer.example"}))
        carla, bcarla = letter(CARLA, ANNA), Skip("blocklisted")
        self.check_decisions(
            [
                ("received, address", carla, address, bcarla),
                ("received, domain", carla, host, bcarla),
                ("case", letter("CARLA@Customer.Example", ANNA), address, bcarla),
                ("sent", sent(CARLA), host, bcarla),
                (
                    "a colleague's",
                    letter(BEN, CARLA, ANNA),
                    bound(blocked=host.blocked),
                    bcarla,
                ),
                ("bound thread", carla, bound(blocked=host.blocked), bcarla),
                (
                    "subdomain",
                    letter("carla@eu.customer.example"),
                    host,
                    Skip("no_contact"),
                ),
                (
                    "domain that ends alike",
                    letter(DORA, ANNA),
                    knowing(blocked=frozenset({"er.example"})),
                    Import((ON_DORA,)),
                ),
                ("only in Cc", letter(DORA, ANNA, CARLA), host, Import((ON_DORA,))),
                (
                    "sent to another one, too",
                    sent(CARLA, DORA),
                    host,
                    Import((ON_DORA,)),
                ),
            ]
        )

    def test_c17_consumer_gmail_domains_are_one(self):
        blocked = knowing(blocked=frozenset({"gmail.com"}))
        self.check_decisions(
            [
                (
                    "one",
                    letter("carla.c@gmail.com", ANNA),
                    blocked,
                    Skip("blocklisted"),
                ),
                (
                    "the other",
                    letter("carlac@googlemail.com", ANNA),
                    blocked,
                    Skip("blocklisted"),
                ),
                ("neither", letter(CARLA, ANNA), blocked, Import((ON_CARLA,))),
            ]
        )

    def test_c4_colleagues_are_never_contacts(self):
        internal = Skip("internal")
        self.check_decisions(
            [
                ("colleague who is a contact", letter(BEN, ANNA), DIRECTORY, internal),
                (
                    "company",
                    letter("northwind@northwind.example", ANNA),
                    DIRECTORY,
                    internal,
                ),
                (
                    "OdooBot",
                    letter("odoobot@northwind.example", ANNA),
                    DIRECTORY,
                    internal,
                ),
                (
                    "alias domain",
                    letter("info@mail.northwind.example", ANNA),
                    DIRECTORY,
                    internal,
                ),
                ("sent to a colleague", sent(BEN), DIRECTORY, internal),
                ("to oneself", letter(ANNA, ANNA), DIRECTORY, internal),
                (
                    "from one send-as to the other",
                    sent(ANNA, sender=SALES),
                    DIRECTORY,
                    internal,
                ),
                (
                    "colleague to a contact",
                    letter(BEN, CARLA, ANNA),
                    DIRECTORY,
                    internal,
                ),
                (
                    "neighbour of the alias domain",
                    letter("carla@customer.example", "x@northwind.example"),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
            ]
        )

    def test_c4_between_colleagues_not_even_in_a_bound_thread(self):
        lead = Target("crm.lead", 7, 10, CARLA_KEYS)
        inside = replace(lead, is_internal=True)
        self.check_decisions(
            [
                ("turned internal", letter(BEN, ANNA), bound(), Skip("internal")),
                ("own answer to Ben", sent(BEN), bound(), Skip("internal")),
                (
                    "to an alias",
                    sent("sales@mail.northwind.example"),
                    bound(),
                    Skip("internal"),
                ),
                (
                    "nobody can be read",
                    letter(BEN, "undisclosed-recipients:;"),
                    bound(),
                    Skip("internal"),
                ),
                (
                    "the customer is back",
                    letter(BEN, CARLA, ANNA),
                    bound(),
                    Import((lead,)),
                ),
                (
                    "with a stranger",
                    letter(BEN, STRANGER, ANNA),
                    bound(),
                    Import((inside,)),
                ),
                ("customer alone", letter(CARLA, ANNA), bound(), Import((lead,))),
            ]
        )


class TestOrder(MatchingCase):
    def test_first_match_wins(self):
        """A message that every rule answers is decided by the first, then by the next
        one once the first has nothing to say, and so on through the section's order.
        """
        known = KnownMessage(5, "res.partner", 20)
        order = KnownMessage(6, "sale.order", 9)
        daemon = "Mail Delivery Subsystem <mailer-daemon@mx.example>"
        on_order = Target("sale.order", 9, 10, CARLA_KEYS, binds=False)
        on_lead = Target("crm.lead", 7, 10, CARLA_KEYS)
        answered = {"<old@x>": (order,)}
        steps = [
            ({"labels": ("INBOX", "SPAM")}, {}, Skip("spam")),
            ({"labels": ("INBOX",)}, {}, Link((known,), binds=False)),
            ({}, {"known_messages": answered}, Read()),
            ({"sender": CARLA, "X_Failed_Recipients": ""}, {}, Skip("blocklisted")),
            ({"sender": BEN}, {}, Skip("internal")),
            ({"sender": CARLA}, {"blocked": frozenset()}, Import((on_order,))),
            ({"In_Reply_To": ""}, {}, Import((on_lead,))),
            ({}, {"conversations": {}}, Import((ON_CARLA,))),
            ({"sender": ANNA, "to": DORA}, {}, Import((ON_DORA,))),
        ]
        mail = {
            "sender": daemon,
            "to": ANNA,
            "Message_ID": "<new@x>",
            "In_Reply_To": "<old@x>",
            "X_Failed_Recipients": "carla@customer.example",
        }
        directory = bound(
            blocked=frozenset({"customer.example", "mx.example"}),
            known_messages={"<new@x>": (known,), **answered},
        )
        for changes, knowledge, expected in steps:
            mail.update(changes)
            directory = replace(directory, **knowledge)
            with self.subTest(expected):
                self.assertEqual(matching.decide(letter(**mail), directory), expected)
