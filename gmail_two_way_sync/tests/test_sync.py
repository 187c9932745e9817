"""The sync when Gmail, messages or Odoo misbehave (A8, C15, F1)."""

import base64
import random
from datetime import timedelta
from itertools import count
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..models import gmail_account_sync
from ..rules.envelope import from_headers
from .common import ANNA, BEN, CUSTOMER, mail
from .mail_in_common import MailInCase

HOUR = 3_600_000
IMPORT_LOGGER = "odoo.addons.gmail_two_way_sync.models.gmail_message_import"
DECIDE_LOGGER = "odoo.addons.gmail_two_way_sync.models.gmail_importer"


class SyncCase(MailInCase):
    def let_time_pass(self):
        """Whatever waits for a later time is due."""
        past = fields.Datetime.now() - timedelta(minutes=1)
        self.account.retry_after = False
        self.rows(self.account).filtered("retry_after").retry_after = past

    def raws(self, count, sender=CUSTOMER):
        return [
            mail(sender, ANNA, subject=str(n), Message_ID=f"<{n}@mail.example>")
            for n in range(count)
        ]


class TestDiscovery(SyncCase):
    def test_a8_expired_history_is_listed_again(self):
        self.receive(subject="known")
        self.sync()
        for subject in ("one", "two"):
            self.receive(subject=subject)
        self.control.expire_history(ANNA)
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["known", "one", "two"])
        self.receive(subject="three")
        self.sync()
        self.assertEqual(self.subjects_of(self.customer)[-1], "three")
        self.assertEqual(len(self.emails_of(self.customer)), 4)

    def test_a8_c1_what_leaves_spam_after_history_expired(self):
        spam = self.receive(labels=["SPAM"])
        self.control.expire_history(ANNA)
        self.sync()
        self.assertEqual(self.outcome(spam), "spam")
        self.control.not_spam(ANNA, spam["id"])
        self.sync()
        self.assertEqual(self.outcome(spam), "imported")

    def test_a5_a8_never_older_than_the_connection(self):
        old = self.receive(internal_date=self.control.now_ms() - HOUR)
        self.account.action_disconnect()
        self.account = self.connect(self.anna, ANNA)
        new = self.receive()
        self.control.expire_history(ANNA)
        self.sync()
        self.assertFalse(self.row(old))
        self.assertEqual(self.outcome(new), "imported")

    def test_a8_search_that_lags_behind_loses_nothing(self):
        self.control.set(search_lag=600)
        old = self.receive(internal_date=self.control.now_ms() - 2 * HOUR)
        self.account.history_id = "1"
        new = self.receive()
        self.control.expire_history(ANNA)
        self.sync()
        self.assertEqual(self.outcome(new), "imported")
        self.assertFalse(self.row(old))

    def test_history_of_several_pages(self):
        self.control.deliver_many(ANNA, self.raws(510, "x@unknown.example"))
        last = self.receive()
        self.control.clear_requests()
        self.sync()
        self.assertEqual(self.control.counts(ANNA)["history.list"], 2)
        self.assertEqual(len(self.rows(self.account)), 511)
        self.assertEqual(self.outcome(last), "imported")

    def test_ids_that_vanish_before_they_are_read(self):
        message = self.receive()
        self.control.delete(ANNA, message["id"])
        self.receive(subject="good")
        for _attempt in range(3):
            self.sync()
            self.let_time_pass()
        self.assertEqual(self.outcome(message), "gone")
        self.assertEqual(self.subjects_of(self.customer), ["good"])

    def test_a_message_that_is_not_visible_yet(self):
        message = self.receive()
        self.control.not_yet_visible(ANNA, message["id"])
        self.sync()
        row = self.row(message)
        self.assertEqual(row.state, "pending")
        self.assertGreater(row.retry_after, fields.Datetime.now())
        self.let_time_pass()
        self.sync()
        self.assertEqual(self.outcome(message), "imported")


class TestFailures(SyncCase):
    def test_a_part_of_a_batch_fails(self):
        good, bad = self.receive(), self.receive()
        self.control.inject("error", "messages.get", status=500, message_id=bad["id"])
        self.sync()
        self.assertEqual(self.outcome(good), "imported")
        self.assertEqual(self.outcome(bad), "pending")
        self.let_time_pass()
        self.sync()
        self.assertEqual(self.outcome(bad), "imported")

    def test_rate_limit_in_the_middle(self):
        messages = [self.receive(subject=str(n)) for n in range(3)]
        self.control.inject(
            "error",
            "messages.get",
            error="retryAfterMessage",
            message_id=messages[1]["id"],
            retry_seconds=900,
        )
        self.sync()
        self.assertGreater(
            self.account.retry_after, fields.Datetime.now() + timedelta(minutes=10)
        )
        self.assertIn("wait", self.account.last_error)
        self.assertFalse(self.row(messages[1]).attempts)
        self.control.clear_requests()
        self.sync()
        self.assertFalse(self.control.requests(account=ANNA))
        self.let_time_pass()
        self.sync()
        self.assertEqual(self.subjects_of(self.customer), ["0", "1", "2"])
        self.assertFalse(self.account.last_error)

    def test_one_poisonous_message(self):
        create = type(self.env["mail.message"]).create

        def refusing(messages, vals_list):
            if any(values.get("subject") == "poison" for values in vals_list):
                raise ValueError("another addon's hook")
            return create(messages, vals_list)

        poison = self.receive(subject="poison")
        good = self.receive(subject="good")
        model = type(self.env["mail.message"])
        with patch.object(model, "create", refusing), mute_logger(IMPORT_LOGGER):
            for _attempt in range(5):
                self.sync()
                self.let_time_pass()
        row = self.row(poison)
        self.assertEqual((row.state, row.attempts), ("failed", 5))
        self.assertIn(b"Subject: poison", base64.b64decode(row.original))
        self.assertTrue(row.error)
        self.assertEqual(self.outcome(good), "imported")
        with self.assertRaises(AccessError):
            row.with_user(self.ben).action_retry()
        row.with_user(self.anna).action_retry()
        self.sync()
        self.assertEqual(
            (row.state, row.original, row.error), ("imported", False, False)
        )
        self.assertEqual(self.subjects_of(self.customer), ["good", "poison"])

    def test_f1_a_message_that_the_database_refuses_stops_no_other(self):
        self.env.cr.execute(
            "ALTER TABLE gmail_message ADD CHECK (rfc_message_id <> '<poison@x>')"
        )
        poison, good = self.receive(Message_ID="<poison@x>"), self.receive()
        with mute_logger("odoo.sql_db", DECIDE_LOGGER):
            self.sync()
        self.assertEqual(self.outcome(good), "imported")
        row = self.row(poison)
        self.assertEqual((row.state, row.attempts), ("pending", 1))
        self.assertGreater(row.retry_after, fields.Datetime.now())
        self.assertTrue(row.error)
        self.assertFalse(self.account.last_error)

    def test_c13_c14_message_id_that_no_index_takes(self):
        long = f"<{random.Random(1).randbytes(5000).hex()}@x>"
        message = self.receive(Message_ID=long)
        self.sync()
        self.assertEqual(self.outcome(message), "imported")
        self.assertFalse(self.row(message).rfc_message_id)

    def test_switched_off_by_the_workspace_administrator(self):
        self.control.set_mail_enabled(ANNA, False)
        self.sync()
        self.assertEqual(self.account.state, "connected")
        self.assertIn("administrator", self.account.last_error)
        self.assertTrue(self.account.retry_after)
        message = self.receive()
        self.control.set_mail_enabled(ANNA, True)
        self.let_time_pass()
        self.sync()
        self.assertFalse(self.account.last_error)
        self.assertEqual(self.outcome(message), "imported")

    def test_f1_one_mailbox_never_stops_the_others(self):
        bens = self.connect(self.ben, BEN)
        self.customer.user_id = False
        for error in (
            {"status": 500},
            {"error": "domainPolicy"},
            {"kind": "drop_before"},
        ):
            with self.subTest(error):
                kind = error.pop("kind", "error")
                message = self.receive(to=BEN, mailbox=BEN)
                with self.control.fault(
                    kind, "history.list", account=ANNA, times=None, **error
                ):
                    self.sync()
                self.assertEqual(self.outcome(message, bens), "imported")
                self.assertTrue(self.account.last_error)
                self.let_time_pass()


class TestTogether(SyncCase):
    def test_f1_waits_of_mailboxes_overlap(self):
        self.connect(self.ben, BEN)
        self.sync()
        self.control.inject("delay", "history.list", times=None, delay=0.5)
        self.control.clear_requests()
        self.sync()
        begun = [each["at"] for each in self.control.requests("history.list")]
        self.assertEqual(len(begun), 2)
        self.assertLess(max(begun) - min(begun), 0.4)  # seconds; each waits longer


class TestHoliday(SyncCase):
    def test_several_runs_keep_their_progress(self):
        """With no time at all each run does one batch, and takes up the next one."""
        self.control.deliver_many(ANNA, self.raws(70, "x@unknown.example"))
        self.control.deliver_many(ANNA, self.raws(30))
        pending = []
        with patch.object(gmail_account_sync, "RUN_SECONDS", 0):
            for _run in range(5):
                self.sync()
                pending.append(len(self.rows(self.account, state="pending")))
        self.assertEqual(pending, [50, 30, 10, 0, 0])
        self.assertEqual(
            self.subjects_of(self.customer), [str(number) for number in range(30)]
        )
        counts = self.control.requests("messages.get", ANNA)
        self.assertEqual(len(counts), 100 + 30)  # nothing was asked for twice


class TestQueries(SyncCase):
    def decide(self, first, count):
        """The number of queries that deciding that many messages takes."""
        ids = {f"id{n}": f"thread{n}" for n in range(first, first + count)}
        self.account._queue(ids)
        rows = self.rows(self.account).filtered(lambda row: row.gmail_message_id in ids)
        read = [(row, self.envelope(row, number)) for number, row in enumerate(rows)]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.account._decide_read(read)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def envelope(self, row, number):
        senders = (CUSTOMER, "x@unknown.example", BEN, f"c{number}@firm.example")
        return from_headers(
            row.gmail_message_id,
            row.gmail_thread_id,
            ("INBOX",),
            fields.Datetime.now(),
            1000,
            [
                ("From", senders[number % 4]),
                ("To", ANNA),
                ("Cc", f"cc{number}@other.example"),
                ("Message-ID", f"<{row.gmail_message_id}@mail.example>"),
                ("References", f"<r{number}@mail.example>"),
            ],
        )

    def test_deciding_takes_a_constant_number_of_queries(self):
        self.env["res.partner"].create(
            [
                {"name": f"Contact {n}", "email": f"c{n}@firm.example"}
                for n in range(100)
            ]
        )
        few = self.decide(0, 10)
        many = self.decide(100, 100)
        self.assertLessEqual(many, few)
        self.assertLess(many, 40)

    def test_an_empty_poll_takes_a_handful_of_queries(self):
        """What a second mailbox adds to a run that finds nothing."""
        self.sync()
        one = self.queries_of_a_run()
        self.connect(self.ben, BEN)
        self.sync()
        self.assertLess(self.queries_of_a_run() - one, 20)

    def queries_of_a_run(self):
        before = self.env.cr.sql_log_count
        self.sync()
        return self.env.cr.sql_log_count - before


class TestReplay(SyncCase):
    def history(self):
        """Mail of every kind, each a minute after the other; ids with thread ids."""
        dora = self.contact("Dora", "dora@other.example")
        minutes = count(self.control.now_ms() - HOUR, 60_000)

        def receive(*people, **content):
            return self.receive(*people, internal_date=next(minutes), **content)

        begin = receive(subject="begin", Message_ID="<1@mail.example>")
        here = {"thread_id": begin["thread_id"]}
        sent = {"labels": ["SENT"]}
        delivered = [
            begin,
            receive("boss@customer.example", subject="unknown", **here),
            receive(BEN, subject="internal", **here),
            receive(ANNA, dora.email, subject="forward", **sent, **here),
            receive(ANNA, CUSTOMER, subject="sent", **sent),
            receive("x@unknown.example", subject="noise"),
            receive("y@unknown.example", subject="ref", In_Reply_To="<1@mail.example>"),
            receive(dora.email, subject="spam", labels=["SPAM"]),
            receive(dora.email, ANNA, subject="cc", Cc=CUSTOMER),
        ]
        return {each["id"]: each["thread_id"] for each in delivered}

    def state(self):
        """All that the sync made, without ids of its own."""
        rows = self.rows(self.account)
        threads = self.env["gmail.thread"].search([])
        return (
            {
                (row.gmail_message_id, row.state, row.reason, row.direction)
                for row in rows
            },
            sorted(
                (
                    each.subject,
                    each.model,
                    each.res_id,
                    each.author_id.id,
                    each.is_internal,
                )
                for each in rows.mail_message_ids
            ),
            sorted((*each._record(), each.gmail_thread_id) for each in threads),
        )

    def start_again(self):
        rows = self.rows(self.account)
        rows.mail_message_ids.unlink()
        rows.unlink()
        self.env["gmail.thread"].search([]).unlink()

    def test_replayed_twice_and_shuffled(self):
        start = self.account.history_id
        ids = self.history()
        self.sync()
        expected = self.state()
        self.assertEqual(len(expected[1]), 6)
        self.account.history_id = start
        self.sync()
        self.assertEqual(self.state(), expected)
        for seed in range(3):
            with self.subTest(seed=seed):
                self.start_again()
                shuffled = list(ids.items())
                random.Random(seed).shuffle(shuffled)
                self.account._queue(dict(shuffled))
                self.account.history_id = start
                self.sync()
                self.assertEqual(self.state(), expected)
