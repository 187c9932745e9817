"""Conversations: bound threads, copies, several mailboxes (C2, C4, C12, C13)."""

from .common import ANNA, BEN, CUSTOMER, mail
from .mail_in_common import MailInCase


class TestBoundThread(MailInCase):
    def setUp(self):
        super().setUp()
        self.first = self.receive(subject="Offer")
        self.sync()
        self.thread = self.thread_of(self.first)

    def follow_up(self, sender, to=ANNA, **content):
        return self.receive(sender, to, thread_id=self.first["thread_id"], **content)

    def test_c2_everything_whoever_wrote_it(self):
        self.check_outcomes(
            [
                ("contact", lambda: self.follow_up(CUSTOMER), "imported"),
                (
                    "unknown",
                    lambda: self.follow_up("boss@customer.example"),
                    "imported",
                ),
                (
                    "sent",
                    lambda: self.control.send(
                        ANNA, CUSTOMER, "Re: Offer", "Re", reply_to=self.first["id"]
                    ),
                    "imported",
                ),
                (
                    "colleague",
                    lambda: self.follow_up(BEN, CUSTOMER, Cc=ANNA),
                    "imported",
                ),
                (
                    "other thread",
                    lambda: self.receive("boss@customer.example"),
                    "no_contact",
                ),
            ]
        )
        self.assertEqual(len(self.emails_of(self.customer)), 5)
        self.assertEqual(self.thread.state, "active")

    def test_c2_internal_where_the_contact_takes_no_part(self):
        without = self.follow_up("boss@customer.example")
        with_contact = self.follow_up("boss@customer.example", Cc=CUSTOMER)
        self.sync()
        self.assertTrue(self.row(without).mail_message_ids.is_internal)
        self.assertFalse(self.row(with_contact).mail_message_ids.is_internal)

    def test_c2_a_forward_to_another_contact_is_that_contacts(self):
        dora = self.contact("Dora", "dora@other.example", user_id=self.anna.id)
        sent = self.control.send(
            ANNA, dora.email, "Fwd: Offer", "FYI", reply_to=self.first["id"]
        )
        self.assertEqual(sent["thread_id"], self.first["thread_id"])
        self.sync()
        self.assertEqual(self.subjects_of(dora), ["Fwd: Offer"])
        answer = self.follow_up(
            dora.email, In_Reply_To=sent["message_id"], subject="From Dora"
        )
        further = self.follow_up(CUSTOMER, subject="From Carla")
        self.sync()
        self.assertEqual(self.subjects_of(dora), ["Fwd: Offer", "From Dora"])
        self.assertEqual(self.subjects_of(self.customer), ["Offer", "From Carla"])
        self.assertEqual(self.thread_of(answer), self.thread)
        self.assertEqual(self.row(further).thread_id, self.thread)
        self.assertFalse(self.row(answer).thread_id)

    def test_c2_a_forward_to_nobody_known_stays_and_is_internal(self):
        sent = self.control.send(
            ANNA, "x@unknown.example", "Fwd: Offer", "?", reply_to=self.first["id"]
        )
        self.sync()
        message = self.row(sent).mail_message_ids
        self.assertEqual(message.res_id, self.customer.id)
        self.assertTrue(message.is_internal)

    def test_c4_turns_internal_half_way(self):
        self.check_outcomes(
            [
                ("colleague asks", lambda: self.follow_up(BEN), "internal"),
                (
                    "answer to him",
                    lambda: self.control.send(
                        ANNA, BEN, "Re: Offer", "?", reply_to=self.first["id"]
                    ),
                    "internal",
                ),
                ("customer again", lambda: self.follow_up(CUSTOMER), "imported"),
            ]
        )

    def test_c17_blocked_later(self):
        self.env["gmail.blocklist"].create({"value": CUSTOMER, "user_id": self.anna.id})
        self.check_outcomes(
            [("blocked", lambda: self.follow_up(CUSTOMER), "blocklisted")]
        )

    def test_c3_assigned_to_somebody_else_later_goes_on(self):
        self.customer.user_id = self.ben
        self.check_outcomes(
            [
                ("bound", lambda: self.follow_up(CUSTOMER), "imported"),
                ("new", lambda: self.receive(), "assigned_elsewhere"),
            ]
        )

    def test_c2_a_stopped_conversation(self):
        self.thread.state = "stopped"
        self.check_outcomes(
            [
                ("bound", lambda: self.follow_up(CUSTOMER), "thread_stopped"),
                ("new", lambda: self.receive(), "imported"),
            ]
        )

    def test_c2_a_whole_thread_in_one_run(self):
        """Whether it came in one run or in several does not matter."""
        begin = self.receive("dora@other.example", Message_ID="<d1@other.example>")
        dora = self.contact("Dora", "dora@other.example")
        options = {"thread_id": begin["thread_id"]}
        self.receive("boss@other.example", Cc=dora.email, **options)
        answer = self.receive("x@unknown.example", In_Reply_To="<d1@other.example>")
        self.sync()
        self.assertEqual(len(self.emails_of(dora)), 3)
        self.assertEqual(self.outcome(answer), "imported")


class TestReferences(MailInCase):
    def test_c13_an_answer_goes_to_the_document_that_it_answers(self):
        self.ben.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        lead = self.env["crm.lead"].create(
            {"name": "Deal", "partner_id": self.customer.id}
        )
        message = self.post(lead, self.ben)  # by Odoo's standard servers
        answer = self.receive(In_Reply_To=message.message_id, subject="About the deal")
        self.sync()
        self.assertEqual(self.subjects_of(lead), ["About the deal"])
        self.assertFalse(self.emails_of(self.customer))
        later = self.receive(thread_id=answer["thread_id"], subject="More")
        self.sync()
        self.assertEqual(self.subjects_of(lead), ["About the deal", "More"])
        self.assertEqual(self.row(later).thread_id.partner_id, self.customer)

    def test_c13_what_the_gateway_took_is_linked_and_not_doubled(self):
        lead = self.env["crm.lead"].create({"name": "Deal"})
        raw = mail(CUSTOMER, ANNA, Message_ID="<both@customer.example>")
        self.env["mail.thread"].message_process("crm.lead", raw, thread_id=lead.id)
        before = self.env["mail.message"].search_count([])
        message = self.control.deliver(ANNA, raw)
        self.sync()
        self.assertEqual(self.outcome(message), "imported")
        self.assertEqual(self.row(message).mail_message_ids.res_id, lead.id)
        self.assertEqual(self.thread_of(message).res_model, "crm.lead")
        self.assertEqual(self.env["mail.message"].search_count([]), before)


class TestOwnMail(MailInCase):
    def test_c4_what_odoo_sent_by_other_servers_is_never_imported(self):
        self.customer.message_subscribe(self.anna.partner_id.ids)
        with self.mock_mail_gateway(), self.mock_mail_app():
            message = self.post(self.customer, self.ben, partners=self.anna.partner_id)
        [notification] = [
            each for each in self._mails if self.anna.email in str(each["email_to"])
        ]
        raw = mail(
            CUSTOMER,  # the worst case: a notification in the customer's name
            ANNA,
            Message_ID=notification["message_id"],
            References=notification["references"],
            X_Odoo_Objects=notification["headers"]["X-Odoo-Objects"],
        )
        self.assertEqual(notification["message_id"], message.message_id)
        relayed = raw.replace(message.message_id.encode(), b"<1@relay.example>", 1)
        self.check_outcomes(
            [
                ("as sent", lambda: self.control.deliver(ANNA, raw), "own_message"),
                (
                    "id changed by a relay",
                    lambda: self.control.deliver(ANNA, relayed),
                    "own_message",
                ),
                (
                    "an answer to it",
                    lambda: self.receive(In_Reply_To=message.message_id),
                    "imported",
                ),
            ]
        )

    def test_c13_what_left_through_the_mailbox_is_adopted(self):
        message = self.post(self.customer, self.anna)
        self.send_waiting()
        self.sync()
        self.assertEqual(self.rows(self.account).mapped("state"), ["sent"])
        self.assertEqual(message.gmail_message_ids, self.rows(self.account))
        self.assertFalse(self.emails_of(self.customer))


class TestTwoMailboxes(MailInCase):
    def setUp(self):
        super().setUp()
        self.bens = self.connect(self.ben, BEN)

    def to_both(self, **content):
        """One mail in both mailboxes; Gmail's ids differ, the Message-ID does not."""
        raw = mail(CUSTOMER, f"{ANNA}, {BEN}", **content)
        return self.control.deliver(ANNA, raw), self.control.deliver(BEN, raw)

    def test_c13_once_and_both_mailboxes_bound(self):
        annas, bens = self.to_both(Message_ID="<both@customer.example>")
        self.sync()
        [message] = self.emails_of(self.customer)
        self.assertEqual(len(message.gmail_message_ids), 2)
        self.assertEqual(self.outcome(bens, self.bens), "imported")
        for thread in (self.thread_of(annas), self.thread_of(bens, self.bens)):
            self.assertEqual(
                (thread.res_model, thread.res_id), ("res.partner", self.customer.id)
            )
        self.receive(
            to=BEN, mailbox=BEN, thread_id=bens["thread_id"], subject="Ben only"
        )
        self.sync()
        self.assertIn("Ben only", self.subjects_of(self.customer))

    def test_c13_sent_by_a_colleague_from_odoo_with_the_user_in_cc(self):
        carbon = self.anna.partner_id
        self.customer.user_id = self.ben
        message = self.post(self.customer, self.ben, email_cc=carbon.email)
        self.send_waiting()
        self.sync()
        self.assertFalse(self.emails_of(self.customer))
        rows = message.gmail_message_ids
        self.assertEqual(rows.account_id, self.account | self.bens)
        self.assertEqual(rows.thread_id.mapped("res_id"), [self.customer.id] * 2)

    def test_c13_sent_from_gmail_to_a_contact_and_a_colleague(self):
        self.control.send(ANNA, CUSTOMER, "Offer", "x", cc=BEN)
        self.sync()
        [message] = self.emails_of(self.customer)
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 1)

    def test_c13_without_message_id_nothing_is_known(self):
        raw = mail(CUSTOMER, ANNA)
        self.control.deliver(ANNA, raw)
        self.control.deliver(ANNA, raw)
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 2)


class TestCompanies(MailInCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.north = cls.company_admin
        cls.south = cls.env["res.company"].create({"name": "South"})
        cls.anna.company_ids |= cls.south
        cls.customer.company_id = cls.north
        cls.copy = cls.customer.copy({"company_id": cls.south.id, "email": CUSTOMER})
        cls.copy.user_id = cls.anna

    def test_c12_one_in_each_company(self):
        message = self.receive()
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 1)
        self.assertEqual(len(self.emails_of(self.copy)), 1)
        self.assertEqual(len(self.row(message).mail_message_ids), 2)
        self.assertEqual(self.thread_of(message).company_id, self.north | self.south)

    def test_c12_not_of_companies_that_are_not_the_users(self):
        other = self.env["res.company"].create({"name": "East"})
        east = self.customer.copy({"company_id": other.id, "email": CUSTOMER})
        self.receive()
        self.sync()
        self.assertFalse(self.emails_of(east))

    def test_c12_a_contact_of_no_company_is_the_only_copy(self):
        shared = self.contact("Shared", CUSTOMER, user_id=self.anna.id)
        self.receive()
        self.sync()
        self.assertEqual(len(self.emails_of(shared)), 1)
        self.assertFalse(self.emails_of(self.customer) | self.emails_of(self.copy))

    def test_c12_an_answer_from_odoo_narrows(self):
        first = self.receive()
        self.sync()
        self.post(self.copy, self.anna, partners=self.copy)
        self.send_waiting()
        states = {thread.res_id: thread.state for thread in self.thread_of(first)}
        self.assertEqual(states, {self.customer.id: "stopped", self.copy.id: "active"})
        self.answer(CUSTOMER)
        self.receive(thread_id=first["thread_id"], subject="Further")
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 1)
        self.assertEqual(len(self.emails_of(self.copy)), 3)

    def test_c12_an_answer_in_gmail_goes_to_all_copies(self):
        first = self.receive()
        self.sync()
        self.control.send(ANNA, CUSTOMER, "Re: Hello", "Yes", reply_to=first["id"])
        self.receive(thread_id=first["thread_id"], subject="Further")
        self.sync()
        self.assertEqual(len(self.emails_of(self.customer)), 3)
        self.assertEqual(len(self.emails_of(self.copy)), 3)

    def test_c12_what_begins_on_one_company_stays_there(self):
        self.post(self.copy, self.anna, partners=self.copy)
        self.send_waiting()
        self.answer(CUSTOMER)
        self.sync()
        self.assertEqual(len(self.emails_of(self.copy)), 1)
        self.assertFalse(self.emails_of(self.customer))
