"""Google's pushes: who may say that a mailbox changed, and what comes of it (F2)."""

import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase

from gmail_sandbox import push as pubsub

from .common import ANNA, BEN, CUSTOMER, GmailCase, mail

TOPIC = "projects/test/topics/gmail"
ROBOT = "push@test.iam.gserviceaccount.com"
AUDIENCE = "https://odoo.northwind.example/push"


class PushCase(GmailCase):
    def setUp(self):
        super().setUp()
        self.set_parameter("push_service_account", ROBOT)
        self.set_parameter("push_audience", AUDIENCE)
        self.account = self.connect(self.anna, ANNA)

    def set_parameter(self, name, value):
        name = f"gmail_two_way_sync.{name}"
        self.env["ir.config_parameter"].set_param(name, value)

    def watch_calls(self):
        counts = self.control.counts()
        return [counts.get("watch", 0), counts.get("stop", 0)]


class TestWatch(PushCase):
    def setUp(self):
        super().setUp()
        self.set_parameter("pubsub_topic", TOPIC)

    def later(self, **more):
        return freeze_time(fields.Datetime.now() + timedelta(**more))

    def test_f2_without_topic_nothing_is_called(self):
        self.set_parameter("pubsub_topic", "")
        self.sync()
        self.assertEqual(self.watch_calls(), [0, 0])
        self.assertEqual(self.account.push_state, "off")

    def test_f2_watch_is_begun_by_the_sync(self):
        self.assertEqual(self.account.push_state, "lapsed")
        self.sync()
        self.assertEqual(
            [each["topic"] for each in self.control.watches(ANNA)], [TOPIC]
        )
        self.assertEqual(self.account.push_state, "active")
        week = fields.Datetime.now() + timedelta(days=7)
        self.assertAlmostEqual(
            self.account.watch_expiration, week, delta=timedelta(minutes=5)
        )

    def test_f2_watch_is_renewed_daily(self):
        for days, calls in ((0, 1), (0.5, 1), (1.1, 2)):
            with self.later(days=days):
                self.sync()
            self.assertEqual(self.watch_calls(), [calls, 0])

    def test_f2_another_client_holds_the_watch(self):
        self.set_parameter("pubsub_topic", "projects/test/topics/staging")
        self.sync()
        self.set_parameter("pubsub_topic", TOPIC)
        self.sync()
        self.assertEqual(
            [each["topic"] for each in self.control.watches(ANNA)], [TOPIC]
        )
        self.assertEqual(self.account.push_state, "active")

    def test_f2_refused_watch_is_shown_and_stops_no_sync(self):
        self.control.deliver(ANNA, mail(CUSTOMER, ANNA))
        self.control.inject("error", "watch", status=403, reason="forbidden")
        with self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"):
            self.sync()
        self.assertTrue(self.rows(self.account, state="imported"))
        self.assertEqual(self.account.push_state, "lapsed")
        self.assertTrue(self.account.watch_error)
        self.control.clear_faults()
        self.sync()
        self.assertEqual(self.account.push_state, "lapsed")  # not at every sync
        with self.later(hours=2):
            self.sync()
            self.assertEqual(self.account.push_state, "active")
        self.assertFalse(self.account.watch_error)

    def test_f2_lapse_is_noticed_and_mended(self):
        self.sync()
        with self.later(days=8):
            self.account.invalidate_recordset(["push_state"])
            self.assertEqual(self.account.push_state, "lapsed")
            with self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"):
                self.sync()
            self.assertEqual(self.account.push_state, "active")

    def test_f2_topic_taken_away_ends_the_watch(self):
        self.sync()
        self.set_parameter("pubsub_topic", "")
        for _time in range(2):
            self.sync()
        self.assertEqual(self.control.watches(ANNA), [])
        self.assertEqual(self.watch_calls(), [1, 1])

    def test_f2_a7_disconnecting_stops_before_it_revokes(self):
        self.sync()
        self.account.action_disconnect()
        self.assertEqual(self.control.watches(ANNA), [])
        self.assertFalse(self.account.watch_topic)
        methods = [each["method"] for each in self.control.requests()]
        self.assertLess(methods.index("stop"), methods.index("revoke"))

    def test_f2_a7_without_watch_nothing_is_stopped(self):
        self.account.action_disconnect()
        self.assertEqual(self.watch_calls(), [0, 0])


class TestPush(PushCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.ben_account = self.connect(self.ben, BEN)
        for email in (ANNA, BEN):
            self.control.deliver(email, mail(CUSTOMER, email))
        self.customer.user_id = False

    def push(self, email=ANNA, history_id=None, body=None, token=None, **options):
        """What Pub/Sub gets for an answer to its notification."""
        if history_id is None:
            history_id = int(self.control.account(ANNA)["history_id"])
        if token is None:
            token = self.token(**options)
        answer = self.url_open(
            "/gmail_two_way_sync/push",
            data=body or json.dumps(pubsub.notification(email, history_id, TOPIC)),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            },
        )
        return answer.status_code

    def token(self, audience=AUDIENCE, robot=ROBOT, **options):
        store = self.sandbox.sandbox.store
        return pubsub.push_token(store, audience, robot, **options)

    def requested(self):
        return self.env["gmail.sync.request"].search([]).account_id

    def sync_requested(self):
        self.run_cron("ir_cron_gmail_sync_requested")

    def test_f2_real_push_syncs_just_that_mailbox(self):
        self.assertEqual(self.push(), 204)
        self.assertEqual(self.control.counts().get("history.list", 0), 0)
        self.sync_requested()
        self.assertEqual(len(self.rows(self.account, state="imported")), 1)
        self.assertFalse(self.rows(self.ben_account))
        self.assertFalse(self.requested())

    def test_f2_push_wakes_the_scheduled_action_at_once(self):
        cron = self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync_requested")
        self.push()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertTrue(triggers)
        self.assertLessEqual(min(triggers.mapped("call_at")), fields.Datetime.now())

    def test_f2_forged_pushes_change_nothing(self):
        for options in (
            {"forged": True},
            {"audience": "https://other.example/push"},
            {"robot": "push@other.iam.gserviceaccount.com"},
            {"expires_in": -600},
            {"token": ""},
            {"token": "no.token.atall"},
            {"issuer": "https://evil.example"},
            {"email_verified": False},
        ):
            with (
                self.subTest(**options),
                self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"),
            ):
                self.assertEqual(self.push(**options), 403)
                self.assertFalse(self.requested())

    def test_f2_nothing_is_accepted_before_it_is_set_up(self):
        self.set_parameter("push_service_account", "")
        with self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"):
            self.assertEqual(self.push(robot=""), 403)

    def test_f2_audience_is_our_address_unless_set(self):
        self.set_parameter("push_audience", "")
        base = self.env["ir.config_parameter"].get_param("web.base.url")
        self.assertEqual(self.push(audience=f"{base}/gmail_two_way_sync/push"), 204)
        self.assertEqual(self.requested(), self.account)

    def test_f2_replayed_push_changes_nothing(self):
        self.push()
        self.sync_requested()
        self.control.clear_requests()
        for history_id in (int(self.account.history_id), 1):
            self.assertEqual(self.push(history_id=history_id), 204)
            self.assertFalse(self.requested())

    def test_f2_foreign_mailbox_changes_nothing(self):
        for email in ("stranger@elsewhere.example", CUSTOMER):
            self.assertEqual(self.push(email, 10**12), 204)
            self.assertFalse(self.requested())

    def test_f2_a7_disconnected_mailbox_changes_nothing(self):
        self.account.action_disconnect()
        self.assertEqual(self.push(history_id=10**12), 204)
        self.assertFalse(self.requested())

    def test_f2_f3_copy_of_the_database_changes_nothing(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "a-copy")
        self.assertEqual(self.push(), 204)
        self.assertFalse(self.requested())

    def test_f2_address_in_another_form(self):
        self.assertEqual(self.push(ANNA.upper()), 204)
        self.assertEqual(self.requested(), self.account)

    def test_f2_what_is_no_notification_is_not_asked_for_again(self):
        for body in ("{}", "[]", "null", "no json", '{"message": {"data": "e30"}}'):
            with (
                self.subTest(body=body),
                self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"),
            ):
                self.assertEqual(self.push(body=body), 204)
                self.assertFalse(self.requested())

    def test_f2_google_cannot_be_asked_for_its_keys(self):
        self.set_parameter("google_base_url", "http://127.0.0.1:9")
        with self.assertLogs("odoo.addons.gmail_two_way_sync", "WARNING"):
            self.assertEqual(self.push(), 503)
        self.assertFalse(self.requested())

    def test_f2_request_waits_for_a_sync_under_way(self):
        self.push()
        self.account.lease_until = fields.Datetime.now() + timedelta(minutes=5)
        self.sync_requested()
        self.assertEqual(self.requested(), self.account)
        self.account.lease_until = False
        self.sync_requested()
        self.assertFalse(self.requested())

    def test_f2_request_of_a_resting_mailbox_is_left_to_the_schedule(self):
        self.push()
        self.account.retry_after = fields.Datetime.now() + timedelta(minutes=5)
        self.control.clear_requests()
        self.sync_requested()
        self.assertFalse(self.requested())
        self.assertEqual(self.control.counts(), {})
