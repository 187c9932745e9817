"""Whose mail it is (C3, C5-C10, C12, C14, C18)."""

from ...rules.directory import (
    Contact,
    Target,
)
from ...rules.matching import Import, Skip
from .matching_common import (
    ANNA,
    BEN,
    CARLA,
    CARLA_KEYS,
    DIRECTORY,
    DORA,
    EMIL,
    FRITZ,
    ON_CARLA,
    ON_DORA,
    SALES,
    STRANGER,
    MatchingCase,
    knowing,
    letter,
    sent,
)


class TestContacts(MatchingCase):
    def test_c3_received_from_a_contact(self):
        none = Skip("no_contact")
        off = knowing(sync_unassigned=False)
        on_fritz = Import((Target("res.partner", 40, 40),))
        self.check_decisions(
            [
                ("own customer", letter(CARLA, ANNA), DIRECTORY, Import((ON_CARLA,))),
                ("nobody's", letter(FRITZ, ANNA), DIRECTORY, on_fritz),
                (
                    "nobody's, option off",
                    letter(FRITZ, ANNA),
                    off,
                    Skip("unassigned_off"),
                ),
                ("own, option off", letter(CARLA, ANNA), off, Import((ON_CARLA,))),
                (
                    "somebody else's",
                    letter(EMIL, ANNA),
                    DIRECTORY,
                    Skip("assigned_elsewhere"),
                ),
                ("no contact", letter(STRANGER, ANNA), DIRECTORY, none),
                ("no sender", letter("", ANNA), DIRECTORY, none),
                (
                    "contact in Reply-To only",
                    letter(STRANGER, ANNA, Reply_To=CARLA),
                    DIRECTORY,
                    none,
                ),
                (
                    "contact as recipient only",
                    letter(STRANGER, ANNA, CARLA),
                    DIRECTORY,
                    none,
                ),
            ]
        )

    def test_c5_included_in_to_or_cc(self):
        on_carla = Import((ON_CARLA,))
        self.check_decisions(
            [
                ("Cc", letter(CARLA, DORA, ANNA), DIRECTORY, on_carla),
                (
                    "one of many in To",
                    letter(CARLA, f"{EMIL}, {ANNA}"),
                    DIRECTORY,
                    on_carla,
                ),
                (
                    "from somebody else",
                    letter(EMIL, CARLA, ANNA),
                    DIRECTORY,
                    Skip("assigned_elsewhere"),
                ),
            ]
        )

    def test_c6_c8_sent_to_a_contact(self):
        self.check_decisions(
            [
                ("sent", sent(CARLA), DIRECTORY, Import((ON_CARLA,))),
                (
                    "forward",
                    sent(CARLA, Subject="Fwd: News"),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
                ("somebody else's", sent(EMIL), DIRECTORY, Skip("assigned_elsewhere")),
                (
                    "nobody's",
                    sent(FRITZ),
                    knowing(sync_unassigned=False),
                    Skip("unassigned_off"),
                ),
                ("no contact", sent(STRANGER), DIRECTORY, Skip("no_contact")),
                (
                    "only in Bcc",
                    sent(STRANGER, Bcc=CARLA),
                    DIRECTORY,
                    Skip("no_contact"),
                ),
            ]
        )

    def test_c7_first_contact_in_to_then_in_cc(self):
        carla, dora = Import((ON_CARLA,)), Import((ON_DORA,))
        blocked = knowing(blocked=frozenset({"customer.example"}))
        self.check_decisions(
            [
                ("first in To", sent(f"{CARLA}, {DORA}"), DIRECTORY, carla),
                ("order counts", sent(f"{DORA}, {CARLA}"), DIRECTORY, dora),
                ("To before Cc", sent(DORA, CARLA), DIRECTORY, dora),
                ("Cc if To has none", sent(STRANGER, CARLA), DIRECTORY, carla),
                ("not a colleague", sent(f"{BEN}, {DORA}"), DIRECTORY, dora),
                ("not somebody else's", sent(f"{EMIL}, {DORA}"), DIRECTORY, dora),
                ("not a blocked one", sent(f"{CARLA}, {DORA}"), blocked, dora),
                (
                    "the reason of the first",
                    sent(f"{STRANGER}, {EMIL}"),
                    DIRECTORY,
                    Skip("assigned_elsewhere"),
                ),
            ]
        )

    def test_c9_the_first_created_contact(self):
        first = Contact(10, user_id=1)
        twice = {"x@customer.example": (first, Contact(12, user_id=1))}
        bens = {"x@customer.example": (Contact(9, user_id=2), first)}
        on_first = Import((Target("res.partner", 10, 10),))
        mail = letter("x@customer.example", ANNA)
        self.check_decisions(
            [
                ("first of two", mail, knowing(contacts=twice), on_first),
                ("sent", sent("x@customer.example"), knowing(contacts=twice), on_first),
                (
                    "the first is Ben's",
                    mail,
                    knowing(contacts=bens),
                    Skip("assigned_elsewhere"),
                ),
            ]
        )

    def test_c10_other_addresses_and_case(self):
        self.check_decisions(
            [
                (
                    "case",
                    letter("CARLA@CUSTOMER.EXAMPLE", ANNA),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
                (
                    "other address",
                    letter("carlac@gmail.com", ANNA),
                    DIRECTORY,
                    Import((ON_CARLA,)),
                ),
                (
                    "similar address",
                    letter("carla@customer.example.com", ANNA),
                    DIRECTORY,
                    Skip("no_contact"),
                ),
            ]
        )

    def test_c12_several_companies(self):
        north, south = Contact(10, 1, 1), Contact(11, 2, 1)
        shared, bens = Contact(12, None, 1), Contact(13, 2, 2)

        def carried_by(*contacts, companies=(1, 2)):
            ids = frozenset(companies)
            return knowing(contacts={"x@c.example": contacts}, company_ids=ids)

        def on(*ids):
            return Import(tuple(Target("res.partner", id_, id_) for id_ in ids))

        mail, own = letter("x@c.example", ANNA), sent("x@c.example")
        self.check_decisions(
            [
                ("one in each", mail, carried_by(north, south), on(10, 11)),
                (
                    "the first in each",
                    mail,
                    carried_by(north, south, Contact(14, 2, 1)),
                    on(10, 11),
                ),
                ("of no company", mail, carried_by(north, south, shared), on(12)),
                ("in one company only", mail, carried_by(north), on(10)),
                ("assigned elsewhere in one", mail, carried_by(north, bens), on(10)),
                (
                    "one company",
                    mail,
                    carried_by(north, shared, companies=(1,)),
                    on(10),
                ),
                ("sent is on one", own, carried_by(north, south), on(10)),
                (
                    "sent to the own one",
                    own,
                    carried_by(Contact(9, 1, 2), south),
                    on(11),
                ),
            ]
        )

    def test_c18_own_addresses_and_direction(self):
        gmail = knowing(own_keys=frozenset({"annaberg@gmail.com"}))
        carla = Import((ON_CARLA,))
        self.check_decisions(
            [
                ("send-as", sent(CARLA, sender=SALES), DIRECTORY, carla),
                ("send-as, no SENT label", letter(SALES, CARLA), DIRECTORY, carla),
                (
                    "dots and tags",
                    sent(CARLA, sender="Anna.Berg+x@googlemail.com"),
                    gmail,
                    carla,
                ),
                (
                    "other domains keep dots",
                    sent(CARLA, sender="a.nna@northwind.example"),
                    DIRECTORY,
                    Skip("no_contact"),
                ),
                (
                    "other domains keep tags",
                    sent(CARLA, sender="anna+x@northwind.example"),
                    DIRECTORY,
                    Skip("no_contact"),
                ),
                (
                    "to oneself and a contact",
                    letter(ANNA, ANNA, CARLA),
                    DIRECTORY,
                    carla,
                ),
                (
                    "From decides, not the label",
                    letter(CARLA, ANNA, labels=("SENT",)),
                    DIRECTORY,
                    carla,
                ),
            ]
        )


class TestAuthor(MatchingCase):
    def test_c14_author(self):
        colleague = Target("res.partner", 10, 10, CARLA_KEYS)
        duplicate = Target("res.partner", 99, 99, CARLA_KEYS)
        lead = Target("crm.lead", 7)
        table = [
            ((CARLA, ON_CARLA), 10),
            (("CarlaC@googlemail.com", ON_CARLA), 10),
            ((CARLA, duplicate), 99),
            ((CARLA, lead), 10),
            ((DORA, ON_CARLA), 20),
            ((ANNA, ON_CARLA), 1),
            ((SALES, ON_CARLA), 1),
            ((BEN, colleague), 2),
            (("info@mail.northwind.example", lead), None),
            ((STRANGER, ON_CARLA), None),
            (("", ON_CARLA), None),
        ]
        self.check(
            lambda row: DIRECTORY.author_id(letter(row[0]).sender, row[1]), table
        )
