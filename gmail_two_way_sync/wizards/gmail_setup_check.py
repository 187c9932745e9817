import logging
from collections import namedtuple
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from ..google import console, errors, push
from ..models.gmail_account_watch import LAST_PUSH
from ..models.sentences import sentence_of
from ..tools import vault

_logger = logging.getLogger(__name__)

OVERDUE = timedelta(hours=1)
CRONS = (
    "ir_cron_gmail_sync",
    "ir_cron_gmail_sync_requested",
    "ir_cron_gmail_send",
    "ir_cron_gmail_past_import",
)

Finding = namedtuple("Finding", "outcome words")


def _fine(words):
    return Finding("fine", words)


def _look(words):
    return Finding("look", words)


def _to_do(words):
    return Finding("to_do", words)


class GmailSetupCheck(models.TransientModel):
    """The set-up, tested: what is right, and what to do about the rest (A9).

    Every check returns a finding and changes nothing; one that breaks is one, too.
    """

    _name = "gmail.setup.check"
    _description = "Check of the set-up"

    line_ids = fields.One2many("gmail.setup.check.line", "check_id", readonly=True)
    to_do_count = fields.Integer(compute="_compute_to_do_count")

    def _compute_to_do_count(self):
        for check in self:
            lines = check.line_ids
            check.to_do_count = len(lines.filtered(lambda ln: ln.outcome == "to_do"))

    def action_check(self):
        """Run all checks and show what they found; for administrators."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("The set-up is for administrators."))
        self.env.flush_all()
        lines = [
            fields.Command.create({"name": name, **self._run(check)})
            for name, check in self._checks()
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set-up of Gmail 2-Way Sync"),
            "res_model": self._name,
            "res_id": self.create({"line_ids": lines}).id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _checks(self):
        return (
            (self.env._("Client ID"), self._check_client_id),
            (self.env._("Client secret"), self._check_client_secret),
            (self.env._("Address of this database"), self._check_base_url),
            (self.env._("Google can be reached"), self._check_google),
            (self.env._("Google accepts the client"), self._check_client),
            (self.env._("Key for the tokens"), self._check_key),
            (self.env._("Scheduled actions"), self._check_crons),
            (self.env._("Auto-BCC addresses"), self._check_alias_domain),
            (self.env._("Push"), self._check_push),
        )

    def _run(self, check):
        try:
            outcome, words = check()
        except Exception as error:
            _logger.warning("A check of the set-up broke", exc_info=True)
            outcome, words = _to_do(sentence_of(self.env, error))
        return {"outcome": outcome, "words": words}

    def _parameter(self, name):
        return self.env["gmail.account"]._parameter(name)

    # ------------------------------------------------------------
    # THE CLIENT AT GOOGLE
    # ------------------------------------------------------------

    def _check_client_id(self):
        client_id = self._parameter("client_id")
        if not client_id:
            return _to_do(
                self.env._(
                    "Create an OAuth client in Google's console (see Step by step), "
                    "enter its ID in the settings and save."
                )
            )
        if not console.is_client_id(client_id):
            return _look(
                self.env._(
                    "Google's client IDs look like 1234567890-abc.apps."
                    "googleusercontent.com. Copy it from the console again, without "
                    "spaces around it."
                )
            )
        return _fine(self.env._("It is there and looks like one of Google's."))

    def _check_client_secret(self):
        secret = self._parameter("client_secret")
        if not secret:
            return _to_do(
                self.env._(
                    "Copy the client's secret from Google's console, enter it in the "
                    "settings and save."
                )
            )
        if secret != secret.strip():
            return _to_do(
                self.env._("There are spaces around it. Enter it again without them.")
            )
        return _fine(self.env._("It is there."))

    def _check_base_url(self):
        uri = self.env["gmail.sign.in"]._redirect_uri()
        if not console.is_redirect_uri(uri):
            return _to_do(
                self.env._(
                    "Google leads people back to https addresses with a domain name "
                    "only, and this database believes to be at %(uri)s. Open it by its "
                    "https address as administrator, or set the system parameter "
                    "web.base.url.",
                    uri=uri,
                )
            )
        return _fine(
            self.env._("The client in Google's console needs %(uri)s.", uri=uri)
        )

    def _check_google(self):
        try:
            push.fetch_keys(self.env["gmail.account"]._hosts())
        except errors.TryAgain as error:
            return _to_do(
                self.env._(
                    "This server does not reach Google (%(reason)s). Let it open "
                    "https connections to accounts.google.com and *.googleapis.com.",
                    reason=error.detail,
                )
            )
        return _fine(self.env._("This server reaches Google."))

    def _check_client(self):
        """Google refuses a token that never was, but tells who may not even ask."""
        if not (self._parameter("client_id") and self._parameter("client_secret")):
            return _look(self.env._("Enter client ID and secret first."))
        try:
            # sudo: gmail.account - the client's secret
            self.env["gmail.account"].sudo()._oauth_client().refresh("no-such-token")
        except errors.TokenRefused:
            return _fine(self.env._("Google knows client ID and secret."))
        except errors.ClientRefused as error:
            return _to_do(
                self.env._(
                    "Google does not accept client ID and secret (%(reason)s). Copy "
                    "both again from the same client, or create a new secret.",
                    reason=error.reason or error.detail,
                )
            )
        except errors.GoogleError as error:
            return _look(sentence_of(self.env, error))
        return _look(self.env._("Google gave an answer that it never gives."))

    # ------------------------------------------------------------
    # THIS SERVER AND DATABASE
    # ------------------------------------------------------------

    def _check_key(self):
        vault.decrypt(vault.encrypt("test"))
        # sudo: gmail.account - whether tokens can be read, not which
        accounts = self.env["gmail.account"].sudo()
        live = accounts.search(
            [
                ("state", "=", "connected"),
                ("database_uuid", "=", accounts._database_uuid()),
            ]
        )
        unreadable = live.filtered(lambda account: not account._tokens_or_none())
        if unreadable:
            return _to_do(
                self.env._(
                    "This server has another key than the one that these mailboxes "
                    "were connected with: %(mailboxes)s. Put that key into the "
                    "server's configuration (gmail_two_way_sync_key), or have them "
                    "reconnected.",
                    mailboxes=", ".join(unreadable.mapped("email")),
                )
            )
        if vault.is_configured():
            return _fine(self.env._("It is in the server's configuration."))
        return _fine(
            self.env._(
                "It is a file in this server's data directory, not in the database. "
                "If several hosts serve this database, put it into the configuration "
                "of each (gmail_two_way_sync_key)."
            )
        )

    def _check_crons(self):
        crons = self.env["ir.cron"].browse(
            self.env.ref(f"gmail_two_way_sync.{name}").id for name in CRONS
        )
        off = crons.filtered(lambda cron: not cron.active)
        if off:
            return _to_do(
                self.env._(
                    "Switched off: %(names)s. Switch on again in Settings > Technical "
                    "> Scheduled Actions.",
                    names=", ".join(off.mapped("cron_name")),
                )
            )
        late = fields.Datetime.now() - OVERDUE
        if any(cron.nextcall < late for cron in crons):
            return _to_do(
                self.env._(
                    "They are due for more than an hour. The server has to run them: "
                    "see max_cron_threads in its configuration, at least 1."
                )
            )
        return _fine(self.env._("They are on and run."))

    def _check_alias_domain(self):
        without = (
            self.env["res.company"].sudo().search([("alias_domain_id", "=", False)])
        )
        if without:
            return _look(
                self.env._(
                    "Optional. There is no alias domain for %(companies)s: their "
                    "people have no Auto-BCC address. Set one in Settings > General "
                    "Settings > Alias Domain.",
                    companies=", ".join(without.mapped("name")),
                )
            )
        return _fine(self.env._("Every company has an alias domain."))

    # ------------------------------------------------------------
    # PUSH
    # ------------------------------------------------------------

    def _check_push(self):
        topic = self._parameter("pubsub_topic")
        if not topic:
            return _fine(
                self.env._(
                    "Off: mailboxes are looked at every five minutes. Optional: with "
                    "push, mail is here within seconds."
                )
            )
        if not console.is_topic(topic):
            return _to_do(
                self.env._(
                    "Enter the topic's full name, as in projects/our-project/topics/"
                    "gmail."
                )
            )
        if not self._parameter("push_service_account"):
            return _to_do(
                self.env._(
                    "Enter the email of the service account that the subscription "
                    "authenticates with. Without it every push is refused."
                )
            )
        return self._check_watches(topic)

    def _check_watches(self, topic):
        # sudo: gmail.account - numbers and Google's words about the topic
        accounts = self.env["gmail.account"].sudo()
        live = accounts.search([("state", "=", "connected")])
        troubles = live.filtered("watch_error")
        if troubles:
            return _to_do(
                self.env._(
                    "Google pushes nothing for %(mailbox)s: %(reason)s Most often the "
                    "topic lacks gmail-api-push@system.gserviceaccount.com as "
                    "publisher.",
                    mailbox=troubles[0].email,
                    reason=troubles[0].watch_error,
                )
            )
        last = self._parameter(LAST_PUSH)
        if not last:
            return _look(
                self.env._(
                    "No push has come yet. Once a mailbox was synced, send a mail to "
                    "it. If nothing comes, check the subscription's endpoint and "
                    "that it authenticates with the service account."
                )
            )
        active = live.filtered(lambda account: account.push_state == "active")
        return _fine(
            self.env._(
                "The last push came on %(date)s UTC; %(active)s of %(all)s mailboxes "
                "are watched.",
                date=last,
                active=len(active),
                all=len(live),
            )
        )


class GmailSetupCheckLine(models.TransientModel):
    _name = "gmail.setup.check.line"
    _description = "Finding about the set-up"

    check_id = fields.Many2one("gmail.setup.check", required=True, ondelete="cascade")
    name = fields.Char("What", readonly=True)
    outcome = fields.Selection(
        [("fine", "Fine"), ("look", "Look at it"), ("to_do", "To do")],
        "State",
        readonly=True,
    )
    words = fields.Text("What to do", readonly=True)
