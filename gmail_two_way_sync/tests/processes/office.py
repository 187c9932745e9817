"""A company on a database of its own: servers, salespeople, customers, a sandbox."""

import contextlib
import itertools

import psycopg2

from ...models.gmail_sign_in import CALLBACK_ROUTE
from ...models.res_users import START_ROUTE
from ..common import CLIENT_ID, CLIENT_SECRET
from .server import OdooServer, Person, eventually

PAST = "2020-01-01 00:00:00"
SYNC = "ir_cron_gmail_sync"
SEND = "ir_cron_gmail_send"
PAST_MAIL = "ir_cron_gmail_past_import"


class Office:
    """What the tests do and look at.

    Looking goes past Odoo, straight to PostgreSQL: it works while no server runs.
    """

    def __init__(self, runner, databases, database, folder, sandbox):
        self._runner, self._databases, self._folder = runner, databases, folder
        self.database = database
        self.control = sandbox.control
        self._servers = {}
        self._numbers = itertools.count(1)
        self.admin = Person("admin", "admin")
        self._base_url = sandbox.base_url

    # ------------------------------------------------------------
    # SERVERS
    # ------------------------------------------------------------

    def server(self, name="main", **options):
        """The running server of this name, started if it is not there."""
        if name not in self._servers:
            self._servers[name] = OdooServer(
                self._runner, self._folder, self.database, name, **options
            )
        server = self._servers[name]
        if not server.is_running:
            server.start()
        return server

    def stop(self):
        for server in self._servers.values():
            server.stop()

    def logs(self):
        return "\n".join(
            f"--- {name}\n{server.end_of_log()}"
            for name, server in self._servers.items()
            if server.log.exists()
        )

    def begin(self):
        """Nothing is left over from another test, and nothing runs by itself."""
        self.control.clear_faults()
        self.server()
        self.query("UPDATE ir_cron SET nextcall = now() + interval '1 day'")
        self.query("DELETE FROM ir_cron_trigger")
        eventually(lambda: not self.crons_run(), "the scheduled actions have ended")
        self.let_leases_run_out()
        # Else sending asks Gmail first how much left the mailbox lately (B5).
        self.query("UPDATE gmail_account SET last_sync_date = now() at time zone 'utc'")
        self.control.clear_requests()

    def wake(self):
        """What any trigger of a scheduled action does: the servers look what is due."""
        self._databases.query(
            "postgres", "SELECT pg_notify('cron_trigger', %s)", self.database
        )

    def run_soon(self, cron):
        """Have a scheduled action run by whichever server takes it."""
        self.query(
            "INSERT INTO ir_cron_trigger (cron_id, call_at)"
            " VALUES (%s, now() at time zone 'utc' - interval '1 second')",
            self.ref("gmail_two_way_sync", cron),
        )
        self.wake()

    def run_until(self, cron, ask, what):
        """Run a scheduled action, again if needed, until ``ask()`` is true."""
        return eventually(ask, what, lambda: self.run_soon(cron))

    @contextlib.contextmanager
    def locked(self, text, *values):
        """Hold the locks that a query takes while the body runs."""
        arguments = self._databases.server.arguments(self.database)
        with contextlib.closing(psycopg2.connect(**arguments)) as connection:
            connection.cursor().execute(text, values)
            yield

    def waiting_for_locks(self):
        """How many connections wait for somebody else's transaction."""
        [[count]] = self.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            " AND wait_event_type = 'Lock'",
            self.database,
        )
        return count

    @contextlib.contextmanager
    def database_restarts(self):
        """What a restart of PostgreSQL is to the servers, for as long as the body runs.

        Their connections to this database end, and none is to be had.
        """
        allow = f'ALTER DATABASE "{self.database}" ALLOW_CONNECTIONS '
        self._databases.query("postgres", f"{allow} false")
        try:
            self._databases.query(
                "postgres",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s",
                self.database,
            )
            yield
        finally:
            self._databases.query("postgres", f"{allow} true")

    def crons_run(self):
        """Whether a scheduled action is under way: then its row is locked."""
        free = self.query("SELECT id FROM ir_cron WHERE active FOR UPDATE SKIP LOCKED")
        return len(free) < self.query("SELECT count(*) FROM ir_cron WHERE active")[0][0]

    def do_not_wait(self):
        """Try again now what is to be tried again later; who is at work goes on."""
        for table in ("gmail_account", "gmail_message", "gmail_past_import"):
            self.query(
                f"UPDATE {table} SET retry_after = NULL WHERE retry_after IS NOT NULL"
                " AND COALESCE(lease_until, '2020-01-01') < now() at time zone 'utc'"
            )

    def let_leases_run_out(self):
        """What an administrator who does not want to wait does after a crash."""
        self.query("UPDATE gmail_account SET lease_until = %s", PAST)
        for table, state in (
            ("gmail_message", "pending"),
            ("gmail_past_import", "running"),
        ):
            self.query(
                f"UPDATE {table} SET lease_until = %s, retry_after = NULL"
                " WHERE state = %s",
                PAST,
                state,
            )

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def set_up(self):
        """Start the first server and tell it where Google is."""
        # Odoo's own scheduled actions would only take time from those under test.
        self.query(
            "UPDATE ir_cron SET active = false WHERE id NOT IN (SELECT res_id FROM"
            " ir_model_data WHERE model = 'ir.cron' AND module = 'gmail_two_way_sync')"
        )
        server = self.server()
        self.control.create_client(
            CLIENT_ID, CLIENT_SECRET, [f"{server.url}{CALLBACK_ROUTE}"], project="test"
        )
        self.admin.sign_in(server, self.database)
        for key, value in {
            "web.base.url": server.url,
            "web.base.url.freeze": "True",
            "gmail_two_way_sync.google_base_url": self._base_url,
            "gmail_two_way_sync.client_id": CLIENT_ID,
            "gmail_two_way_sync.client_secret": CLIENT_SECRET,
        }.items():
            self.admin.call(server, "ir.config_parameter", "set_param", key, value)

    def parameter(self, name, value):
        """Set a system parameter of the addon."""
        key = f"gmail_two_way_sync.{name}"
        server = self.server()
        self.admin.call(server, "ir.config_parameter", "set_param", key, str(value))

    def salesperson(self, name):
        """A new user with a connected mailbox ``<name>@northwind.example``."""
        server, email = self.server(), f"{name}@northwind.example"
        self.control.create_account(email, name.title(), kind="workspace")
        person = Person(name, f"{name}-password")
        values = {"name": name.title(), "login": name, "email": email}
        values |= {"password": person.password, "notification_type": "inbox"}
        groups = (
            self.ref("base", "group_user"),
            self.ref("base", "group_partner_manager"),
        )
        values["group_ids"] = [[6, 0, groups]]
        self.admin.call(server, "res.users", "create", values)
        person.sign_in(server, self.database)
        page = person.open(f"{server.url}{START_ROUTE}", allow_redirects=False)
        arrived = self.control.authorize(page.headers["Location"], email)
        assert person.open(arrived, allow_redirects=False).status_code == 303
        person.email = email
        [[person.account_id]] = self.query(
            "SELECT id FROM gmail_account WHERE email = %s AND state = 'connected'",
            email,
        )
        return person

    def customer(self, person=None):
        """A new contact with a mailbox: its id and its address."""
        number = next(self._numbers)
        email = f"customer{number}@customer.example"
        self.control.create_account(email, f"Customer {number}", kind="workspace")
        values = {"name": f"Customer {number}", "email": email}
        values["user_id"] = person.id if person else False
        found = self.admin.call(
            self.server(),
            "res.partner",
            "create",
            values,
            context={"mail_create_nosubscribe": True},
        )
        return found, email

    def post(self, person, customer_id, subject):
        """Write to a customer from the chatter; returns the message's id."""
        [message_id] = person.call(
            self.server(),
            "res.partner",
            "message_post",
            [customer_id],
            body=f"About {subject}",
            subject=subject,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[customer_id],
        )
        return message_id

    # ------------------------------------------------------------
    # WHAT CAN BE SEEN
    # ------------------------------------------------------------

    def ref(self, module, name):
        [[found]] = self.query(
            "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
            module,
            name,
        )
        return found

    def query(self, text, *values):
        return self._databases.query(self.database, text, *values)

    def inbox(self, email):
        """Subjects of the mails in a customer's inbox, sorted."""
        return sorted(
            each["subject"] for each in self.control.messages(email, "in:inbox")
        )

    def chatter(self, customer_id):
        """Subjects of the emails on a contact, in either direction, sorted."""
        found = self.query(
            "SELECT subject FROM mail_message"
            " WHERE model = 'res.partner' AND res_id = %s"
            " AND message_type IN ('email', 'comment') ORDER BY subject",
            customer_id,
        )
        return [subject for [subject] in found]

    def status(self, message_id):
        """What the chatter says about a posted message, per customer."""
        found = self.query(
            "SELECT notification_status FROM mail_notification"
            " JOIN res_partner ON res_partner.id = res_partner_id"
            " WHERE mail_message_id = %s AND email LIKE '%%@customer.example'",
            message_id,
        )
        return [status for [status] in found]

    def row(self, message_id, columns):
        """Columns of the queue's row of a posted message."""
        [found] = self.query(
            f"SELECT {columns} FROM gmail_message WHERE id IN (SELECT gmail_message_id"
            " FROM gmail_message_mail_message_rel WHERE mail_message_id = %s)",
            message_id,
        )
        return found

    def posts(self, email):
        """How often Gmail was asked to send something from a mailbox."""
        return len(self.control.requests("messages.send", email))
