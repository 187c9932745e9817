"""Who lives in the demo: plain data for Odoo's records and for the mailboxes.

All of them are invented, and `.example` domains belong to nobody.
"""

from dataclasses import dataclass

COMPANY = "Harbour & Pine Trading"
DOMAIN = "harbourpine.example"
# Mail to it goes to Odoo's own gateway, as an MTA would do.
ALIAS_DOMAIN = f"odoo.{DOMAIN}"
OFFICE = f"office@{DOMAIN}"


@dataclass(frozen=True)
class Colleague:
    """A salesperson with a mailbox; the password is the login."""

    login: str
    name: str
    timezone: str
    title: str
    send_as: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"

    @property
    def signature(self) -> str:
        return f"<p>{self.name}<br>{self.title}, {COMPANY}</p>"


COLLEAGUES = (
    Colleague(
        "anna",
        "Anna Keller",
        "Europe/Berlin",
        "Key accounts",
        send_as=((f"sales@{DOMAIN}", f"{COMPANY} Sales"),),
    ),
    Colleague("ben", "Ben Okafor", "Europe/London", "Sales"),
)


@dataclass(frozen=True)
class Customer:
    """A contact with a mailbox; `owner` is a login, or '' for nobody's."""

    key: str
    name: str
    email: str
    company: str
    owner: str
    role: str = ""
    other_emails: tuple[str, ...] = ()
    kind: str = "workspace"


COMPANIES = {
    "lumen": ("Lumen Glassworks", "lumen-glass.example", "anna"),
    "tessera": ("Tessera Tiles", "tessera-tiles.example", "anna"),
    "fjord": ("Fjord Outfitters", "fjord-outfitters.example", "ben"),
    "orchard": ("Orchard Lane Schools", "orchardlane.example", "ben"),
    "quarry": ("Quarry Coffee Roasters", "quarrycoffee.example", ""),
}

CUSTOMERS = (
    Customer(
        "clara",
        "Clara Voss",
        "clara.voss@lumen-glass.example",
        "lumen",
        "anna",
        "Head of purchasing",
        other_emails=("clara.v@postbox.example",),
    ),
    Customer("dmitri", "Dmitri Hale", "dmitri@lumen-glass.example", "lumen", "anna"),
    Customer("elena", "Elena Prado", "elena@tessera-tiles.example", "tessera", "anna"),
    Customer("femi", "Femi Adeyemi", "femi@tessera-tiles.example", "tessera", "anna"),
    Customer("greta", "Greta Lind", "greta@fjord-outfitters.example", "fjord", "ben"),
    Customer("hugo", "Hugo Marsh", "hugo@fjord-outfitters.example", "fjord", "ben"),
    Customer(
        "iris", "Iris Tanaka", "iris.tanaka@orchardlane.example", "orchard", "ben"
    ),
    Customer("jonas", "Jonas Weir", "jonas@quarrycoffee.example", "quarry", ""),
    Customer("kavya", "Kavya Rao", "kavya@quarrycoffee.example", "quarry", ""),
    Customer(
        "leo",
        "Leo Castellan",
        "leo.castellan@postbox.example",
        "",
        "",
        "Architect",
        kind="consumer",
    ),
    Customer(
        "mira",
        "Mira Solano",
        "mira.solano@postbox.example",
        "",
        "anna",
        kind="consumer",
    ),
    Customer("noor", "Noor Haddad", "noor@postbox.example", "", "ben", kind="consumer"),
)

# Mailboxes of people whom the CRM does not know and must not get to know.
PRIVATE = (
    ("paula.keller@postbox.example", "Paula Keller"),
    ("chess-club@postbox.example", "Harbour Chess Club"),
    ("tobias@postbox.example", "Tobias Frey"),
)

# key, customer, title, expected revenue
LEADS = (
    ("windows", "clara", "Workshop windows, 48 panes", 18400),
    ("showroom", "elena", "Showroom floor in Lisbon", 9200),
    ("tents", "greta", "Autumn range: 300 tents", 41000),
    ("canteen", "iris", "Canteen equipment for two schools", 27500),
    ("beans", "jonas", "Machine lease for the roastery", 6300),
    ("villa", "leo", "Sliding doors for a lake house", 15800),
)

# sender, recipient, subject, text: private mail that lies in the mailboxes
LETTERS = (
    (
        "paula.keller@postbox.example",
        COLLEAGUES[0].email,
        "Sunday lunch",
        "Hi Anna,\n\nmum asks whether you come on Sunday. She makes the plum cake.\n\n"
        "Paula\n",
    ),
    (
        COLLEAGUES[0].email,
        "paula.keller@postbox.example",
        "Re: Sunday lunch",
        "Of course! I bring the coffee.\n\nAnna\n",
    ),
    (
        "chess-club@postbox.example",
        COLLEAGUES[1].email,
        "Pairings for Thursday",
        "Dear members,\n\nthe pairings are up. Ben plays White on board three.\n",
    ),
    (
        "tobias@postbox.example",
        COLLEAGUES[1].email,
        "Your bike",
        "The brake is fixed, you can pick it up any time after six.\n\nTobias\n",
    ),
    (
        "tobias@postbox.example",
        COLLEAGUES[0].email,
        "Photos from the hike",
        "Anna, here is the one with the goat. I still laugh.\n",
    ),
)


def accounts() -> list[dict]:
    """Return every mailbox as the sandbox's configuration wants it."""
    found = [{"email": OFFICE, "name": COMPANY, "kind": "workspace"}]
    for person in COLLEAGUES:
        aliases = [
            {"email": email, "name": name, "verified": True}
            for email, name in person.send_as
        ]
        found.append(
            {
                "email": person.email,
                "name": person.name,
                "kind": "workspace",
                "send_as": aliases,
            }
        )
    for customer in CUSTOMERS:
        for email in (customer.email, *customer.other_emails):
            kind = "consumer" if email.endswith("@postbox.example") else customer.kind
            found.append({"email": email, "name": customer.name, "kind": kind})
    for email, name in PRIVATE:
        found.append({"email": email, "name": name, "kind": "consumer"})
    return found
