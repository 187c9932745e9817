"""Why a mail is (not) here, for its mailbox's owner only (E4, C20, E7, E8)."""

from odoo.exceptions import AccessError, UserError

from .common import ANNA, BEN, CUSTOMER
from .mail_in_common import MailInCase

STRANGER = "Nora Neu <nora@newcomer.example>"
NORA = "nora@newcomer.example"


class JournalCase(MailInCase):
    def setUp(self):
        super().setUp()
        self.mail = self.receive(
            STRANGER, subject="Request", text="We would like an offer"
        )
        self.sync()
        self.line = self.row(self.mail).with_user(self.anna)

    def skipped(self, **content):
        """The journal's line of a message that was not imported."""
        message = self.receive(**content)
        self.sync()
        return self.row(message).with_user(self.anna)

    def emils(self):
        """A contact of Ben's."""
        return self.contact("Emil", "emil@third.example", user_id=self.ben.id)


class TestJournal(JournalCase):
    def test_e4_what_happened_in_words(self):
        imported = self.skipped(sender=CUSTOMER, subject="Offer")
        failed = self.skipped(sender=STRANGER)
        failed.sudo().write({"state": "failed", "error": "It was too odd."})
        for row, words in (
            (self.line, "Nobody in it is a contact"),
            (imported, "On Carla Custo"),
            (failed, "It was too odd."),
        ):
            with self.subTest(words):
                self.assertEqual(row.explanation, words)
                self.assertEqual(row.display_name, words)
        self.assertEqual(imported.action_open_record()["res_id"], self.customer.id)

    def test_e4_people_by_their_names(self):
        row = self.skipped(sender=CUSTOMER, to=f'"Keller, Anna" <{ANNA}>, {NORA}')
        self.assertRecordValues(
            row, [{"from_name": CUSTOMER, "to_names": f"Keller, Anna, {NORA}"}]
        )
        self.assertRecordValues(self.line, [{"from_name": "", "to_names": ""}])

    def test_e4_queries_do_not_grow_with_the_list(self):
        def queries():
            rows = self.env["gmail.message"].with_user(self.anna).search([])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows.read(["explanation", "gmail_url"])
            return self.env.cr.sql_log_count - before

        self.receive()
        self.sync()
        queries()
        few = queries()
        for number in range(10):
            self.receive(subject=f"Deal {number}")
            self.receive(STRANGER)
        self.sync()
        queries()
        self.assertLessEqual(queries(), few)

    def test_e4_headers_live_and_not_stored(self):
        self.control.clear_requests()
        headers = self.line.gmail_headers()
        self.assertEqual(headers["from"], [{"name": "Nora Neu", "email": NORA}])
        self.assertEqual(headers["to"], [{"name": "", "email": ANNA}])
        self.assertEqual(headers["subject"], "Request")
        self.assertEqual(headers["address"], NORA)
        self.assertIn(NORA, headers["explanation"])
        self.assertNotIn("raw", str(self.control.requests()))
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM gmail_message WHERE id = %s", [self.line.id])
        self.assertNotIn("newcomer", str(self.env.cr.dictfetchall()))

    def test_c20_headers_for_nobody_else(self):
        self.connect(self.ben, BEN)
        system = self._new_user("system", "System", "system@northwind.example")
        system.group_ids |= self.env.ref("base.group_system")
        for user in (self.ben, system):
            row = self.line.with_user(user)
            for act in (row.gmail_headers, row.action_import_anyway):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    act()
        imported = self.skipped(sender=CUSTOMER)
        with self.assertRaisesRegex(AccessError, "Only the owner"):
            imported.with_user(self.ben).gmail_headers()

    def test_e4_why_there_are_no_headers(self):
        self.control.delete(ANNA, self.mail["id"])
        self.assertIn("no longer has", self.line.gmail_headers()["problem"])
        self.control.revoke_grant(ANNA)
        self.control.expire_access_tokens(ANNA)
        self.assertIn("Reconnect it", self.line.gmail_headers()["problem"])
        self.account._need_reconnect()
        self.assertIn("Reconnect it", self.line.gmail_headers()["problem"])
        self.account._disconnect()
        self.assertIn("not connected", self.line.gmail_headers()["problem"])

    def test_e4_gmail_does_not_answer(self):
        with self.control.fault("error", "batch", error="backendError503", times=5):
            self.assertIn("does not answer", self.line.gmail_headers()["problem"])
        self.assertEqual(self.account.state, "connected")

    def test_e4_reasons_with_names(self):
        self.emils()
        self.contact("Fritz", "fritz@nobody.example")
        self.account.sync_unassigned = False
        self.env["gmail.blocklist"].create(
            [
                {"value": "spam.example", "user_id": self.anna.id},
                {"value": "ads.example", "user_id": False},
            ]
        )
        for sender, reason, words in (
            (
                "emil@third.example",
                "assigned_elsewhere",
                "Emil is assigned to Ben Holt.",
            ),
            ("fritz@nobody.example", "unassigned_off", "assigned to nobody"),
            ("x@spam.example", "blocklisted", "spam.example is on your list"),
            ("x@ads.example", "blocklisted", "An administrator put ads.example"),
        ):
            with self.subTest(sender):
                row = self.skipped(sender=sender)
                self.assertEqual(row.reason, reason)
                self.assertIn(words, row.gmail_headers()["explanation"])
        row = self.skipped(sender=BEN)
        self.assertEqual(row.explanation, "Only colleagues take part")
        self.assertFalse(row.gmail_headers()["explanation"], "nothing to add")


class TestImportAnyway(JournalCase):
    def imported(self, row, record):
        """The one message that came onto a record, after the next sync."""
        self.sync()
        self.assertEqual(row.sudo().state, "imported")
        self.assertFalse(row.sudo().wished)
        [message] = self.emails_of(record)
        self.assertEqual(row.sudo().mail_message_ids, message)
        return message

    def test_e4_on_the_senders_contact(self):
        emil = self.emils()
        row = self.skipped(sender="emil@third.example", subject="Hello Ben?")
        self.control.clear_requests()
        action = row.action_import_anyway()
        self.assertIn("Emil", action["params"]["message"])
        self.assertEqual(row.state, "pending")
        message = self.imported(row, emil)
        self.assertEqual(message.author_id, emil)
        self.assertEqual(
            self.thread_of({"thread_id": row.sudo().gmail_thread_id})._record(),
            ("res.partner", emil.id),
        )

    def test_e4_on_the_recipients_contact(self):
        emil = self.emils()
        self.control.send(ANNA, to="emil@third.example", subject="Hi", text="Hi")
        self.sync()
        row = self.rows(self.account, reason="assigned_elsewhere")
        row.with_user(self.anna).action_import_anyway()
        message = self.imported(row, emil)
        self.assertEqual(message.author_id, self.anna.partner_id)

    def test_e4_skipped_by_an_import_of_past_mail(self):
        """The sync takes it up: that import is over."""
        emil = self.emils()
        row = self.skipped(sender="emil@third.example")
        row.sudo().past_import_id = self.env["gmail.past.import"].create(
            {"account_id": self.account.id, "partner_id": emil.id}
        )
        row.action_import_anyway()
        self.imported(row, emil)

    def test_e4_asks_for_the_contact(self):
        action = self.line.action_import_anyway()
        self.assertEqual(action["res_model"], "gmail.import.wizard")
        self.assertEqual(action["context"]["default_name"], "Nora Neu")
        self.assertEqual(self.line.state, "skipped")
        return (
            self.env["gmail.import.wizard"]
            .with_user(self.anna)
            .with_context(**action["context"])
        )

    def test_e4_on_a_new_contact(self):
        wizard = self.test_e4_asks_for_the_contact().create({})
        wizard.action_import()
        nora = self.env["res.partner"].search([("email", "=", NORA)])
        self.assertEqual((nora.name, nora.user_id), ("Nora Neu", self.anna))
        message = self.imported(self.line, nora)
        self.assertIn("We would like an offer", message.body)

    def test_e4_on_a_chosen_contact(self):
        for remembers in (True, False):
            with self.subTest(remembers=remembers):
                row = self.skipped(sender=f"n{remembers}@newcomer.example")
                friend = self.contact("Friend", False, user_id=self.anna.id)
                context = row.action_import_anyway()["context"]
                wizard = self.env["gmail.import.wizard"].with_user(self.anna)
                wizard.with_context(**context).create(
                    {
                        "choice": "existing",
                        "partner_id": friend.id,
                        "add_address": remembers,
                    }
                ).action_import()
                self.imported(row, friend)
                self.assertEqual(bool(friend.other_email_ids), remembers)

    def test_e4_a_chosen_contact_that_one_may_not_edit(self):
        wizard = self.test_e4_asks_for_the_contact().create(
            {"choice": "existing", "partner_id": self.emils().id}
        )
        self.anna.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "may not edit the contact Emil"):
            wizard.action_import()
        self.assertEqual(self.line.state, "skipped")

    def test_c17_e4_the_dialog_overrules_nothing(self):
        """Nor does it take up again what is imported, by a second click."""
        wizard = self.test_e4_asks_for_the_contact().create({})
        entry = self.env["gmail.blocklist"].create(
            {"value": "newcomer.example", "user_id": False}
        )
        with self.assertRaisesRegex(UserError, "An administrator put"):
            wizard.action_import()
        entry.unlink()
        wizard.action_import()
        self.sync()
        with self.assertRaisesRegex(UserError, "that were not imported"):
            wizard.action_import()
        self.assertEqual(self.line.state, "imported")

    def test_c20_the_dialog_is_its_owners(self):
        """It holds the other side's name and address."""
        wizard = self.test_e4_asks_for_the_contact().create({})
        system = self._new_user("system", "System", "system@northwind.example")
        system.group_ids |= self.env.ref("base.group_system")
        self.env.flush_all()
        self.env.invalidate_all()
        for user in (self.ben, system):
            wizards = self.env["gmail.import.wizard"].with_user(user)
            with self.subTest(user=user.login):
                self.assertFalse(wizards.search([]))
                with self.assertRaises(AccessError):
                    wizards.browse(wizard.id).read(["email"])
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    wizards.create({"message_id": self.line.id})

    def test_e4_what_failed_goes_to_the_chosen_contact_on_retry(self):
        self.line._wish("res.partner", self.customer.id, self.customer.id)
        self.line.sudo().write({"state": "failed", "error": "It was too odd."})
        self.line.action_retry()
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["Request"])
        self.assertFalse(self.line.sudo().wished)

    def test_e4_no_contact_chosen(self):
        wizard = self.test_e4_asks_for_the_contact().create({"choice": "existing"})
        with self.assertRaisesRegex(UserError, "Choose the contact"):
            wizard.action_import()

    def test_e4_in_a_stopped_conversation(self):
        first = self.receive(subject="Offer")
        self.sync()
        self.thread_of(first).state = "stopped"
        row = self.skipped(subject="Re: Offer", thread_id=first["thread_id"])
        self.assertEqual(row.reason, "thread_stopped")
        row.action_import_anyway()
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["Offer", "Re: Offer"])
        self.assertEqual(self.thread_of(first).state, "stopped")

    def test_e7_deleted_in_odoo_comes_back_by_hand_only(self):
        message = self.receive(subject="Offer")
        self.sync()
        self.emails_of(self.customer).unlink()
        self.sync()
        self.assertFalse(self.emails_of(self.customer))
        row = self.row(message).with_user(self.anna)
        self.assertEqual(row.reason, "deleted")
        row.action_import_anyway()
        self.imported(row, self.customer)

    def test_c17_an_administrators_list_holds_for_persons(self):
        self.env["gmail.blocklist"].create({"value": "ads.example", "user_id": False})
        row = self.skipped(sender="x@ads.example")
        with self.assertRaisesRegex(UserError, "An administrator put ads.example"):
            row.action_import_anyway()
        own = self.env["gmail.blocklist"].with_user(self.anna)
        own.create({"value": "x@newcomer.example"})
        row = self.skipped(sender="x@newcomer.example")
        self.assertEqual(row.reason, "blocklisted")
        self.assertEqual(row.action_import_anyway()["target"], "new")

    def test_c1_c4_what_nobody_may_overrule(self):
        internal = self.skipped(sender=BEN)
        spam = self.skipped(sender=STRANGER)
        self.control.spam(ANNA, spam.gmail_message_id)
        for row, words in (
            (internal, "Only you and colleagues"),
            (spam, "lies in spam"),
            (self.skipped(sender=CUSTOMER), "that were not imported"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                row.action_import_anyway()

    def test_e4_a_contact_that_one_may_not_edit(self):
        self.emils()
        row = self.skipped(sender="emil@third.example")
        self.anna.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "may not edit the contact Emil"):
            row.action_import_anyway()

    def test_e4_a_contact_that_is_deleted_meanwhile(self):
        emil = self.emils()
        row = self.skipped(sender="emil@third.example")
        row.action_import_anyway()
        emil.unlink()
        self.sync()
        self.assertEqual((row.state, row.reason), ("skipped", "no_contact"))

    def test_c13_here_already_by_another_mailbox(self):
        ben = self.connect(self.ben, BEN)
        emil = self.emils()
        content = {"Message_ID": "<both@mail.example>", "to": f"{ANNA}, {BEN}"}
        mine = self.receive("emil@third.example", **content)
        self.sync()
        row = self.row(mine).with_user(self.anna)
        row.action_import_anyway()
        self.receive("emil@third.example", mailbox=BEN, **content)
        self.sync()
        self.assertEqual(len(self.emails_of(emil)), 1)
        self.assertEqual(row.sudo().state, "imported")
        self.assertEqual(
            self.rows(ben, state="imported").mail_message_ids,
            row.sudo().mail_message_ids,
        )
