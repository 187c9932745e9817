"""What people see of conversations and do with them (E3, E7, E8)."""

from datetime import datetime, timedelta

from lxml import etree

from odoo.exceptions import AccessError, UserError

from .common import ANNA, CUSTOMER
from .mail_in_common import MailInCase


class ConversationsCase(MailInCase):
    def setUp(self):
        super().setUp()
        self.first = self.receive(subject="Offer", text="How about Tuesday?")
        self.sync()
        self.thread = self.thread_of(self.first).with_user(self.anna)
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Big deal",
                "type": "opportunity",
                "partner_id": self.customer.id,
                "user_id": self.anna.id,
            }
        )
        for user in (self.anna, self.ben):
            user.group_ids |= self.env.ref("sales_team.group_sale_salesman")

    def later(self, **content):
        """A further message of the conversation."""
        return self.receive(thread_id=self.first["thread_id"], **content)


class TestConversationsList(ConversationsCase):
    def test_e3_what_a_line_says(self):
        self.assertRecordValues(
            self.thread,
            [
                {
                    "partner_id": self.customer.id,
                    "subject": "Offer",
                    "record_name": "Carla Custo",
                    "mailbox": ANNA,
                    "last_direction": "in",
                    "state": "active",
                    "may_change": True,
                }
            ],
        )
        self.assertEqual(self.thread.sudo().res_model_id.model, "res.partner")
        self.assertIn(f"#all/{self.first['thread_id']}", self.thread.gmail_url)

    def test_e3_a_conversation_without_subject(self):
        self.assertEqual(self.thread.display_name, "Offer")
        self.thread.sudo().subject = ""
        self.assertEqual(self.thread.display_name, "(no subject)")

    def test_e3_direction_of_the_last_message(self):
        self.answer(ANNA, "As discussed")
        self.sync()
        self.thread.invalidate_recordset()
        self.assertEqual(self.thread.last_direction, "out")
        older = datetime.now() - timedelta(days=3)
        self.later(subject="Re: Offer", internal_date=int(older.timestamp() * 1000))
        self.sync()
        self.thread.invalidate_recordset()
        self.assertEqual(len(self.thread.timeline_ids), 3)
        self.assertEqual(self.thread.last_direction, "out")

    def test_e3_sent_from_odoo(self):
        self.post(self.customer, self.anna, subject="New offer")
        self.send_waiting()
        thread = self.customer.gmail_thread_ids.filtered(
            lambda each: each.subject == "New offer"
        )
        self.assertEqual(thread.last_direction, "out")

    def test_e3_messages_in_date_order(self):
        """A chatter orders by import, the conversation's view by date."""
        older = datetime.now() - timedelta(days=3)
        self.later(
            subject="The beginning",
            text="How it began",
            internal_date=int(older.timestamp() * 1000),
        )
        self.sync()
        self.thread.invalidate_recordset()
        lines = self.thread.timeline_ids
        self.assertEqual(lines, lines.sorted("date"))
        self.assertEqual(
            lines.mapped("mail_message_ids.subject"), ["The beginning", "Offer"]
        )
        self.assertEqual(lines[0].snippet, "How it began")
        self.assertEqual(self.subjects_of(self.customer), ["Offer", "The beginning"])

    def test_e3_search_by_any_address(self):
        self.customer._add_other_emails(["carla@private.example"])
        self.later(Cc="boss@customer.example")
        self.sync()
        self.contact("Other", "other@customer.example", user_id=self.anna.id)
        self.receive("other@customer.example", subject="Else")
        self.sync()
        view = self.env.ref("gmail_two_way_sync.gmail_thread_view_search")
        [field] = etree.fromstring(view.arch).xpath("//field[@name='partner_id']")
        for typed in ("Carla", CUSTOMER, "carla@private", "boss@customer.example"):
            with self.subTest(typed):
                domain = field.get("filter_domain").replace("self", repr(typed))
                found = self.thread.search(eval(domain))  # noqa: S307
                self.assertEqual(found, self.thread)

    def test_e3_groups_are_read_by_salespeople(self):
        groups = self.thread.web_read_group([], ["res_model_id"], ["__count"])
        [group] = groups["groups"]
        self.assertEqual(group["res_model_id"][1], "Contact")

    def test_e3_queries_do_not_grow_with_the_list(self):
        names = ("subject", "record_name", "mailbox", "last_direction", "may_change")

        def queries():
            threads = self.env["gmail.thread"].with_user(self.anna).search([])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            threads.read(names)
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for number in range(10):
            self.receive(subject=f"Deal {number}")
        self.sync()
        queries()
        self.assertLessEqual(queries(), few)

    def test_e3_record_of_a_module_that_is_gone(self):
        self.env.cr.execute(
            "UPDATE gmail_thread SET res_model = 'no.model' WHERE id = %s",
            [self.thread.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.thread.record_name, "")


class TestConversationsButton(ConversationsCase):
    def count(self, record, user):
        record.invalidate_recordset()
        return record.with_user(user).gmail_thread_count

    def test_e3_contact_counts_its_conversations_on_any_record(self):
        company = self.contact("Customer Inc.", False, is_company=True)
        self.customer.parent_id = company
        self.assertEqual(self.count(self.customer, self.anna), 1)
        self.assertEqual(self.count(company, self.anna), 1)
        self.thread.write({"res_model": "crm.lead", "res_id": self.lead.id})
        for record in (self.customer, company, self.lead):
            with self.subTest(record._name):
                self.assertEqual(self.count(record, self.anna), 1)
        self.assertEqual(self.count(self.contact("Nobody", False), self.anna), 0)

    def test_e8_only_what_the_reader_may_see_is_counted(self):
        self.thread.write({"res_model": "crm.lead", "res_id": self.lead.id})
        self.assertEqual(self.count(self.customer, self.ben), 0)
        action = self.customer.with_user(self.ben).action_gmail_threads()
        self.assertFalse(self.thread.with_user(self.ben).search(action["domain"]))

    def test_e8_not_for_portal_users(self):
        portal = self._create_portal_user()
        self.assertNotIn("gmail_thread_count", self.lead.with_user(portal).fields_get())

    def test_e3_the_only_conversation_opens_at_once(self):
        action = self.customer.with_user(self.anna).action_gmail_threads()
        self.assertEqual(action["res_id"], self.thread.id)
        self.receive(subject="Another")
        self.sync()
        action = self.customer.with_user(self.anna).action_gmail_threads()
        self.assertNotIn("res_id", {k: v for k, v in action.items() if v})
        self.assertEqual(self.env["gmail.thread"].search_count(action["domain"]), 2)

    def test_e3_every_form_with_a_chatter_has_the_button(self):
        for model in ("res.partner", "crm.lead", "sale.order", "project.task"):
            with self.subTest(model):
                arch = self.env[model].with_user(self.anna).get_view(None, "form")
                buttons = etree.fromstring(arch["arch"]).xpath(
                    "//div[@name='button_box']//button[@name='action_gmail_threads']"
                )
                self.assertEqual(len(buttons), 1)

    def test_e3_nothing_in_forms_without_a_chatter(self):
        arch = self.env["res.users"].get_view(
            self.env.ref("base.view_users_form").id, "form"
        )
        self.assertNotIn("action_gmail_threads", arch["arch"])

    def test_e3_one_query_on_a_record_without_conversations(self):
        lead = self.lead.with_user(self.anna)
        lead.read(["name", "gmail_thread_count"])
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        lead.read(["name"])
        without = self.env.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        lead.read(["name", "gmail_thread_count"])
        self.assertLessEqual(self.env.cr.sql_log_count - before, without + 1)


class TestConversationsMove(ConversationsCase):
    def wizard(self, user=None, threads=None):
        threads = (threads or self.thread).with_user(user or self.anna)
        action = threads.action_move()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.anna)
            .browse(action["res_id"])
        )

    def test_e3_move_to_a_proposed_opportunity(self):
        wizard = self.wizard()
        [proposal] = wizard.proposal_ids
        self.assertEqual(proposal.record, self.lead)
        self.assertIn("Big deal", proposal.name)
        wizard.record = proposal.record
        action = wizard.action_move()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("crm.lead", self.lead.id)
        )
        self.assertEqual(self.subjects_of(self.lead), ["Offer"])
        self.assertFalse(self.emails_of(self.customer))

    def test_e3_later_mail_follows(self):
        wizard = self.wizard()
        wizard.record = self.lead
        wizard.action_move()
        self.later(subject="Re: Offer")
        self.sync()
        self.assertEqual(self.subjects_of(self.lead), ["Offer", "Re: Offer"])
        self.assertFalse(self.emails_of(self.customer))

    def test_e3_only_open_records_that_one_may_edit_are_proposed(self):
        self.lead.action_set_won()
        self.env["crm.lead"].create(
            {
                "name": "Ben's",
                "type": "opportunity",
                "partner_id": self.customer.id,
                "user_id": self.ben.id,
            }
        )
        self.assertFalse(self.wizard().proposal_ids)

    def test_e3_several_at_once(self):
        self.receive(subject="Another")
        self.sync()
        wizard = self.wizard(threads=self.customer.gmail_thread_ids)
        wizard.record = self.lead
        wizard.action_move()
        self.assertEqual(len(self.lead.gmail_thread_ids), 2)

    def test_e3_kinds_of_records(self):
        kinds = dict(
            self.env["gmail.thread.move.wizard"].with_user(self.anna)._models()
        )
        self.assertLessEqual({"res.partner", "crm.lead"}, kinds.keys())
        self.assertFalse({"discuss.channel", "res.currency"} & kinds.keys())
        for model in kinds:
            self.assertTrue(self.env[model].with_user(self.anna).has_access("write"))

    def test_e3_errors_in_words(self):
        locked = self.env["crm.lead"].create({"name": "Ben's", "user_id": self.ben.id})
        for record, words in (
            (None, "Choose the record"),
            (self.customer, "already"),
            (locked, "may not edit"),
        ):
            with self.subTest(words):
                wizard = self.wizard()
                wizard.record = record
                with self.assertRaisesRegex(UserError, words):
                    wizard.action_move()
        self.assertEqual(self.thread._record(), ("res.partner", self.customer.id))

    def test_e8_others_cannot_move_or_stop(self):
        self.thread.write({"res_model": "crm.lead", "res_id": self.lead.id})
        self.ben.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        others = self.thread.with_user(self.ben)
        self.assertTrue(others.may_change)
        self.env["ir.rule"].create(
            {
                "name": "Only own leads can be edited",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": "[('user_id', '=', user.id)]",
                "perm_read": False,
            }
        )
        others.invalidate_recordset()
        self.assertFalse(others.may_change)
        for action in (others.action_move, others.action_stop, others.action_resume):
            with self.assertRaisesRegex(AccessError, "Only the owner"):
                action()


class TestConversationsStop(ConversationsCase):
    def test_e3_stop_and_resume(self):
        self.thread.action_stop()
        missed = self.later(subject="Missed")
        self.sync()
        self.assertEqual(self.outcome(missed), "thread_stopped")
        self.thread.action_resume()
        self.later(subject="Back again")
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["Offer", "Back again"])

    def test_e3_colleague_who_may_edit_the_record(self):
        self.thread.with_user(self.ben).action_stop()
        self.assertEqual(self.thread.state, "stopped")
        self.assertFalse(self.thread.with_user(self.ben).gmail_url)
        with self.assertRaisesRegex(UserError, "Only the owner"):
            self.thread.with_user(self.ben).action_open_in_gmail()

    def test_e7_a_deleted_record_stops_for_good(self):
        self.thread.write({"res_model": "crm.lead", "res_id": self.lead.id})
        self.lead.unlink()
        self.thread.invalidate_recordset()
        self.assertEqual((self.thread.state, self.thread.record_name), ("stopped", ""))
        with self.assertRaisesRegex(UserError, "was deleted"):
            self.thread.action_resume()
        with self.assertRaisesRegex(UserError, "was deleted"):
            self.thread.action_open_record()
