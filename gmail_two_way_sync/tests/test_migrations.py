"""Data of earlier versions follows."""

import importlib.util
from pathlib import Path

from .common import ANNA, CUSTOMER, GmailCase

FOLDER = Path(__file__).parent.parent / "migrations"


def migrate(cr, script):
    """Run a migration script as Odoo would, which is not importable by its name."""
    found = importlib.util.spec_from_file_location("script", FOLDER / script)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    module.migrate(cr, "19.0.1.0.0")


class TestMigrations(GmailCase):
    def test_e3_who_wrote_last_is_known_of_old_conversations(self):
        account = self.connect(self.anna, ANNA)
        self.post(self.customer, self.anna)
        self.send_waiting()
        self.answer(CUSTOMER, "Tuesday is fine")
        self.sync()
        thread = account.thread_ids
        self.assertEqual(thread.last_direction, "in")
        thread.last_direction = False
        self.env.flush_all()
        migrate(self.env.cr, "19.0.1.1.0/post-migrate.py")
        thread.invalidate_recordset()
        self.assertEqual(thread.last_direction, "in")
