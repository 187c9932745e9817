"""Whose mail is imported, and on which contact (C1, C3-C11, C17, C18)."""

from datetime import timedelta

from .common import ANNA, BEN, CUSTOMER
from .mail_in_common import MailInCase

STRANGER = "shop@stranger.example"


class TestLookedAt(MailInCase):
    def test_c1_sent_and_received_but_no_drafts_spam_trash_or_chats(self):
        self.check_outcomes(
            [
                ("received", lambda: self.receive(), "imported"),
                ("archived", lambda: self.receive(labels=[]), "imported"),
                (
                    "sent",
                    lambda: self.control.send(ANNA, CUSTOMER, "Hi", "x"),
                    "imported",
                ),
                ("spam", lambda: self.receive(labels=["SPAM"]), "spam"),
                ("trash", lambda: self.receive(labels=["TRASH"]), "trash"),
                ("chat", lambda: self.receive(labels=["CHAT"]), "chat"),
            ]
        )

    def test_c1_a_draft_is_no_mail_until_it_is_sent(self):
        draft = self.receive(ANNA, CUSTOMER, labels=["DRAFT"])
        self.sync()
        self.assertFalse(self.emails_of(self.customer))
        self.control.modify(ANNA, draft["id"], add=["SENT"], remove=["DRAFT"])
        self.sync()
        self.assertEqual(self.outcome(draft), "imported")

    def test_c1_not_spam(self):
        message = self.receive(labels=["SPAM"])
        self.sync()
        self.assertEqual(self.outcome(message), "spam")
        self.control.not_spam(ANNA, message["id"])
        self.sync()
        self.assertEqual(self.outcome(message), "imported")
        self.assertEqual(len(self.emails_of(self.customer)), 1)

    def test_a5_older_mail_is_not_imported(self):
        old = self.receive(mailbox=BEN, to=BEN)
        account = self.connect(self.ben, BEN)
        new = self.receive(mailbox=BEN, to=BEN)
        self.customer.user_id = self.ben
        self.sync()
        self.assertFalse(self.row(old, account))
        self.assertEqual(self.outcome(new, account), "imported")


class TestContacts(MailInCase):
    def test_c3_assignment(self):
        self.contact("Emil", "emil@third.example", user_id=self.ben.id)
        self.contact("Fritz", "fritz@nobody.example")
        self.check_outcomes(
            [
                ("own", lambda: self.receive(), "imported"),
                (
                    "colleague's",
                    lambda: self.receive("emil@third.example"),
                    "assigned_elsewhere",
                ),
                ("nobody's", lambda: self.receive("fritz@nobody.example"), "imported"),
                ("no contact", lambda: self.receive(STRANGER), "no_contact"),
            ]
        )

    def test_c3_unassigned_contacts_are_an_option(self):
        self.contact("Fritz", "fritz@nobody.example")
        self.anna.with_user(self.anna).gmail_sync_unassigned = False
        self.check_outcomes(
            [
                (
                    "nobody's",
                    lambda: self.receive("fritz@nobody.example"),
                    "unassigned_off",
                ),
                ("own", lambda: self.receive(), "imported"),
            ]
        )

    def test_c3_the_companys_salesperson(self):
        firm = self.contact("Firm", "info@firm.example", is_company=True)
        gina = self.contact("Gina", "gina@firm.example", parent_id=firm.id)
        firm.user_id, gina.user_id = self.ben, False
        self.check_outcomes(
            [
                (
                    "Ben's firm",
                    lambda: self.receive("gina@firm.example"),
                    "assigned_elsewhere",
                )
            ]
        )
        firm.user_id = self.anna
        self.account.sync_unassigned = False
        self.check_outcomes(
            [("own firm", lambda: self.receive("gina@firm.example"), "imported")]
        )
        self.assertEqual(len(self.emails_of(gina)), 1)

    def test_c5_included_in_to_or_cc(self):
        self.check_outcomes(
            [
                ("Cc", lambda: self.receive(to="x@y.example", Cc=ANNA), "imported"),
                (
                    "one of many",
                    lambda: self.receive(to=f"x@y.example, {ANNA}"),
                    "imported",
                ),
                (
                    "contact is only mentioned",
                    lambda: self.receive(STRANGER, Cc=CUSTOMER),
                    "no_contact",
                ),
            ]
        )

    def test_c6_sent_from_gmail_as_the_user(self):
        self.control.send(ANNA, CUSTOMER, "Offer", "See below")
        self.sync()
        message = self.emails_of(self.customer)
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.assertEqual(message.subject, "Offer")
        self.assertIn("See below", message.body)
        self.assertEqual(message.gmail_message_ids.direction, "out")

    def test_c7_first_contact_in_to_else_in_cc(self):
        dora = self.contact("Dora", "dora@other.example", user_id=self.anna.id)
        emil = self.contact("Emil", "emil@third.example", user_id=self.ben.id)
        for to, cc, expected in (
            (f"{dora.email}, {CUSTOMER}", "", dora),
            (f"{emil.email}, {BEN}, {CUSTOMER}", dora.email, self.customer),
            (STRANGER, f"{CUSTOMER}, {dora.email}", self.customer),
        ):
            with self.subTest(to=to, cc=cc):
                sent = self.control.send(ANNA, to, "Offer", "x", cc=cc)
                self.sync()
                message = self.row(sent).mail_message_ids
                self.assertEqual(
                    (message.model, message.res_id), ("res.partner", expected.id)
                )
        self.assertFalse(self.emails_of(emil))

    def test_c8_forward_is_a_sent_mail(self):
        received = self.receive(STRANGER)
        self.sync()
        sent = self.control.send(
            ANNA, CUSTOMER, "Fwd: Hello", "FYI", forward=received["id"]
        )
        self.sync()
        self.assertEqual(self.outcome(received), "no_contact")
        self.assertEqual(self.outcome(sent), "imported")
        self.assertEqual(self.subjects_of(self.customer), ["Fwd: Hello"])

    def test_c9_first_created_active_contact(self):
        archived = self.contact("Old", "multi@firm.example", active=False)
        first = self.contact("First", "multi@firm.example", user_id=self.anna.id)
        second = self.contact("Second", "multi@firm.example", user_id=self.anna.id)
        self.receive("multi@firm.example")
        self.sync()
        self.assertEqual(len(self.emails_of(first)), 1)
        self.assertFalse(self.emails_of(second) | self.emails_of(archived))

    def test_c10_other_addresses_in_any_case(self):
        self.customer.other_email_ids = [(0, 0, {"email": "C.Custo@Private.example"})]
        self.check_outcomes(
            [
                ("other", lambda: self.receive("c.custo@private.EXAMPLE"), "imported"),
                (
                    "sent to it",
                    lambda: self.control.send(
                        ANNA, "C.CUSTO@private.example", "x", "y"
                    ),
                    "imported",
                ),
                ("main, case", lambda: self.receive(CUSTOMER.upper()), "imported"),
                (
                    "dots count",
                    lambda: self.receive("ccusto@private.example"),
                    "no_contact",
                ),
            ]
        )
        self.assertEqual(self.emails_of(self.customer)[0].author_id, self.customer)

    def test_c11_cc_and_bcc_are_shown_and_become_no_contacts(self):
        before = self.env["res.partner"].search_count([])
        sent = self.control.send(
            ANNA, CUSTOMER, "Offer", "x", cc="Paul <paul@x.example>", bcc="q@x.example"
        )
        self.sync()
        row = self.row(sent)
        self.assertEqual(row.email_to, CUSTOMER)
        self.assertEqual(row.email_cc, '"Paul" <paul@x.example>')
        self.assertEqual(row.email_bcc, "q@x.example")
        message = row.mail_message_ids
        self.assertIn("paul@x.example", message.incoming_email_cc)
        self.assertFalse(message.partner_ids)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_c14_date_author_and_message_id(self):
        message = self.receive(
            f"Carla Custo <{CUSTOMER}>",
            internal_date=1_790_000_000_500,
            Date="Thu, 1 Jan 1970 00:00:00 +0000",
            Message_ID="<one@customer.example>",
        )
        self.sync()
        [email] = self.emails_of(self.customer)
        self.assertEqual(str(email.date), "2026-09-21 14:13:20")
        self.assertEqual(email.message_id, "<one@customer.example>")
        self.assertEqual(email.author_id, self.customer)
        self.assertEqual(self.row(message).date.replace(microsecond=0), email.date)


class TestNeverSynced(MailInCase):
    def test_c17_blocklist_of_the_database_and_of_the_user(self):
        entries = self.env["gmail.blocklist"]
        for value, user in (
            ("@Blocked.example", False),
            ("only@one.example", self.anna.id),
            ("bens.example", self.ben.id),
        ):
            entries.create({"value": value, "user_id": user})
        for email in (
            "a@blocked.example",
            "only@one.example",
            "x@one.example",
            "b@bens.example",
        ):
            self.contact(email, email)
        self.check_outcomes(
            [
                ("domain", lambda: self.receive("a@blocked.example"), "blocklisted"),
                (
                    "sent",
                    lambda: self.control.send(ANNA, "a@blocked.example", "x", "y"),
                    "blocklisted",
                ),
                ("address", lambda: self.receive("Only@One.example"), "blocklisted"),
                ("other address", lambda: self.receive("x@one.example"), "imported"),
                ("Ben's list", lambda: self.receive("b@bens.example"), "imported"),
            ]
        )

    def test_c17_google_has_two_names_for_one_domain(self):
        self.env["gmail.blocklist"].create(
            {"value": "googlemail.com", "user_id": False}
        )
        self.contact("G", "some.one@gmail.com")
        self.check_outcomes(
            [("gmail.com", lambda: self.receive("someone@gmail.com"), "blocklisted")]
        )

    def test_c4_colleagues_and_ourselves(self):
        self.connect(self.ben, BEN)
        self.ben.partner_id.other_email_ids = [(0, 0, {"email": "ben@private.example"})]
        gone = self._new_user("gone", "Gone", "gone@northwind.example")
        gone.active = False
        company = self.anna.company_id
        company.partner_id.email = "office@northwind.example"
        domain = company.alias_domain_id.name
        emails = (
            BEN,
            "ben@private.example",
            "gone@northwind.example",
            f"info@{domain}",
        )
        for email in (*emails, "office@northwind.example"):
            self.contact("By mistake", email, user_id=self.anna.id)
        self.check_outcomes(
            [
                (email, lambda email=email: self.receive(email), "internal")
                for email in (
                    *emails,
                    "office@northwind.example",
                    self.env.ref("base.partner_root").email,
                )
            ]
            + [
                (
                    "to a colleague",
                    lambda: self.control.send(ANNA, "ben@private.example", "x", "y"),
                    "internal",
                )
            ]
        )

    def test_c4_send_as_addresses_of_a_colleague(self):
        send_as = [{"email": "helpdesk@northwind.example", "verified": True}]
        self.control.create_account(BEN, "Ben Holt", send_as=send_as)
        self.connect(self.ben, BEN)
        self.contact("By mistake", "helpdesk@northwind.example")
        self.contact("Neighbour", "desk@northwind.example")
        self.check_outcomes(
            [
                (
                    "send-as",
                    lambda: self.receive("helpdesk@northwind.example"),
                    "internal",
                ),
                (
                    "no address of ours",
                    lambda: self.receive("desk@northwind.example"),
                    "imported",
                ),
            ]
        )

    def test_c18_own_addresses_are_read_again_once_a_day(self):
        send_as = [{"email": "new@northwind.example", "verified": True}]
        self.control.create_account(ANNA, "Anna Berg", send_as=send_as)

        def sent():
            return self.receive("new@northwind.example", CUSTOMER, labels=["SENT"])

        self.check_outcomes([("not known yet", sent, "no_contact")])
        self.account.send_as_date -= timedelta(days=2)
        self.control.clear_requests()
        self.sync()
        self.check_outcomes([("known", sent, "imported")])
        self.assertEqual(self.control.counts(ANNA)["settings.sendAs.list"], 1)

    def test_c4_login_that_is_an_address(self):
        self.ben.login = "ben.login@elsewhere.example"
        self.contact("By mistake", "ben.login@elsewhere.example")
        self.check_outcomes(
            [("login", lambda: self.receive("Ben.Login@elsewhere.example"), "internal")]
        )

    def test_c4_portal_users_are_contacts(self):
        portal = self._create_portal_user()
        portal.partner_id.write(
            {"email": "portal@firm.example", "user_id": self.anna.id}
        )
        self.receive("portal@firm.example")
        self.sync()
        self.assertEqual(len(self.emails_of(portal.partner_id)), 1)

    def test_c18_send_as_and_consumer_addresses(self):
        gmail = "anna.berg@gmail.com"
        send_as = [{"email": "sales@northwind.example", "verified": True}]
        self.control.create_account(
            gmail, "Anna Berg", kind="consumer", send_as=send_as
        )
        self.account.action_disconnect()
        self.account = self.connect(self.anna, gmail)
        self.contact("Carla privately", "carla.custo@gmail.com", user_id=self.anna.id)

        def received(sender, to):
            return lambda: self.receive(sender, to, mailbox=gmail)

        self.check_outcomes(
            [
                ("send-as", received("sales@northwind.example", CUSTOMER), "imported"),
                (
                    "own address, tagged",
                    received("AnnaBerg+x@googlemail.com", CUSTOMER),
                    "imported",
                ),
                (
                    "contact without dots",
                    received("carlacusto@googlemail.com", gmail),
                    "imported",
                ),
                ("to oneself", received(gmail, "annaberg@gmail.com"), "internal"),
                (
                    "own company's dots",
                    received("sa.les@northwind.example", CUSTOMER),
                    "no_contact",
                ),
            ]
        )
        outgoing = self.rows(self.account, direction="out")
        self.assertEqual(len(outgoing), 2)
