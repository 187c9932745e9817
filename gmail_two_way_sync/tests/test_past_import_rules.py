"""Past mail keeps to the rules of section C (E5)."""

from .common import ANNA, BEN, CUSTOMER, mail
from .past_import_common import DAY, PastCase


class TestPastRules(PastCase):
    def test_c3_e5_assigned_to_a_colleague(self):
        self.customer.user_id = self.ben
        self.past(3)
        past_import = self.counted()
        self.assertIn("Ben Holt", past_import.warning)
        past_import.action_start()
        self.work()
        self.assertEqual(past_import.skipped_count, 1)
        self.assertEqual(past_import.row_ids.reason, "assigned_elsewhere")
        self.assertFalse(past_import.row_ids.email_from)
        self.assertFalse(self.emails_of(self.customer))

    def test_c2_e5_bound_conversation_of_a_colleagues_contact(self):
        first = self.receive(subject="bound")
        self.sync()
        self.past(3, subject="earlier", thread_id=first["thread_id"])
        self.customer.user_id = self.ben
        self.imported()
        self.assertEqual(self.subjects_of(self.customer), ["bound", "earlier"])

    def test_e5_warnings(self):
        partner = self.customer
        for name, change, words in (
            ("own", {}, None),
            ("nobody's", {"user_id": False}, None),
            ("second", {"email": "dora@customer.example"}, None),
            ("colleague", {"email": BEN}, "colleague"),
        ):
            with self.subTest(name):
                partner.write(change)
                warning = (
                    self.env["gmail.past.import"]
                    .with_user(self.anna)
                    .new({"partner_id": partner.id})
                    .warning
                )
                self.assertEqual(bool(warning), bool(words))
                self.assertIn(words or "", warning or "")

    def test_c9_e5_address_of_an_older_contact(self):
        double = self.contact("Carla again", CUSTOMER)
        self.past(3)
        past_import = self.counted(partner=double)
        self.assertIn("Carla Custo", past_import.warning)

    def test_c3_c9_e5_address_of_a_colleagues_older_contact(self):
        self.customer.user_id = self.ben
        double = self.contact("Carla again", CUSTOMER, user_id=self.anna.id)
        past_import = self.counted(partner=double)
        self.assertEqual(past_import.warning, "Carla Custo is assigned to Ben Holt.")

    def test_c4_c17_c1_e5(self):
        self.env["gmail.blocklist"].create({"value": CUSTOMER, "user_id": self.anna.id})
        self.past(3)
        self.past(2, labels=["SPAM"])
        self.past(2, labels=["TRASH"])
        self.past(1, labels=["DRAFT"], sender=ANNA, to=CUSTOMER)
        past_import = self.imported()
        self.assertEqual(past_import.found_count, 1)
        self.assertEqual(past_import.row_ids.mapped("reason"), ["blocklisted"])

    def test_c13_e5_known_ones_are_not_doubled(self):
        known = self.receive(subject="known")
        self.sync()
        self.past(3, subject="old")
        past_import = self.imported()
        self.assertEqual(past_import.known_count, 1)
        self.assertEqual(past_import.total_count, 1)
        self.assertEqual(self.subjects_of(self.customer), ["known", "old"])
        self.assertFalse(self.row(known).past_import_id)
        again = self.imported()
        self.assertEqual((again.known_count, again.total_count), (2, 0))
        self.assertEqual(again.state, "done")
        self.assertEqual(len(self.emails_of(self.customer)), 2)

    def test_c13_e5_through_a_colleagues_mailbox(self):
        self.connect(self.ben, BEN)
        raw = mail(CUSTOMER, f"{ANNA}, {BEN}", Message_ID="<both@mail.example>")
        at = self.control.now_ms() - DAY
        self.control.deliver(ANNA, raw, internal_date=at)
        self.control.deliver(BEN, raw, internal_date=at)
        self.customer.user_id = False
        self.imported()
        self.imported(user=self.ben)
        self.assertEqual(len(self.emails_of(self.customer)), 1)
        self.assertEqual(len(self.emails_of(self.customer).gmail_message_ids), 2)

    def test_e7_e5_deleted_in_odoo_stays_deleted(self):
        message = self.receive(subject="unwanted")
        self.sync()
        self.emails_of(self.customer).unlink()
        past_import = self.imported()
        self.assertEqual(self.outcome(message), "deleted")
        self.assertEqual((past_import.imported_count, past_import.state), (0, "done"))
        self.assertFalse(self.emails_of(self.customer))

    def test_e5_skipped_before_the_contact_was_there(self):
        message = self.receive(sender="new@prospect.example", subject="first words")
        self.sync()
        self.assertEqual(self.outcome(message), "no_contact")
        partner = self.contact("New", "new@prospect.example", user_id=self.anna.id)
        self.imported(partner=partner)
        self.assertEqual(self.outcome(message), "imported")
        self.assertEqual(self.subjects_of(partner), ["first words"])

    def test_e5_later_replies_follow(self):
        old = self.past(30, subject="old")
        self.imported()
        self.assertEqual(
            self.thread_of(old)._record(), ("res.partner", self.customer.id)
        )
        self.customer.user_id = self.ben  # only the conversation brings it in now
        self.receive(subject="Re: old", thread_id=old["thread_id"])
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["old", "Re: old"])

    def test_a5_the_sync_itself_imports_nothing_older(self):
        at = self.control.now_ms() - 30 * DAY
        self.account.action_disconnect()
        self.receive(internal_date=at)
        self.account = self.connect(self.anna, ANNA)
        self.sync()
        self.assertFalse(self.emails_of(self.customer))
        self.imported()
        self.assertTrue(self.emails_of(self.customer))

    def test_c19_c20_e5_reads_and_keeps_no_more_than_needed(self):
        self.past(3, subject="mine")
        other = self.past(2, sender="x@unknown.example", Cc=CUSTOMER)
        self.control.clear_requests()
        self.imported()
        formats = [
            each["format"]
            for each in self.control.requests("messages.get")
            if each["message_id"] == other["id"]
        ]
        self.assertEqual(formats, ["metadata"])
        row = self.row(other)
        self.assertEqual(row.reason, "no_contact")
        self.assertFalse(row.email_from or row.rfc_message_id or row.date)
        self.assertNotIn("messages.modify", self.control.counts(ANNA))
