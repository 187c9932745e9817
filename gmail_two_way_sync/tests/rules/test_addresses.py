"""Addresses as headers carry them, and when two of them are the same."""

import time

from ...rules import addresses
from .common import TableCase


def pairs(*header_values):
    return [(found.name, found.email) for found in addresses.parse(header_values)]


class TestParse(TableCase):
    def test_well_formed(self):
        table = [
            ("ann@example.com", [("", "ann@example.com")]),
            ("<ann@example.com>", [("", "ann@example.com")]),
            ("Ann Lee <Ann@Example.COM>", [("Ann Lee", "Ann@example.com")]),
            ('"Lee, Ann" <ann@example.com>', [("Lee, Ann", "ann@example.com")]),
            ('"Ann \\"Ace\\" Lee" <ann@x.com>', [('Ann "Ace" Lee', "ann@x.com")]),
            ("ann@x.com (Ann Lee)", [("Ann Lee", "ann@x.com")]),
            ("Ann (Sales) <ann@x.com>", [("Ann (Sales)", "ann@x.com")]),
            ('"ann lee"@x.com', [("", '"ann lee"@x.com')]),
            ("ann@[192.0.2.7]", [("", "ann@[192.0.2.7]")]),
            ("a@x.com, Bo <b@x.com>", [("", "a@x.com"), ("Bo", "b@x.com")]),
            ("Müller <m@müller.example>", [("Müller", "m@müller.example")]),
        ]
        self.check(pairs, table)

    def test_encoded_words(self):
        table = [
            ("=?utf-8?q?M=C3=BCller?= <m@x.de>", "Müller"),
            ("=?iso-8859-1?Q?M=FCller=2C_Jo?= <m@x.de>", "Müller, Jo"),
            ("=?UTF-8?B?5bGx55Sw?= <m@x.de>", "山田"),
            ("=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <m@x.de>", "山田"),
            ("=?gb2312?B?1cXI/Q==?= <m@x.de>", "张三"),
            ("=?koi8-r?B?6dfBzg==?= <m@x.de>", "Иван"),
            # Split in the middle of a character, folded.
            ("=?utf-8?Q?M=C3?=\r\n =?utf-8?Q?=BCller?= <m@x.de>", "Müller"),
            # In quotation marks, against the standard.
            ('"=?utf-8?q?M=C3=BCller?=" <m@x.de>', "Müller"),
            # A raw comma and blank inside the word.
            ("=?utf-8?Q?M=C3=BCller, Jo?= <m@x.de>", "Müller, Jo"),
            # Nobody knows this charset; this one has a language.
            ("=?x-unknown?Q?M=FCller?= <m@x.de>", "Müller"),
            ("=?utf-8*de?Q?M=C3=BCller?= <m@x.de>", "Müller"),
            # Padding lost.
            ("=?utf-8?B?TcO8bGxlcg?= <m@x.de>", "Müller"),
            # Cut off.
            ("=?utf-8?B?TcO8bGxlc?= <m@x.de>", "Mülle"),
            # Eight bits in the raw, as the email package hands them on.
            ("M\udcc3\udcbcller <m@x.de>", "Müller"),
            # Not an encoded word at all.
            ("=?utf-8?Müller <m@x.de>", "=?utf-8?Müller"),
        ]
        self.check(lambda value: pairs(value), [(v, [(n, "m@x.de")]) for v, n in table])

    def test_names_in_the_wild(self):
        table = [
            ("Lee, Ann <ann@x.com>", [("Lee, Ann", "ann@x.com")]),
            ("Lee, Ann <a@x.com>, b@x.com", [("Lee, Ann", "a@x.com"), ("", "b@x.com")]),
            ("\"'Ann Lee'\" <ann@x.com>", [("Ann Lee", "ann@x.com")]),
            ("'ann@x.com'", [("", "ann@x.com")]),
            ('"ann@x.com" <ann@x.com>', [("", "ann@x.com")]),
            ('"boss@corp.com" <eve@x.com>', [("boss@corp.com", "eve@x.com")]),
            ('"Hi, boss@corp.com" eve@x.com', [("Hi, boss@corp.com", "eve@x.com")]),
            ('Ann "Ace <ann@x.com>', [('Ann "Ace', "ann@x.com")]),
            ("Ann (Sales <ann@x.com>", [("Ann (Sales", "ann@x.com")]),
            ("Ann\r\n\tLee <ann@x.com>", [("Ann Lee", "ann@x.com")]),
            ("Ann ann@x.com", [("Ann", "ann@x.com")]),
        ]
        self.check(pairs, table)

    def test_members_in_the_wild(self):
        table = [
            ("undisclosed-recipients:;", []),
            ("Undisclosed recipients: ;, a@x.com", [("", "a@x.com")]),
            ("Team: a@x.com, Bo <b@x.com>;", [("", "a@x.com"), ("Bo", "b@x.com")]),
            ("<mailto:ann@x.com>", [("", "ann@x.com")]),
            ("mailto:ann@x.com", [("", "ann@x.com")]),
            ("<ann@\r\n x.com>", [("", "ann@x.com")]),
            ("<@relay.com,@two.com:ann@x.com>", [("", "ann@x.com")]),
            ("ann@x.com.", [("", "ann@x.com")]),
            ("a@x.com; b@x.com c@x.com", [("", f"{one}@x.com") for one in "abc"]),
            ("<a@x.com> <b@x.com>", [("", "a@x.com"), ("", "b@x.com")]),
            ("Ann <ann@x.com", [("Ann", "ann@x.com")]),
            ("=?utf-8?Q?Ann_<ann@x.com>?=", [("Ann", "ann@x.com")]),
            ('"ann@x.com"', [("", "ann@x.com")]),
            ("nobody, ann@x.com", [("", "ann@x.com")]),
            ("broken@, Ann <ann@x.com>", [("Ann", "ann@x.com")]),
            (",,;, ann@x.com,", [("", "ann@x.com")]),
            ("a@x.com, A@x.com", [("", "a@x.com")]),
        ]
        self.check(pairs, table)

    def test_not_an_address(self):
        values = ["", " ", "Ann Lee", "@", "ann@", "@x.com", "<>", "ann@x..com", "a@@b"]
        self.check(
            pairs, [(value, []) for value in [*values, '"', "(", "<", "=?", ":"]]
        )

    def test_repeated_headers_are_one_list(self):
        self.assertEqual(
            pairs("a@x.com", "Bo <b@x.com>, a@x.com"),
            [("", "a@x.com"), ("Bo", "b@x.com")],
        )

    def test_written_out_and_read_back(self):
        for name in ["", "Ann Lee", "Lee, Ann", 'Ann "Ace" Lee', "a\\b", "Größe <x>"]:
            with self.subTest(name=name):
                address = addresses.Address(name, "ann@x.com")
                self.assertEqual(addresses.parse([str(address)]), (address,))

    def test_300_recipients(self):
        many = [(f"Doe, No {i}", f"no{i}@x.com") for i in range(300)]
        value = ",\r\n ".join(f'"{name}" <{email}>' for name, email in many)
        self.assertEqual(pairs(value), many)

    def test_hostile_values_take_no_time(self):
        pieces = [
            "(",
            '"',
            ",",
            "a,",
            "<",
            "=?a?q?",
            "a@",
            "(a",
            "\\",
            '"\\',
            "(()",
            "@",
        ]
        started = time.monotonic()
        for piece in pieces:
            self.assertEqual(pairs(piece * 20_000), [])
        self.assertLess(time.monotonic() - started, 30)


class TestNoAddresses(TableCase):
    def test_e2_slips_in_a_typed_line(self):
        table = [
            ("", ()),
            (" , ", ()),
            ("a@x.com", ()),
            ("Ann <a@x.com>, b@x.com,", ()),
            ("a@x.com; b@x.com", ()),
            ('"Lee, Ann" <a@x.com>', ()),
            ("Jörg <j@müller.example>", ()),
            ("ann", ("ann",)),
            ("a@x.com, ann", ("ann",)),
            ("a@x.com; ann; bo", ("ann", "bo")),
            ("Ann <ann>", ("ann",)),
            ("a@", ("a@",)),
            ("<>", ("<>",)),
        ]
        self.check(addresses.no_addresses, table)


class TestMatchKey(TableCase):
    def test_c10_case_never_counts(self):
        table = [
            ("Ann@Example.com", "ann@example.com"),
            (" ann@example.com ", "ann@example.com"),
            ("ANN@MÜLLER.example", "ann@xn--mller-kva.example"),
            ("ann@xn--mller-kva.example", "ann@xn--mller-kva.example"),
            ("ann@straße.example", "ann@xn--strae-oqa.example"),
            ("Ä@x.com", "ä@x.com"),
            ("ann@Ü_b.example", "ann@ü_b.example"),
            ('"ann"@x.com', "ann@x.com"),
        ]
        self.check(addresses.match_key, table)

    def test_c18_consumer_gmail(self):
        for written in [
            "annlee@gmail.com",
            "Ann.Lee@gmail.com",
            "a.n.n.l.e.e@googlemail.com",
            "annlee+news@Gmail.com",
            "ann.lee+a.b+c@googlemail.com",
            '"ann.lee"@gmail.com',
        ]:
            with self.subTest(written=written):
                self.assertEqual(addresses.match_key(written), "annlee@gmail.com")

    def test_c18_other_domains_keep_dots_and_tags(self):
        for kept in [
            "ann.lee@example.com",
            "ann+news@example.com",
            "ann.lee@mail.gmail.com",
            "ann.lee@gmail.com.example",
            "ann.lee@gmail.de",
        ]:
            with self.subTest(kept=kept):
                self.assertEqual(addresses.match_key(kept), kept)

    def test_c18_not_an_address(self):
        values = ["", "ann", "ann@", "@x.com", "a b@x.com", "a@x.com, b@x.com"]
        self.check(addresses.match_key, [(v, "") for v in [*values, "+tag@gmail.com"]])

    def test_domain(self):
        table = [
            ("ann@Example.com", "example.com"),
            ("ann@müller.example", "xn--mller-kva.example"),
            ("ann@googlemail.com", "googlemail.com"),
            ("ann", ""),
        ]
        self.check(addresses.domain, table)
