"""Which mail goes through Gmail and which does not (B1, B4), by every way of Odoo."""

import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command

from .common import ANNA, BEN, CUSTOMER
from .test_mail_out_content import DAN, EVE, MailOutCase


class BorderCase(MailOutCase):
    def setUp(self):
        super().setUp()
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Five chairs",
                "user_id": self.anna.id,
                "partner_id": self.customer.id,
            }
        )
        self.lead_template = self.env["mail.template"].create(
            {
                "name": "Chairs",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "subject": "About {{ object.name }}",
                "body_html": "<p>About <t t-out='object.name'/></p>",
                "email_from": ANNA,
                "partner_to": "{{ object.partner_id.id }}",
            }
        )

    def queued(self):
        return self.rows(self.account)

    def as_anna(self, record):
        return record.with_user(self.anna)

    def composer(self, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(self.anna)
            .create(
                {
                    "model": "crm.lead",
                    "res_ids": repr(self.lead.ids),
                    "subject": "Chairs",
                    "body": "<p>Chairs</p>",
                    "partner_ids": [Command.set(self.customer.ids)],
                    **values,
                }
            )
        )


class TestIndividual(BorderCase):
    """Through Gmail."""

    def assert_one_arrives(self, user_of=ANNA):
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        self.assertIn(user_of, message["From"])
        return message

    def test_b1_comment(self):
        with self.mock_mail_gateway():
            self.post(self.lead, self.anna)
        self.assertEqual(self._mails, [])
        self.assert_one_arrives()

    def test_b1_posting_asks_google_nothing(self):
        self.control.clear_requests()
        self.post(self.lead, self.anna)
        self.assertEqual(self.control.requests(), [])

    def test_b1_full_composer(self):
        self.composer(email_cc=DAN, email_bcc=EVE).action_send_mail()
        self.assertEqual(self.assert_one_arrives()["Cc"], DAN)
        self.assertEqual(len(self.inbox(EVE)), 1)

    def test_b1_composer_on_several_records(self):
        other = self.lead.copy({"name": "Six tables"})
        composer = self.composer(
            res_ids=repr((self.lead | other).ids), template_id=self.lead_template.id
        )
        composer.action_send_mail()
        self.send_waiting()
        self.assertEqual(len(self.inbox(CUSTOMER)), 2)

    def test_b1_follower_outside(self):
        self.lead.message_subscribe(self.customer.ids)
        self.post(self.lead, self.anna, partners=self.env["res.partner"])
        self.assert_one_arrives()

    def test_b1_portal_user(self):
        self._portal_user()
        self.post(self.lead, self.anna)
        self.assert_one_arrives()

    def _portal_user(self):
        return self.env["res.users"].create(
            {
                "login": CUSTOMER,
                "partner_id": self.customer.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )

    def test_b1_followers_inside_and_people_outside_split(self):
        self.lead.message_subscribe(self.ben.partner_id.ids)
        self.ben.notification_type = "email"
        with self.mock_mail_gateway():
            message = self.post(self.lead, self.anna)
        [notified] = self._mails
        self.assertEqual(notified["email_to"], [f'"Ben Holt" <{BEN}>'])
        self.assertIn("View Lead", notified["body"].replace("Opportunity", "Lead"))
        self.assert_one_arrives()
        self.assertEqual(
            set(message.notification_ids.mapped("notification_status")), {"sent"}
        )

    def test_b1_colleague_in_the_inbox(self):
        self.lead.message_subscribe(self.ben.partner_id.ids)
        self.ben.notification_type = "inbox"
        message = self.post(self.lead, self.anna)
        self.assert_one_arrives()
        types = message.notification_ids.mapped("notification_type")
        self.assertEqual(sorted(types), ["email", "inbox"])

    def test_b4_scheduled_in_the_composer(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        composer = self.composer(scheduled_date=later, email_cc=DAN, email_bcc=EVE)
        composer.action_schedule_message()
        self.assertFalse(self.queued())
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_post_scheduled_message")
            message = self.assert_one_arrives()
        self.assertEqual(message["Cc"], DAN)
        self.assertEqual(len(self.inbox(EVE)), 1)

    def test_b4_scheduled_forward_opens_a_thread(self):
        self.post(self.lead, self.anna)
        self.send_waiting()
        later = fields.Datetime.now() + timedelta(hours=2)
        composer = self.composer(
            scheduled_date=later, composition_comment_option="forward"
        )
        composer.action_schedule_message()
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_post_scheduled_message")
            self.send_waiting()
        self.assertEqual(len(self.queued().thread_id), 2)

    def test_b4_scheduled_message_sent_now(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self.composer(scheduled_date=later).action_schedule_message()
        self.env["mail.scheduled.message"].search([]).with_user(
            self.user_admin
        ).post_message()
        self.assert_one_arrives()

    def test_b4_posted_now_and_notified_later(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self.post(self.lead, self.anna, scheduled_date=later, email_cc=DAN)
        self.assertFalse(self.queued())
        with freeze_time(later + timedelta(minutes=1)):
            self.run_cron("mail.ir_cron_send_scheduled_message")
            message = self.assert_one_arrives()
        self.assertEqual(message["Cc"], DAN)

    def test_b1_blacklisted_address_as_in_stock(self):
        self.env["mail.blacklist"]._add(CUSTOMER)
        self.post(self.lead, self.anna)
        self.assert_one_arrives()
        with self.mock_mail_gateway():
            self.post(self.lead, self.ben)
        self.assertIn(CUSTOMER, str([each["email_to"] for each in self._mails]))

    def test_b4_personal_outgoing_server_sends_no_copy(self):
        self.env["ir.mail_server"].sudo().create(
            {
                "name": "Anna's own",
                "smtp_host": "smtp.example",
                "smtp_encryption": "none",
                "smtp_user": ANNA,
                "from_filter": ANNA,
                "owner_user_id": self.anna.id,
            }
        )
        self.anna.invalidate_recordset(["outgoing_mail_server_id"])
        self.assertTrue(self.anna.sudo().outgoing_mail_server_id)
        with self.mock_mail_gateway():
            self.post(self.lead, self.anna)
            self.env["mail.mail"].process_email_queue()
        self.assert_no_smtp()
        self.assert_one_arrives()

    def assert_no_smtp(self):
        recipients = [each["email_to"] for each in self._mails]
        self.assertNotIn(CUSTOMER, str(recipients))

    def test_b1_mail_queue_does_not_send_it_by_smtp(self):
        self.post(self.lead, self.anna)
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            self.queued().mail_mail_id.send()
        self.assert_no_smtp()
        self.assertEqual(self.queued().mail_mail_id.state, "outgoing")
        self.assert_one_arrives()

    def test_b1_defaults_in_the_context_do_not_leak(self):
        record = self.lead.with_context(
            default_state="done", default_email_cc=EVE, default_name="x"
        )
        self.post(record, self.anna)
        self.assertFalse(self.assert_one_arrives()["Cc"])

    def test_b1_fifty_people_outside(self):
        self.post(self.lead, self.anna, partners=self._crowd(50))
        self.assertEqual(len(self.queued()), 1)

    def _crowd(self, number):
        return self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(number)]
        )


class TestStandard(BorderCase):
    """By the standard servers, exactly as without the addon."""

    def captured(self, path):
        """What a path gives to the outgoing mail server, made comparable."""
        with self.mock_mail_gateway():
            path()
            self.env.flush_all()
            self.env["mail.mail"].process_email_queue()
        return sorted(_comparable(each["EmailMessage"]) for each in self._mails)

    def assert_standard(self, path, count=1):
        """The path sends the same mail with a connected mailbox and without one."""
        self.flush_tracking()
        self.env["mail.mail"].search([]).unlink()  # about the preparation
        with self.env.cr.savepoint() as savepoint:
            connected = self.captured(path)
            self.assertFalse(self.queued(), "nothing is queued for Gmail")
            savepoint.rollback()
        self.env.invalidate_all()
        self.account.state = "disconnected"
        self.assertEqual(connected, self.captured(path))
        self.assertEqual(len(connected), count, connected)

    # ------------------------------------------------------------
    # CHATTER AND COMPOSER
    # ------------------------------------------------------------

    def test_b4_note_that_mentions_somebody_outside(self):
        self.assert_standard(
            lambda: self.as_anna(self.lead).message_post(
                body="See", partner_ids=self.customer.ids, message_type="comment"
            )
        )

    def test_b4_composer_in_mass_mode(self):
        composer = self.composer(composition_mode="mass_mail", template_id=False)
        self.assert_standard(composer.action_send_mail)

    def test_b4_composer_on_a_record_without_chatter(self):
        country = self.env.ref("base.be")
        composer = self.composer(model="res.country", res_ids=repr(country.ids))
        self.assert_standard(composer.action_send_mail)

    def test_b4_more_than_fifty_people_outside(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(51)]
        )
        self.assert_standard(
            lambda: self.post(self.lead, self.anna, partners=partners), 51
        )

    def test_b4_more_than_fifty_with_cc(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(50)]
        )
        self.assert_standard(
            lambda: self.post(self.lead, self.anna, partners=partners, email_cc=DAN), 50
        )

    def test_b1_author_who_is_somebody_else(self):
        self.assert_standard(
            lambda: self.post(self.lead, self.anna, author_id=self.ben.partner_id.id)
        )

    def test_b1_from_that_is_not_the_senders(self):
        self.assert_standard(
            lambda: self.post(self.lead, self.anna, email_from="sales@else.example")
        )

    def test_b1_send_as_address_that_is_not_verified(self):
        alias = {"email": "sales@northwind.example", "verified": False}
        self.control.create_account(ANNA, send_as=[alias])
        self.connect(self.anna, ANNA)
        self.assert_standard(
            lambda: self.post(
                self.lead, self.anna, email_from="sales@northwind.example"
            )
        )

    def test_b4_user_without_a_connection(self):
        # The customer, and Anna who follows.
        self.assert_standard(lambda: self.post(self.lead, self.ben), 2)

    def test_f3_connection_of_another_database(self):
        self.account.database_uuid = "of the original"
        self.assert_standard(lambda: self.post(self.lead, self.anna))

    def test_b4_portal_customers_comment(self):
        user = TestIndividual._portal_user(self)
        self.lead.message_subscribe(self.dan.ids)
        self.assert_standard(
            lambda: (
                self.lead.with_user(user)
                .sudo()
                .message_post(
                    body="Mine?",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
            ),
            # Dan follows; Anna is the lead's salesperson.
            2,
        )

    def test_b4_discuss_channel(self):
        channel = (
            self.env["discuss.channel"]
            .with_user(self.anna)
            .create({"name": "Chairs", "channel_type": "channel"})
        )
        self.assert_standard(
            lambda: channel.message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.customer.ids,
            ),
            0,
        )

    def test_b4_followers_wizard(self):
        wizard = (
            self.env["mail.followers.edit"]
            .with_user(self.anna)
            .create(
                {
                    "res_model": "crm.lead",
                    "res_ids": repr(self.lead.ids),
                    "partner_ids": [Command.set(self.customer.ids)],
                    "message": "<p>Have a look</p>",
                    "notify": True,
                }
            )
        )
        self.assert_standard(wizard.edit_followers)

    # ------------------------------------------------------------
    # TEMPLATES AND NOTIFICATIONS
    # ------------------------------------------------------------

    def test_b4_template_sent_by_code(self):
        template = self.as_anna(self.lead_template)
        self.assert_standard(lambda: template.send_mail(self.lead.id, force_send=True))

    def test_b4_message_post_with_source(self):
        self.assert_standard(
            lambda: self.as_anna(self.lead).message_post_with_source(
                self.lead_template, subtype_xmlid="mail.mt_comment"
            )
        )

    def test_b4_message_mail_with_source(self):
        self.assert_standard(
            lambda: self.as_anna(self.lead).message_mail_with_source(
                self.lead_template, force_send=True
            )
        )

    def test_b4_send_button_of_an_activity(self):
        self.assert_standard(
            lambda: self.as_anna(self.lead).activity_send_mail(self.lead_template.id)
        )

    def test_b4_message_notify(self):
        self.assert_standard(
            lambda: self.as_anna(self.lead).message_notify(
                body="Notified", partner_ids=self.customer.ids
            )
        )

    def test_b4_assignment_mail(self):
        self.ben.notification_type = "email"
        self.assert_standard(
            lambda: self.as_anna(self.lead).write({"user_id": self.ben.id})
        )

    def test_b4_activity_assigned(self):
        self.ben.notification_type = "email"
        self.assert_standard(
            lambda: self.as_anna(self.lead).activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.ben.id
            )
        )

    def test_b4_activity_done_with_feedback(self):
        self.lead.message_subscribe(
            self.dan.ids, self.env.ref("mail.mt_activities").ids
        )
        self.assert_standard(
            lambda: (
                self.as_anna(self.lead)
                .activity_schedule("mail.mail_activity_data_todo", user_id=self.anna.id)
                .action_feedback("Done")
            ),
            0 if self.env.ref("mail.mt_activities").internal else 1,
        )

    def test_b4_out_of_office(self):
        now = fields.Datetime.now()
        self.anna.write(
            {
                "out_of_office_from": now - timedelta(days=1),
                "out_of_office_to": now + timedelta(days=1),
                "out_of_office_message": "<p>Away</p>",
            }
        )
        self.assert_standard(
            lambda: self.lead.with_user(self.ben).message_post(
                body="Anna?",
                author_id=self.customer.id,
                email_from=CUSTOMER,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.anna.partner_id.ids,
            ),
            2,
        )

    # ------------------------------------------------------------
    # AUTOMATION
    # ------------------------------------------------------------

    def server_action(self, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Automatic",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                **values,
            }
        )

    def comment_by_code(self):
        return (
            "records.message_post(body='Automatic', message_type='comment', "
            f"subtype_xmlid='mail.mt_comment', partner_ids={self.customer.ids})"
        )

    def run_as_anna(self, action):
        return lambda: (
            action.with_user(self.anna)
            .with_context(
                active_model="crm.lead",
                active_id=self.lead.id,
                active_ids=self.lead.ids,
            )
            .sudo()
            .run()
        )

    def test_b4_server_action_that_posts(self):
        action = self.server_action(
            state="mail_post",
            mail_post_method="comment",
            template_id=self.lead_template.id,
        )
        self.assert_standard(self.run_as_anna(action))

    def test_b4_server_action_that_sends(self):
        action = self.server_action(
            state="mail_post",
            mail_post_method="email",
            template_id=self.lead_template.id,
        )
        self.assert_standard(self.run_as_anna(action))

    def test_b4_server_action_with_code(self):
        action = self.server_action(code=self.comment_by_code())
        self.assert_standard(self.run_as_anna(action))

    def test_b4_automation_rule(self):
        automation = self.env["base.automation"].create(
            {
                "name": "On change",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    Command.set(
                        self.env["ir.model.fields"]._get("crm.lead", "priority").ids
                    )
                ],
            }
        )
        automation.action_server_ids = self.server_action(
            usage="base_automation",
            base_automation_id=automation.id,
            code=self.comment_by_code(),
        )
        self.assert_standard(lambda: self.as_anna(self.lead).write({"priority": "2"}))

    def test_b4_scheduled_action(self):
        code = self.comment_by_code().replace(
            "records.", f"model.browse({self.lead.id}).with_user({self.anna.id})."
        )
        cron = self.env["ir.cron"].create(
            {
                "name": "Automatic",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "code",
                "code": code,
            }
        )

        def run():
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()

        self.assert_standard(run)

    # ------------------------------------------------------------
    # APPLICATIONS
    # ------------------------------------------------------------

    def test_b4_mass_mailing(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "name": "News",
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "=", self.customer.id)]),
                "user_id": self.anna.id,
                "email_from": ANNA,
            }
        )
        self.assert_standard(mailing.with_user(self.anna).sudo().action_send_mail)

    def test_b4_calendar_invitation(self):
        start = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        self.assert_standard(
            lambda: (
                self.env["calendar.event"]
                .with_user(self.anna)
                .create(
                    {
                        "name": "Look at chairs",
                        "start": start,
                        "stop": start + timedelta(hours=1),
                        "partner_ids": [
                            Command.set((self.customer | self.anna.partner_id).ids)
                        ],
                    }
                )
            )
        )

    def order(self):
        return (
            self.env["sale.order"]
            .with_user(self.anna)
            .create({"partner_id": self.customer.id, "user_id": self.anna.id})
        )

    def test_b4_order_confirmation(self):
        order = self.order()
        self.assert_standard(order._send_order_confirmation_mail)

    def test_b4_portal_share(self):
        order = self.order()
        wizard = (
            self.env["portal.share"]
            .with_user(self.anna)
            .create(
                {
                    "res_model": "sale.order",
                    "res_id": order.id,
                    "partner_ids": [Command.set(self.customer.ids)],
                }
            )
        )
        self.assert_standard(wizard.action_send_mail)

    def task(self):
        return self.env["project.task"].create(
            {
                "name": "Fit",
                "project_id": self.env["project.project"].create({"name": "P"}).id,
                "partner_id": self.customer.id,
                "user_ids": [Command.set(self.anna.ids)],
            }
        )

    def test_b4_stage_mail_of_a_project(self):
        task = self.task()
        stage = self.env["project.task.type"].create(
            {
                "name": "Done",
                "project_ids": [Command.set(task.project_id.ids)],
                "mail_template_id": self.env.ref(
                    "project.mail_template_data_project_task"
                ).id,
            }
        )

        def move():
            self.as_anna(task).write({"stage_id": stage.id})
            self.flush_tracking()

        self.assert_standard(move)

    def test_b4_rating_request(self):
        task = self.task()
        template = self.env.ref("project.rating_project_request_email_template")
        self.assert_standard(lambda: self.as_anna(task).rating_send_request(template))


def _comparable(message):
    """A MIME message without what differs each time: ids, dates, boundaries, tokens."""
    headers = sorted(
        f"{name}: {value}"
        for name, value in message.items()
        if name.lower() not in ("date", "message-id", "references", "content-type")
    )
    parts = [
        (part.get_content_type(), part.get_filename() or "", _text(part))
        for part in message.walk()
        if not part.is_multipart()
    ]
    return _without_ids(repr((headers, parts)))


def _text(part):
    if part.get_content_maintype() != "text":
        return ""
    return part.get_payload(decode=True).decode("utf-8", "replace")


def _without_ids(text):
    text = re.sub(r"(token|hash)=[\w.-]+", r"\1=", text)
    text = re.sub(r"DTSTAMP:\w+|UID:[^\\]+|CREATED:\w+", "", text)
    return re.sub(r"/calendar/\S+?/[0-9a-f]{20,}|[0-9a-f]{20,}|\d+", "0", text)
