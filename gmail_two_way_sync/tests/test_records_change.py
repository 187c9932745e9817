"""Conversations when records are moved, merged and deleted (E3, E7)."""

from odoo.exceptions import AccessError

from .common import ANNA, BEN, CUSTOMER, mail
from .mail_in_common import MailInCase


class RecordsCase(MailInCase):
    def setUp(self):
        super().setUp()
        self.first = self.receive(subject="First")
        self.sync()
        self.thread = self.thread_of(self.first)

    def follow_up(self, subject="Second", **content):
        thread_id = self.first["thread_id"]
        message = self.receive(subject=subject, thread_id=thread_id, **content)
        self.sync()
        return message

    def new_lead(self, **values):
        return self.env["crm.lead"].create({"name": "Deal", **values})


class TestMove(RecordsCase):
    def move(self, record, user):
        values = {"res_model": record._name, "res_id": record.id}
        self.thread.with_user(user).write(values)

    def test_e3_later_mail_follows_and_earlier_goes_along(self):
        lead = self.new_lead(user_id=self.anna.id)
        self.anna.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        self.move(lead, self.anna)
        self.follow_up()
        self.assertEqual(self.subjects_of(lead), ["First", "Second"])
        self.assertFalse(self.emails_of(self.customer))
        self.assertEqual(self.thread.partner_id, self.customer)

    def test_e3_attachments_go_along(self):
        self.control.send(
            ANNA,
            CUSTOMER,
            "Re: First",
            "See",
            reply_to=self.first["id"],
            attachments=[("a.pdf", "application/pdf", b"%PDF-1.4")],
        )
        self.sync()
        lead = self.new_lead()
        self.move(lead, self.user_admin)
        attachment = self.emails_of(lead).attachment_ids
        self.assertEqual(
            (attachment.res_model, attachment.res_id), ("crm.lead", lead.id)
        )

    def test_e3_takes_the_right_to_write_on_the_new_record(self):
        lead = self.new_lead(user_id=self.ben.id)
        with self.assertRaises(AccessError):
            self.move(lead, self.anna)
        self.assertEqual(self.thread.res_id, self.customer.id)

    def test_e3_takes_the_mailbox_or_the_right_to_write_on_the_old_record(self):
        lead = self.new_lead(user_id=self.ben.id)
        self.ben.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        reader = self._new_user("reader", "Reader", "reader@northwind.example")
        reader.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            self.move(self.customer.copy(), reader)
        self.move(lead, self.ben)  # may write on the contact
        self.assertEqual(self.thread.res_id, lead.id)

    def test_e3_only_to_records_with_a_chatter(self):
        with self.assertRaises(AccessError):
            self.move(self.env["res.country"].search([], limit=1), self.user_admin)

    def test_e3_nothing_else_of_it_can_be_written(self):
        bens = self.connect(self.ben, BEN)
        for values in ({"account_id": bens.id}, {"gmail_thread_id": "1"}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.thread.with_user(self.anna).write(values)
        self.thread.with_user(self.anna).write({"state": "stopped"})
        self.assertEqual(self.thread.state, "stopped")

    def test_e3_the_second_mailbox_follows(self):
        self.customer.user_id = False
        bens = self.connect(self.ben, BEN)
        raw = mail(CUSTOMER, f"{ANNA}, {BEN}", Message_ID="<both@customer.example>")
        annas = self.control.deliver(ANNA, raw)
        second = self.control.deliver(BEN, raw)
        self.sync()
        lead = self.new_lead()
        self.thread_of(annas).write({"res_model": "crm.lead", "res_id": lead.id})
        self.assertEqual(self.thread_of(second, bens).res_id, lead.id)


class TestMerge(RecordsCase):
    def merge(self, kept, lost):
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard.create({})._merge((kept | lost).ids, kept)

    def test_e7_merged_contacts_keep_conversation_and_addresses(self):
        kept = self.contact("Kept", "kept@customer.example", user_id=self.anna.id)
        self.customer.other_email_ids = [(0, 0, {"email": "c@private.example"})]
        kept.other_email_ids = [(0, 0, {"email": "C@Private.example"})]
        self.merge(kept, self.customer)
        self.assertFalse(self.customer.exists())
        self.assertEqual(kept.email, "kept@customer.example")
        self.assertEqual(
            sorted(kept.other_email_ids.mapped("email_key")),
            ["c@private.example", CUSTOMER],
        )
        self.assertEqual(self.thread._record(), ("res.partner", kept.id))
        self.assertEqual(self.thread.partner_id, kept)
        self.follow_up()
        new = self.receive(subject="New thread")
        self.sync()
        self.assertEqual(self.outcome(new), "imported")
        self.assertEqual(self.subjects_of(kept), ["First", "Second", "New thread"])

    def test_e7_a_contact_without_address_gets_the_lost_one_as_main(self):
        kept = self.contact("Kept", False)
        self.merge(kept, self.customer)
        self.assertEqual(kept.email, CUSTOMER)
        self.assertFalse(kept.other_email_ids)

    def test_e7_merged_leads(self):
        lead, other = self.new_lead(), self.new_lead(name="Older deal")
        self.thread.write({"res_model": "crm.lead", "res_id": lead.id})
        result = (lead | other).merge_opportunity(auto_unlink=True)
        self.follow_up()
        self.assertEqual(self.thread.state, "active")
        self.assertEqual(self.thread._record(), ("crm.lead", result.id))
        self.assertEqual(len(self.emails_of(result)), 2)

    def test_e7_converted_lead(self):
        lead = self.new_lead(type="lead")
        self.thread.write({"res_model": "crm.lead", "res_id": lead.id})
        lead.convert_opportunity(self.customer)
        self.follow_up()
        self.assertEqual(len(self.emails_of(lead)), 2)

    def test_e7_messages_that_are_moved(self):
        task = self.env["project.task"].create({"name": "Task"})
        self.customer.message_change_thread(task)
        self.follow_up()
        self.assertEqual(self.thread._record(), ("project.task", task.id))
        self.assertEqual(self.subjects_of(task), ["First", "Second"])

    def test_e7_one_message_alone_takes_nothing_with_it(self):
        self.follow_up()
        task = self.env["project.task"].create({"name": "Task"})
        first = self.emails_of(self.customer)[0]
        first.write({"model": "project.task", "res_id": task.id})
        self.assertEqual(self.thread._record(), ("res.partner", self.customer.id))


class TestDelete(RecordsCase):
    def test_e7_deleting_the_record_stops_the_conversation(self):
        row = self.row(self.first)
        self.customer.unlink()
        self.assertEqual(self.thread.state, "stopped")
        self.assertEqual((row.state, row.reason), ("skipped", "deleted"))
        self.assertEqual(self.outcome(self.follow_up()), "thread_stopped")

    def test_e7_a_deleted_message_leaves_only_ids_and_stays_deleted(self):
        bens = self.connect(self.ben, BEN)
        raw = mail(CUSTOMER, f"{ANNA}, {BEN}", Message_ID="<both@customer.example>")
        deleted = self.control.deliver(ANNA, raw)
        self.sync()
        self.row(deleted).mail_message_ids.unlink()
        row = self.row(deleted)
        self.assertEqual((row.state, row.reason), ("skipped", "deleted"))
        self.assertEqual(row.rfc_message_id, "<both@customer.example>")
        self.assertFalse(row.email_from or row.email_to or row.email_cc)
        again = self.control.deliver(BEN, raw)
        self.control.expire_history(ANNA)
        self.sync()
        self.assertEqual(self.outcome(again, bens), "deleted")
        self.assertEqual(self.subjects_of(self.customer), ["First"])

    def sent_from_odoo(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        return message.sudo(), message.sudo().gmail_message_ids

    def test_e7_emptied_in_the_web_client(self):
        message, row = self.sent_from_odoo()
        self.customer._message_update_content(message, body="", attachment_ids=[])
        self.assertEqual((row.state, row.reason), ("skipped", "deleted"))
        self.assertFalse(row.email_from or row.email_to)
        self.assertEqual(self.account.sent_last_day, 1)
        before = self.env["mail.message"].search_count([])
        self.control.expire_history(ANNA)
        self.sync()
        self.assertEqual(self.env["mail.message"].search_count([]), before)

    def test_e7_edited_is_not_deleted(self):
        message, row = self.sent_from_odoo()
        self.customer._message_update_content(message, body="Other", attachment_ids=[])
        self.assertEqual(row.state, "sent")

    def test_e7_the_trace_outlives_the_journal(self):
        self.emails_of(self.customer).unlink()
        skipped = self.receive("x@unknown.example")
        self.sync()
        rows = self.row(self.first) | self.row(skipped)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE gmail_message SET write_date = now() - interval '31 days'"
        )
        self.env.invalidate_all()
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("gmail_two_way_sync.journal_days", "40")
        self.env["gmail.message"]._gc_skipped()
        self.assertEqual(rows.exists(), rows)
        parameters.set_param("gmail_two_way_sync.journal_days", False)  # 30
        self.env["gmail.message"]._gc_skipped()
        self.assertEqual(rows.exists(), self.row(self.first))
