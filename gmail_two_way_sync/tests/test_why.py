"""Why is mail from this contact not here? (E4)"""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError

from .common import ANNA, CUSTOMER
from .mail_in_common import MailInCase


class WhyCase(MailInCase):
    def why(self, contact, user=None):
        """Sentence and remedy per line: the mailbox, then the addresses, if any."""
        answer = contact.with_user(user or self.anna).gmail_why()
        lines = [answer["mailbox"], *(answer["addresses"] or [])]
        return [(line["sentence"], line["remedy"]) for line in lines]


class TestWhy(WhyCase):
    def check(self, contact, words, remedy=None, number=1):
        sentence, found = self.why(contact)[number]
        self.assertIn(words, sentence)
        self.assertEqual(found and found["kind"], remedy or False)
        return found

    def test_e4_each_address_by_the_rules(self):
        self.customer._add_other_emails(["carla@private.example", ANNA])
        self.env["gmail.blocklist"].create(
            {"value": "private.example", "user_id": self.anna.id}
        )
        answer = self.customer.with_user(self.anna).gmail_why()
        self.assertTrue(answer["mailbox"]["is_fine"])
        self.assertEqual(
            [(line["email"], line["is_fine"]) for line in answer["addresses"]],
            [(CUSTOMER, True), ("carla@private.example", False), (ANNA, False)],
        )
        self.check(self.customer, "New mail is imported here")
        entry = self.check(self.customer, "is on your list", "unblock", 2)
        self.check(self.customer, "of yours, of a colleague", number=3)
        self.env["gmail.blocklist"].with_user(self.anna).browse(entry["id"]).unlink()
        self.check(self.customer, "New mail is imported here", number=2)

    def test_e4_it_says_what_the_sync_does(self):
        """The answer and the sync never disagree: they ask the same rules."""
        self.account.sync_unassigned = False
        contacts = self.customer
        contacts |= self.contact("Emil", "emil@third.example", user_id=self.ben.id)
        contacts |= self.contact("Fritz", "fritz@nobody.example")
        contacts |= self.contact("Twin", CUSTOMER, user_id=self.anna.id)
        for contact in contacts:
            with self.subTest(contact.name):
                [line] = contact.with_user(self.anna).gmail_why()["addresses"]
                before = len(self.emails_of(contact))
                self.receive(contact.email)
                self.sync()
                came = len(self.emails_of(contact)) > before
                self.assertEqual(line["is_fine"], came)

    def test_e4_assigned_to_somebody_else(self):
        emil = self.contact("Emil", "emil@third.example", user_id=self.ben.id)
        self.check(emil, "Emil is assigned to Ben Holt.", "assign")
        emil.with_user(self.anna).user_id = self.anna
        self.check(emil, "New mail is imported here")
        emil.user_id = self.ben
        self.anna.group_ids -= self.env.ref("base.group_partner_manager")
        self.check(emil, "Emil is assigned to Ben Holt.")

    def test_e4_unassigned(self):
        fritz = self.contact("Fritz", "fritz@nobody.example")
        self.check(fritz, "New mail is imported here")
        self.account.sync_unassigned = False
        remedy = self.check(fritz, "assigned to nobody", "sync_unassigned")
        user = self.env["res.users"].with_user(self.anna).browse(remedy["id"])
        user.write({"gmail_sync_unassigned": True})
        self.check(fritz, "New mail is imported here")

    def test_c9_another_contact_has_the_address(self):
        twin = self.contact("Twin", CUSTOMER, user_id=self.anna.id)
        remedy = self.check(twin, "imported on Carla Custo", "open")
        self.assertEqual(remedy["id"], self.customer.id)
        self.customer.user_id = self.ben
        remedy = self.check(twin, "Carla Custo is assigned to Ben", "open")
        self.assertEqual(remedy["id"], self.customer.id)

    def test_e4_archived_or_of_another_company(self):
        self.customer.active = False
        self.check(self.customer, "archived")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.customer.write({"active": True, "company_id": company.id})
        answer = self.customer.with_user(self.anna).sudo().gmail_why()
        [line] = answer["addresses"]
        self.assertIn("belongs to Elsewhere", line["sentence"])

    def test_c17_an_administrators_entry(self):
        self.env["gmail.blocklist"].create(
            {"value": "customer.example", "user_id": False}
        )
        self.check(self.customer, "An administrator put customer.example")

    def test_e4_states_of_the_mailbox(self):
        self.check(self.customer, "is connected since", number=0)
        self.account.last_error = "Gmail is switched off."
        self.check(self.customer, "Gmail is switched off.", number=0)
        self.account._need_reconnect()
        self.check(self.customer, "Reconnect it", "connect", 0)
        without = self.customer.with_user(self.ben).gmail_why()["addresses"]
        self.assertIs(without, False)
        [line] = self.why(self.customer, self.ben)
        self.assertIn("not connected a mailbox", line[0])
        self.assertEqual(line[1]["kind"], "connect")

    def test_e4_no_address(self):
        self.assertEqual(len(self.why(self.contact("Nobody", False))), 1)

    def test_e8_follows_the_access_to_the_contact(self):
        portal = self._create_portal_user()
        with self.assertRaises(AccessError):
            self.customer.with_user(portal).gmail_why()

    def test_e4_queries_do_not_grow_with_the_addresses(self):
        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.customer.with_user(self.anna).gmail_why()
            return self.env.cr.sql_log_count - before

        self.customer._add_other_emails(["carla@private.example"])
        queries()
        few = queries()
        self.customer._add_other_emails([f"c{n}@customer.example" for n in range(10)])
        queries()
        self.assertLessEqual(queries(), few)


class TestLook(WhyCase):
    def look(self, contact):
        return contact.with_user(self.anna).gmail_look()

    def test_e4_what_the_mailbox_has(self):
        before = self.account.connected_date - timedelta(days=9)
        self.receive(internal_date=int(before.timestamp() * 1000))
        self.sync()
        self.assertEqual(self.look(self.customer)["found"], "1")
        emil = self.contact("Emil", "emil@third.example", user_id=self.ben.id)
        emil._add_other_emails(["emil@private.example"])
        self.receive("emil@third.example")
        self.receive("emil@private.example")
        self.receive(CUSTOMER)
        self.sync()
        found = self.look(emil)
        self.assertEqual(
            found["lines"],
            [{"sentence": "The contact is assigned to somebody else", "count": 2}],
        )
        self.assertEqual((found["found"], found["unknown"]), ("2", 0))
        self.assertEqual(len(found["row_ids"]), 2)

    def test_e4_what_the_journal_does_not_know(self):
        self.receive(CUSTOMER)
        self.sync()
        self.receive(CUSTOMER)
        found = self.look(self.customer)
        self.assertEqual((found["found"], found["unknown"]), ("2", 1))
        self.assertEqual(found["lines"], [{"sentence": "On Carla Custo", "count": 1}])

    def test_e4_gmail_cannot_be_asked(self):
        self.account._disconnect()
        with self.assertRaisesRegex(UserError, "not connected"):
            self.look(self.customer)
