"""Past mail as a plain salesperson sees it, in a real browser (E5)."""

import threading

from odoo import api
from odoo.tests import HttpCase, tagged

from .past_import_common import CRON, PastCase


@tagged("post_install", "-at_install")
class TestPastImportTour(PastCase, HttpCase):
    def test_e5_past_emails_with_progress(self):
        for days in (10, 100, 200):
            self.past(days, subject=f"Old order {days}", text=f"Old order {days}")
        self.env["ir.config_parameter"].set_param(
            "gmail_two_way_sync.past_per_minute", "1"
        )
        contact = f"/odoo/res.partner/{self.customer.id}"
        self.start_tour(contact, "gmail_two_way_sync.past_emails", login="anna")
        self.work()
        self.env["ir.cron.trigger"].search([]).unlink()
        self.let_time_pass(self.env["gmail.past.import"].search([]))

        worker = Worker(self.registry, f"gmail_two_way_sync.{CRON}")
        worker.start()
        self.addCleanup(worker.end)
        self.start_tour(contact, "gmail_two_way_sync.past_emails_arrive", login="anna")
        self.assertEqual(len(self.emails_of(self.customer)), 3)


class Worker(threading.Thread):
    """What runs a scheduled action as soon as somebody triggers it."""

    def __init__(self, registry, cron):
        super().__init__(daemon=True)
        self._registry, self._cron = registry, cron
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(0.5):
            with self._registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                cron = env.ref(self._cron)
                if env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]):
                    env["gmail.past.import"]._cron_import_past()

    def end(self):
        self._ended.set()
        self.join()
