"""Which conversation a message continues (B3)."""

from odoo.fields import Command

from .common import ANNA, BEN, CUSTOMER, mail
from .test_mail_out_content import DAN, MailOutCase, html_of


class TestThreads(MailOutCase):
    def setUp(self):
        super().setUp()
        self.lead = self.env["crm.lead"].create(
            {"name": "Five chairs", "user_id": self.anna.id}
        )

    def write(self, user=None, **values):
        """Post on the lead and let it leave; the row."""
        message = self.post(self.lead, user or self.anna, **values)
        self.send_waiting()
        return message.sudo().gmail_message_ids

    def answered(self, text="Fine"):
        """Carla answers; the message on the lead."""
        self.answer(CUSTOMER, text)
        self.sync()
        return self.lead.message_ids[0]

    def threads_of(self, email, query="in:inbox"):
        return {each["thread_id"] for each in self.control.messages(email, query)}

    # ------------------------------------------------------------
    # CONTINUES
    # ------------------------------------------------------------

    def test_b3_first_email_binds_a_thread(self):
        row = self.write()
        thread = row.thread_id
        self.assertEqual(thread.gmail_thread_id, row.gmail_thread_id)
        self.assertEqual((thread.res_model, thread.res_id), ("crm.lead", self.lead.id))
        self.assertEqual(thread.partner_id, self.customer)
        self.assertEqual(thread.subject, "Five chairs")

    def test_c2_contact_is_who_was_chosen(self):
        self.dan.name = "A follower before Carla in the alphabet"
        self.lead.message_subscribe(self.dan.ids)
        self.assertEqual(self.write().thread_id.partner_id, self.customer)

    def test_c2_contact_is_the_records_own(self):
        self.lead.partner_id = self.dan
        row = self.write(partners=self.customer | self.dan)
        self.assertEqual(row.thread_id.partner_id, self.dan)

    def test_b3_second_message_continues(self):
        first, second = self.write(), self.write(body="<p>One more thing</p>")
        self.assertEqual(first.thread_id, second.thread_id)
        one, two = self.inbox(CUSTOMER)
        self.assertEqual(two["Subject"], "Re: Five chairs")
        self.assertEqual(two["In-Reply-To"], one["Message-ID"])
        self.assertEqual(two["References"], one["Message-ID"])
        self.assertEqual(len(self.threads_of(CUSTOMER)), 1)
        self.assertEqual(len(self.threads_of(ANNA, "in:sent")), 1)

    def test_b3_references_name_the_customers_answer(self):
        self.write()
        self.answered()
        self.write()
        sent, received = self.inbox(CUSTOMER)
        [answer] = self.inbox(CUSTOMER, "in:sent")
        self.assertEqual(received["In-Reply-To"], answer["Message-ID"])
        self.assertEqual(
            received["References"].split(), [sent["Message-ID"], answer["Message-ID"]]
        )
        self.assertEqual(len(self.threads_of(ANNA, "in:anywhere")), 1)

    def test_b3_two_messages_posted_at_once(self):
        self.post(self.lead, self.anna)
        self.post(self.lead, self.anna)
        self.send_waiting()
        one, two = self.inbox(CUSTOMER)
        self.assertEqual(two["In-Reply-To"], one["Message-ID"])

    def test_b3_renamed_record_keeps_the_subject(self):
        self.write()
        self.lead.name = "Six tables"
        self.write()
        self.assertEqual(self.inbox(CUSTOMER)[-1]["Subject"], "Re: Five chairs")
        self.assertEqual(len(self.threads_of(CUSTOMER)), 1)

    def test_b3_one_of_several_recipients_continues(self):
        self.write(partners=self.customer | self.dan)
        self.write(partners=self.dan)
        self.assertEqual(len(self.threads_of(DAN)), 1)
        self.assertEqual(self.inbox(DAN)[-1]["Subject"], "Re: Five chairs")

    def test_b3_a_contacts_other_address_takes_part(self):
        first = self.write()
        self.customer.other_email_ids = [Command.create({"email": CUSTOMER})]
        self.customer.email = DAN
        second = self.write()
        self.assertEqual(first.thread_id, second.thread_id)

    def test_b3_colleague_in_cc_does_not_count(self):
        first = self.write()
        second = self.write(email_cc=BEN)
        self.assertEqual(first.thread_id, second.thread_id)

    def test_b3_follower_who_was_not_chosen_does_not_count(self):
        first = self.write()
        self.lead.message_subscribe(self.dan.ids)
        second = self.write()
        self.assertEqual(first.thread_id, second.thread_id)
        self.assertEqual(len(self.inbox(DAN)), 1)

    def test_b3_latest_conversation(self):
        first = self.write()
        second = self.write(subject="The invoice")
        third = self.write()
        self.assertNotEqual(first.thread_id, second.thread_id)
        self.assertEqual(third.thread_id, second.thread_id)
        self.assertEqual(self.inbox(CUSTOMER)[-1]["Subject"], "Re: The invoice")

    def test_b3_typed_subject_of_an_older_conversation(self):
        first = self.write()
        self.write(subject="The invoice")
        third = self.write(subject="Re: five chairs")
        # The record's own name counts as not typed: the latest one goes on.
        self.assertNotEqual(third.thread_id, first.thread_id)

    def test_b3_answer_to_a_given_message(self):
        first = self.write()
        self.write(subject="The invoice")
        third = self.write(parent_id=first.mail_message_ids.id)
        self.assertEqual(third.thread_id, first.thread_id)
        last = self.inbox(CUSTOMER)[-1]
        self.assertEqual(last["In-Reply-To"], first.rfc_message_id)
        self.assertEqual(last["Subject"], "Re: Five chairs")

    def test_b3_answer_to_the_customers_earlier_message(self):
        self.write()
        answer = self.answered()
        self.write()
        self.write(parent_id=answer.id)
        [theirs] = self.inbox(CUSTOMER, "in:sent")
        last = self.inbox(CUSTOMER)[-1]
        self.assertEqual(last["In-Reply-To"], theirs["Message-ID"])
        self.assertEqual(len(self.threads_of(CUSTOMER)), 1)

    def test_b3_answer_to_mail_from_odoos_gateway(self):
        self.env["mail.thread"].message_process(
            "crm.lead",
            mail(
                CUSTOMER,
                "leads@alias.example",
                "Chairs?",
                Message_ID="<q1@customer.example>",
            ),
        )
        self.lead = self.env["crm.lead"].search([("name", "=", "Chairs?")])
        question = self.lead.message_ids.filtered(
            lambda each: each.message_type == "email"
        )
        self.lead.user_id = self.anna
        self.write(parent_id=question.id)
        [received] = self.inbox(CUSTOMER)
        self.assertEqual(received["In-Reply-To"], "<q1@customer.example>")
        self.assertEqual(received["Subject"], "Re: Chairs?")

    # ------------------------------------------------------------
    # OPENS A NEW ONE
    # ------------------------------------------------------------

    def assert_new_thread(self, first, second):
        self.assertNotEqual(first.thread_id, second.thread_id)
        self.assertNotEqual(first.gmail_thread_id, second.gmail_thread_id)
        self.assertEqual(
            (second.thread_id.res_model, second.thread_id.res_id),
            ("crm.lead", self.lead.id),
        )
        self.assertIsNone(self.inbox(ANNA, "in:sent")[-1]["References"])

    def test_b3_different_subject_opens_a_thread(self):
        first, second = self.write(), self.write(subject="The invoice")
        self.assert_new_thread(first, second)
        self.assertEqual(self.inbox(CUSTOMER)[-1]["Subject"], "The invoice")

    def test_b3_who_takes_no_part_opens_a_thread(self):
        self.assert_new_thread(self.write(), self.write(partners=self.dan))

    def test_b3_followers_alone_open_a_thread(self):
        first = self.write()
        self.lead.message_subscribe(self.dan.ids)
        self.assert_new_thread(first, self.write(partners=self.env["res.partner"]))

    def test_b3_who_takes_no_part_in_cc_opens_a_thread(self):
        self.assert_new_thread(self.write(), self.write(email_cc=DAN))

    def test_b3_forward_opens_a_thread(self):
        first = self.write()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(self.lead.ids),
                    "body": "<p>See below</p>",
                    "composition_comment_option": "forward",
                    "parent_id": first.mail_message_ids.id,
                    "partner_ids": [Command.set(self.customer.ids)],
                }
            )
        )
        _mails, message = composer._action_send_mail()
        self.send_waiting()
        self.assert_new_thread(first, message.sudo().gmail_message_ids)

    def test_b3_typed_forward_opens_a_thread(self):
        first, second = self.write(), self.write(subject="Fwd: Five chairs")
        self.assert_new_thread(first, second)
        self.assertEqual(self.inbox(CUSTOMER)[-1]["Subject"], "Fwd: Five chairs")

    def test_b3_conversation_that_began_as_a_forward_goes_on(self):
        self.write(subject="Fwd: The invoice")
        second = self.write(subject="Fwd: The invoice")
        third = self.write(subject="Re: The invoice")
        self.assertEqual(len((second | third).thread_id), 1)
        self.assertEqual(len(self.threads_of(CUSTOMER)), 1)

    def test_b3_forward_of_mail_from_odoos_gateway_answers_nothing(self):
        question = self.lead.message_post(
            body="Chairs?",
            subject="Chairs?",
            message_type="email",
            author_id=self.customer.id,
            subtype_xmlid="mail.mt_comment",
        )
        self.write(subject="Fwd: Chairs?", parent_id=question.id)
        self.assertIsNone(self.inbox(CUSTOMER)[-1]["In-Reply-To"])

    def test_b3_stopped_conversation_is_not_continued(self):
        first = self.write()
        first.thread_id.state = "stopped"
        self.assert_new_thread(first, self.write())

    def test_b3_another_records_conversation_is_not_continued(self):
        first = self.write()
        self.lead = self.env["crm.lead"].create({"name": "Five chairs"})
        self.assert_new_thread(first, self.write())

    # ------------------------------------------------------------
    # IN ANOTHER MAILBOX
    # ------------------------------------------------------------

    def test_b3_a_colleagues_conversation_is_continued(self):
        first = self.write()
        bens = self.connect(self.ben, BEN)
        second = self.write(user=self.ben)
        self.assertEqual(second.thread_id.account_id, bens)
        self.assertNotEqual(second.thread_id, first.thread_id)
        received = self.inbox(CUSTOMER)[-1]
        self.assertEqual(received["From"], f"Ben Holt <{BEN}>")
        self.assertEqual(received["In-Reply-To"], first.rfc_message_id)
        self.assertEqual(received["Subject"], "Re: Five chairs")
        self.assertEqual(len(self.threads_of(CUSTOMER)), 1)

    def test_b3_a_conversation_of_the_old_mailbox_is_continued(self):
        first = self.write()
        self.control.create_account("anna@new.example", "Anna Berg", kind="workspace")
        account = self.connect(self.anna, "anna@new.example")
        second = self.write()
        self.assertEqual(second.thread_id.account_id, account)
        self.assertEqual(self.inbox(CUSTOMER)[-1]["In-Reply-To"], first.rfc_message_id)
        self.answered("To the new address")
        self.assertIn("To the new address", self.lead.message_ids[0].body)


class TestChangedMeanwhile(MailOutCase):
    """B10."""

    def edit(self, message, body):
        record = self.env[message.model].browse(message.res_id)
        record = record.with_user(self.anna).sudo()
        record._message_update_content(message.sudo(), body=body)

    def test_b10_edited_before_it_leaves(self):
        message = self.post(self.customer, self.anna, body="<p>Draft</p>")
        self.edit(message, "Final")
        self.send_waiting()
        [received] = self.inbox(CUSTOMER)
        self.assertIn("Final", html_of(received))
        self.assertNotIn("Draft", html_of(received))
        self.assertNotIn("edited", html_of(received))

    def test_b10_deleted_before_it_leaves(self):
        message = self.post(self.customer, self.anna)
        self.edit(message, "")
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        [row] = self.rows(self.account)
        self.assertEqual((row.state, row.reason), ("skipped", "cancelled"))

    def test_b10_unlinked_before_it_leaves(self):
        self.post(self.customer, self.anna).sudo().unlink()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.assertEqual(self.rows(self.account).state, "skipped")

    def test_b10_record_deleted_before_it_leaves(self):
        lead = self.env["crm.lead"].create({"name": "Gone", "user_id": self.anna.id})
        self.post(lead, self.anna)
        lead.unlink()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_b10_email_cancelled_by_the_administrator(self):
        message = self.post(self.customer, self.anna)
        message.sudo().mail_ids.cancel()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.assertEqual(message.notification_ids.notification_status, "canceled")

    def test_b10_email_deleted_by_the_administrator(self):
        message = self.post(self.customer, self.anna)
        message.sudo().mail_ids.unlink()
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])

    def test_b10_nothing_touches_gmail_once_it_left(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        self.control.clear_requests()
        self.edit(message, "Too late")
        self.send_waiting()
        self.edit(message, "")
        self.send_waiting()
        self.assertEqual(self.control.requests(), [])
        self.assertEqual(len(self.inbox(CUSTOMER)), 1)
        self.assertEqual(len(self.inbox(ANNA, "in:sent")), 1)
