"""Mail to an Auto-BCC address: the user's own (D2), anybody else's (D3)."""

from .auto_bcc import NEW, AutoBccCase
from .common import ANNA, BEN, CUSTOMER, mail

FIRST = "<first@mail.northwind.example>"


class TestAutoBccMail(AutoBccCase):
    def setUp(self):
        super().setUp()
        self.sales = f"offers@{self.company_admin.alias_domain_id.name}"
        self.env["mail.alias"].create(
            {
                "alias_name": "offers",
                "alias_domain_id": self.company_admin.alias_domain_id.id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )

    # ------------------------------------------------------------
    # D2: THE USER'S OWN MAIL
    # ------------------------------------------------------------

    def test_d2_contact_is_made(self):
        with self.mock_mail_gateway():
            record_id = self.deliver(self.sent_mail(subject="Offer", text="Dear Nora"))
            self.assertNotSentEmail()
        contact = self.contacts(NEW)
        self.assertEqual(contact.id, record_id)
        self.assertEqual(
            (contact.name, contact.user_id, contact.company_id.id, contact.is_company),
            ("Nora Newcomer", self.anna, False, False),
        )
        message = self.messages()
        self.assertEqual((message.model, message.res_id), ("res.partner", contact.id))
        self.assertEqual(message.author_id, self.anna.partner_id)
        self.assertEqual(message.subject, "Offer")
        self.assertIn("Dear Nora", message.body)
        self.assertEqual(message.message_type, "email")
        self.assertEqual(self.alias().auto_bcc_imported, 1)

    def test_d2_contact_that_is_there(self):
        self.assertEqual(self.deliver(self.sent_mail(to=CUSTOMER)), self.customer.id)
        self.assertEqual(self.contacts(CUSTOMER), self.customer)

    def test_d2_contact_of_somebody_else(self):
        self.customer.user_id = self.ben
        self.deliver(self.sent_mail(to=CUSTOMER))
        self.assertEqual(self.messages().res_id, self.customer.id)

    def test_d2_first_recipient_outside(self):
        domain = self.company_admin.alias_domain_id.name
        for to, cc, expected in (
            ([self.sales, NEW], [], NEW),
            ([BEN, NEW, CUSTOMER], [], NEW),
            ([BEN], [CUSTOMER, NEW], CUSTOMER),
            ([self.sales, BEN], [self.address, NEW], NEW),
            ([f"unknown@{domain}", CUSTOMER], [], CUSTOMER),
        ):
            with self.subTest(to=to, cc=cc):
                id_ = f"<{len(to)}.{len(cc)}.{expected.replace('@', '.')}>"
                headers = {"Cc": ", ".join(cc)} if cc else {}
                self.deliver(
                    self.sent_mail(to=", ".join(to), Message_ID=id_, **headers)
                )
                message = self.messages(id_)
                self.assertEqual(len(message), 1)
                record = self.env[message.model].browse(message.res_id)
                self.assertEqual(record.email, expected)
        self.assertFalse(self.contacts(self.sales))

    def test_d2_every_own_address(self):
        self.anna.login = "a.berg@login.example"
        self.anna.partner_id.other_email_ids = [
            (0, 0, {"email": "anna.berg@gmail.com"})
        ]
        for index, sender in enumerate(
            (
                "a.berg@login.example",
                ANNA.upper(),
                "Anna <anna.berg@gmail.com>",
                "annaberg+crm@googlemail.com",
            )
        ):
            with self.subTest(sender=sender):
                id_ = f"<own{index}@mail.example>"
                self.deliver(self.sent_mail(sender=sender, Message_ID=id_))
                self.assertEqual(self.messages(id_).author_id, self.anna.partner_id)
        self.assertEqual(len(self.contacts(NEW)), 1)

    def test_d2_send_as_of_the_mailbox(self):
        self.control.create_account(
            ANNA,
            "Anna Berg",
            kind="workspace",
            send_as=[{"email": "sales@brand.example", "verified": True}],
        )
        self.connect(self.anna, ANNA)
        self.deliver(self.sent_mail(sender="sales@brand.example"))
        self.assertEqual(self.messages().author_id, self.anna.partner_id)

    def test_d2_without_mark_of_the_mail_server(self):
        self.deliver_unmarked(self.sent_mail(Cc=self.address))
        self.assertEqual(self.messages().res_id, self.contacts(NEW).id)
        self.assertFalse(self.contacts(self.address))

    def test_d2_copy_for_another_alias_is_odoos(self):
        raw = self.sent_mail(to=f"{NEW}, {self.sales}", Cc=self.address)
        self.deliver(raw, to=self.sales)
        made = self.env["res.partner"].search([], order="id desc", limit=1)
        self.assertEqual(self.messages().res_id, made.id)
        self.assertFalse(self.contacts(NEW))
        self.assertFalse(self.alias().auto_bcc_imported)

    def test_d2_catch_all_mailbox_is_only_a_mailbox(self):
        catchall = self.company_admin.alias_domain_id.catchall_email
        self.deliver(self.sent_mail(Cc=self.address), to=catchall)
        self.assertEqual(self.messages().res_id, self.contacts(NEW).id)

    def test_d2_answer_goes_to_its_conversation(self):
        record = self.env["res.partner"].create({"name": "Project Carla"})
        self.deliver(self.sent_mail(to=CUSTOMER))
        self.messages().write({"res_id": record.id})
        self.deliver(
            self.sent_mail(to=CUSTOMER, Message_ID="<2@x.example>", References=FIRST)
        )
        self.assertEqual(self.messages("<2@x.example>").res_id, record.id)

    def test_d2_answer_to_what_odoo_sent(self):
        record = self.env["res.partner"].create({"name": "Project Carla"})
        sent = record.message_post(
            body="Hello", message_type="comment", partner_ids=self.customer.ids
        )
        self.deliver(
            self.sent_mail(
                to=CUSTOMER, Message_ID="<2@x.example>", In_Reply_To=sent.message_id
            )
        )
        self.assertEqual(self.messages("<2@x.example>").res_id, record.id)

    def test_d2_c2_forward_goes_to_the_new_contact(self):
        self.deliver(self.sent_mail(to=CUSTOMER))
        self.deliver(self.sent_mail(Message_ID="<2@x.example>", References=FIRST))
        # Nobody has Nora's address yet: no contact to forward to, so it is an answer.
        self.assertEqual(self.messages("<2@x.example>").res_id, self.customer.id)
        nora = self.env["res.partner"].create({"name": "Nora", "email": NEW})
        self.deliver(self.sent_mail(Message_ID="<3@x.example>", References=FIRST))
        self.assertEqual(self.messages("<3@x.example>").res_id, nora.id)

    def test_d2_loop_detection_is_not_asked(self):
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 2)
        for index in range(4):
            self.deliver(self.sent_mail(Message_ID=f"<{index}@loop.example>"))
        self.assertEqual(len(self.messages("<3@loop.example>")), 1)

    def test_d2_c13_delivered_twice(self):
        for _time in range(2):
            self.deliver(self.sent_mail())
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(len(self.contacts(NEW)), 1)
        self.assertEqual(len(self.messages().gmail_message_ids), 1)

    def test_d2_c17_blocked_recipients(self):
        self.env["gmail.blocklist"].create(
            {"value": "newcomer.example", "user_id": False}
        )
        self.assertDropped(self.sent_mail())
        self.deliver(self.sent_mail(to=f"{NEW}, {CUSTOMER}"))
        self.assertEqual(self.messages().res_id, self.customer.id)

    def test_d2_c4_between_ourselves(self):
        for to in (BEN, self.sales, f"{BEN}, {self.address}"):
            with self.subTest(to=to):
                self.assertDropped(self.sent_mail(to=to))

    def test_d2_c4_what_odoo_sent_is_not_imported(self):
        message = self.customer.message_post(body="Hello", message_type="comment")
        self.deliver(self.sent_mail(to=CUSTOMER, Message_ID=message.message_id))
        self.assertEqual(self.messages(message.message_id), message)
        self.assertFalse(self.alias().auto_bcc_dropped)

    def test_d2_c15_followers_outside_hear_nothing(self):
        outsider = self.env["res.partner"].create(
            {"name": "Otto", "email": "otto@outside.example"}
        )
        self.customer.message_subscribe((outsider | self.ben.partner_id).ids)
        with self.mock_mail_gateway():
            self.deliver(self.sent_mail(to=CUSTOMER))
            self.assertNotSentEmail(outsider)
        self.assertEqual(
            self.messages().notification_ids.res_partner_id, self.ben.partner_id
        )

    def test_d2_no_company_of_the_user_is_left_out(self):
        other = self.env["res.partner"].create(
            {"name": "Elsewhere", "email": NEW, "company_id": self.company_2.id}
        )
        self.deliver(self.sent_mail())
        made = self.contacts(NEW) - other
        self.assertEqual(self.messages().res_id, made.id)

    def test_d2_dates(self):
        for date, is_kept in (
            ("Mon, 02 Jun 2025 10:00:00 +0200", True),
            ("Mon, 02 Jun 2098 10:00:00 +0200", False),
            ("yesterday", False),
        ):
            with self.subTest(date=date):
                id_ = f"<{abs(hash(date))}@dates.example>"
                self.deliver(self.sent_mail(Message_ID=id_, Date=date))
                message = self.messages(id_)
                self.assertEqual(str(message.date) == "2025-06-02 08:00:00", is_kept)

    def test_d2_multi_company_alias_domains(self):
        domain = self.mail_alias_domain_c2
        self.ben.write(
            {"company_ids": [(4, self.company_2.id)], "company_id": self.company_2.id}
        )
        self.assertTrue(self.ben.auto_bcc_address.endswith(f"@{domain.name}"))
        raw = self.sent_mail(sender=BEN)
        self.deliver(raw, to=self.ben.auto_bcc_address)
        self.assertEqual(self.contacts(NEW).user_id, self.ben)
        self.assertEqual(self.messages().author_id, self.ben.partner_id)

    # ------------------------------------------------------------
    # D3: ANYBODY ELSE'S
    # ------------------------------------------------------------

    def test_d3_others_create_nothing(self):
        for sender in (
            "mallory@evil.example",
            BEN,
            CUSTOMER,
            f'"{ANNA}" <mallory@evil.example>',
            f"anna@northwind.example.evil.example, {ANNA}",
            "",
        ):
            with self.subTest(sender=sender):
                self.assertDropped(self.sent_mail(sender=sender))

    def test_d3_from_is_what_counts(self):
        for name in ("Sender", "Reply_To", "Return_Path", "X_Forwarded_For"):
            with self.subTest(header=name):
                raw = self.sent_mail(sender="mallory@evil.example", **{name: ANNA})
                self.assertDropped(raw)

    def test_d3_count_is_shown_to_the_owner(self):
        self.assertDropped(self.sent_mail(sender="mallory@evil.example"))
        self.assertEqual(self.anna.with_user(self.anna).auto_bcc_dropped, 1)
        self.assertEqual(self.anna.with_user(self.ben).auto_bcc_dropped, 0)
        self.anna.action_renew_auto_bcc()
        self.assertEqual(self.anna.auto_bcc_dropped, 0)

    def test_d3_contact_answers_to_all(self):
        self.deliver(self.sent_mail(Cc=self.address))
        answer = mail(
            f"Nora <{NEW}>",
            ANNA,
            text="Fine",
            Cc=self.address,
            Message_ID="<answer@newcomer.example>",
            In_Reply_To=FIRST,
        )
        with self.mock_mail_gateway():
            self.deliver(answer)
            self.assertNotSentEmail()
        message = self.messages("<answer@newcomer.example>")
        nora = self.contacts(NEW)
        self.assertEqual((message.res_id, message.author_id), (nora.id, nora))
        self.assertEqual(message.gmail_message_ids.direction, "in")
        self.assertFalse(self.alias().auto_bcc_dropped)

    def test_d3_reference_to_nothing_known(self):
        raw = self.sent_mail(sender=CUSTOMER, References="<unknown@x.example>")
        self.assertDropped(raw)

    # ------------------------------------------------------------
    # D5: DETAILS
    # ------------------------------------------------------------

    def test_d5_address_among_bcc(self):
        self.deliver(self.sent_mail())
        details = self.messages().gmail_message_ids
        self.assertEqual(details.email_bcc, self.address)
        self.assertEqual(details.email_to, f'"Nora Newcomer" <{NEW}>')
        self.assertEqual(details.direction, "out")
        self.assertFalse(details.account_id)
        self.assertEqual(details.with_user(self.anna).email_bcc, self.address)

    def test_d5_address_in_cc_is_shown_there(self):
        self.deliver(self.sent_mail(Cc=self.address))
        details = self.messages().gmail_message_ids
        self.assertEqual(details.email_cc, self.address)
        self.assertFalse(details.email_bcc)
