"""An import of past mail, as a person starts it and the scheduled action does it."""

from .common import ANNA
from .mail_in_common import MailInCase

DAY = 86_400_000  # milliseconds
CRON = "ir_cron_gmail_past_import"


class PastCase(MailInCase):
    def past(self, days, **content):
        """A message that lay in the mailbox before the import."""
        at = self.control.now_ms() - days * DAY
        message = self.receive(internal_date=at, **content)
        self.account.history_id = self.control.account(ANNA)["history_id"]
        return message

    def counted(self, partner=None, user=None, **values):
        partner = partner or self.customer
        values.setdefault("period", "all")
        past_import = (
            self.env["gmail.past.import"]
            .with_user(user or self.anna)
            .create({"partner_id": partner.id, **values})
        )
        self.request(past_import, "action_count")
        return past_import

    def request(self, records, method):
        """Call a method that commits, in a transaction of its own as a server does."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            result = getattr(records.with_env(records.env(cr=cr)), method)()
        self.env.invalidate_all()
        return result

    def imported(self, **values):
        past_import = self.counted(**values)
        past_import.action_start()
        self.work()
        return past_import

    def work(self):
        self.run_cron(CRON)

    def let_time_pass(self, past_import):
        past_import.sudo().write({"retry_after": False, "last_step_date": False})
        rows = past_import.sudo().row_ids
        rows.filtered("retry_after").retry_after = False
