"""Subjects that belong together."""

from ...rules import subjects
from .common import TableCase


class TestSubjects(TableCase):
    def test_b3_base_subject(self):
        table = [
            ("Offer", "offer"),
            ("Re: Offer", "offer"),
            ("RE:Offer", "offer"),
            ("Re : Offer", "offer"),
            ("AW: WG: Re: Offer", "offer"),
            ("RE[2]: Offer", "offer"),
            ("Re(3): Offer", "offer"),
            ("Re^2: Offer", "offer"),
            ("SV: Offer", "offer"),
            ("Antw: Offer", "offer"),
            ("Odp: Offer", "offer"),
            ("RIF: R: I: Offer", "offer"),
            ("TR: RV: Fw: Fwd: Offer", "offer"),
            ("İLT: Offer", "offer"),
            ("回复：Offer", "offer"),
            ("答复: 转发: Offer", "offer"),
            ("НА: Offer", "offer"),
            ("[Fwd: Re: Offer]", "offer"),
            ("Re:\r\n  Big \t offer ", "big offer"),
            ("STRASSE Straße", "strasse strasse"),
            ("Re:", ""),
            ("", ""),
        ]
        self.check(subjects.base_subject, table)

    def test_b3_what_is_no_prefix(self):
        for subject in ["regarding: x", "return", "r2d2: x", "in: x", "[shop] re: x"]:
            with self.subTest(subject=subject):
                self.assertEqual(subjects.base_subject(subject), subject)

    def test_b3_same_subject(self):
        table = [
            (("Offer", "AW: offer"), True),
            (("Re: Offer", "Fwd: Offer"), True),
            (("Offer", "Offer 2"), False),
            (("Re: Offer", "Re: Order"), False),
        ]
        self.check(lambda pair: subjects.same_subject(*pair), table)

    def test_b3_continues(self):
        table = [
            (("Re: Offer", "Offer"), True),
            (("Offer", "Fwd: Offer"), True),
            (("Fwd: Offer", "Offer"), False),
            (("Fwd: Offer", "Re: Offer"), False),
            (("Fwd: Offer", "Fwd: Offer"), True),
            (("Re: Fwd: Offer", "Offer"), True),
            (("Re: Order", "Offer"), False),
        ]
        self.check(lambda pair: subjects.continues(*pair), table)

    def test_b3_reply_subject(self):
        table = [
            ("Offer", "Re: Offer"),
            ("Re: Offer", "Re: Offer"),
            ("AW: Offer", "AW: Offer"),
            ("RE[2]: Offer", "RE[2]: Offer"),
            ("Fwd: Offer", "Re: Fwd: Offer"),
            ("Offer\r\nBcc: eve@x.com", "Re: Offer Bcc: eve@x.com"),
            ("", "Re:"),
        ]
        self.check(subjects.reply_subject, table)

    def test_b3_is_forward(self):
        table = [
            ("Fwd: Offer", True),
            ("FW: Re: Offer", True),
            ("WG: Offer", True),
            ("转发：Offer", True),
            ("[Fwd: Offer]", True),
            ("Re: Fwd: Offer", False),
            ("VS: Offer", False),
            ("Forward: Offer", False),
            ("Offer", False),
        ]
        self.check(subjects.is_forward, table)
