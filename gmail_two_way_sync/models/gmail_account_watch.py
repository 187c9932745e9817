import logging
from datetime import timedelta

from odoo import api, fields, models

from ..google import errors
from ..rules.addresses import match_key
from ..rules.auto_bcc import LOOKED_AT_AGAIN
from ..tools import vault
from .sentences import sentence_of

_logger = logging.getLogger(__name__)

PUSH_ROUTE = "/gmail_two_way_sync/push"
RENEWED_AFTER = timedelta(days=1)
TRIED_AGAIN_AFTER = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(hours=1)
LOOKED_BACK = timedelta(days=1)
# System parameter: when Google last pushed something (UTC), noted once an hour.
LAST_PUSH = "last_push"
NOTED_AGAIN_AFTER = timedelta(hours=1)
# What stands in the way of a watch, but not of reading the mailbox.
WITHOUT_WATCH = (
    errors.Refused,
    errors.NotFound,
    errors.TryAgain,
    errors.OutcomeUnknown,
)


class GmailAccount(models.Model):
    """What has a mailbox synced before its scheduled time: Google's pushes (F2), mail
    to the Auto-BCC address (D4).

    The scheduled sync keeps the watch, under the mailbox's lease, and finds whatever
    no push told of.
    """

    _inherit = "gmail.account"

    watch_topic = fields.Char("Pushes to", readonly=True)
    watch_expiration = fields.Datetime(
        "Pushes until", readonly=True, help="Google's pushes end then if not renewed"
    )
    watch_renew_after = fields.Datetime("Pushes renewed after")
    watch_error = fields.Char("Trouble with pushes", readonly=True)
    push_state = fields.Selection(
        [
            ("off", "Off"),
            ("active", "At once"),
            ("lapsed", "Lapsed: by schedule only"),
        ],
        "Push",
        compute="_compute_push_state",
        help="Whether Google tells of new email at once, or the schedule finds it",
    )

    @api.depends("state", "watch_expiration")
    def _compute_push_state(self):
        topic = self._parameter("pubsub_topic")
        now = fields.Datetime.now()
        for account in self:
            if account.state != "connected" or not topic:
                account.push_state = "off"
                continue
            until = account.watch_topic == topic and account.watch_expiration
            account.push_state = "active" if until and until > now else "lapsed"

    # ------------------------------------------------------------
    # THE WATCH
    # ------------------------------------------------------------

    def _sync_with(self, client):
        self._keep_watch(client)
        return super()._sync_with(client)

    def _keep_watch(self, client):
        """Begin, renew (daily, as Google asks for) or end the watch of a mailbox.

        Trouble with it stops no sync: it is shown, and tried again.
        """
        topic = self._parameter("pubsub_topic")
        now = fields.Datetime.now()
        changed = (self.watch_topic or "") != topic
        if not changed and (not topic or (self.watch_renew_after or now) > now):
            return
        if not changed and self.watch_expiration and self.watch_expiration < now:
            _logger.warning("Mailbox %s: the watch had lapsed", self.id)
        self.env.cr.commit()  # no snapshot grows old while Google is waited for
        try:
            self.write(self._new_watch(client, topic))
        except WITHOUT_WATCH as error:
            self._note_watch_failure(topic, error)
        self._hold()  # commits

    def _new_watch(self, client, topic):
        if not topic:
            client.stop()
            return self._values_of_no_watch()
        watch = client.watch(topic)
        return {
            "watch_topic": topic,
            "watch_expiration": watch.expires_at,
            "watch_renew_after": fields.Datetime.now() + RENEWED_AFTER,
            "watch_error": False,
        }

    @api.model
    def _values_of_no_watch(self):
        return dict.fromkeys(
            ("watch_topic", "watch_expiration", "watch_renew_after", "watch_error"),
            False,
        )

    def _note_watch_failure(self, topic, error):
        _logger.warning("Mailbox %s: no watch (%s)", self.id, error.reason)
        if not topic:  # it ends by itself within a week
            self.write(self._values_of_no_watch())
            return
        self.write(
            {
                "watch_topic": topic,
                "watch_expiration": self.watch_topic == topic and self.watch_expiration,
                "watch_renew_after": fields.Datetime.now() + TRIED_AGAIN_AFTER,
                "watch_error": sentence_of(self._in_language_of_owner().env, error),
            }
        )

    def _stop_watch(self):
        """End Google's pushes (best effort), while the token is still good."""
        self.ensure_one()
        if not self.watch_topic:
            return
        try:
            with self._client() as client:
                client.stop()
        except (errors.GoogleError, vault.CannotDecrypt) as error:
            _logger.info("Mailbox %s: watch not stopped (%s)", self.id, error)

    # ------------------------------------------------------------
    # BEFORE THE SCHEDULED TIME
    # ------------------------------------------------------------

    @api.model
    def _push_audience(self):
        """What a push has to be addressed to: our own address, as Google's default."""
        # sudo: ir.config_parameter - for whoever pushes
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        return self._parameter("push_audience") or f"{base}{PUSH_ROUTE}"

    @api.model
    def _note_push(self, email, history_id):
        """A verified push says that a mailbox changed: ask for its sync.

        Pushes come late, twice and in any order; one up to the cursor is no news.
        """
        self._note_that_push_works()
        account = self.search(
            [
                ("email_key", "=", match_key(email)),
                ("state", "=", "connected"),
                ("database_uuid", "=", self._database_uuid()),
            ]
        )
        if account and history_id > int(account.history_id):
            self.env["gmail.sync.request"]._ask(account)

    @api.model
    def _note_that_push_works(self):
        """Remember when a push came; not each time, as parameters are cached (A9)."""
        now = fields.Datetime.now()
        last = fields.Datetime.to_datetime(self._parameter(LAST_PUSH) or None)
        if not last or last < now - NOTED_AGAIN_AFTER:
            # sudo: ir.config_parameter - for the check of the set-up
            self.env["ir.config_parameter"].sudo().set_param(
                f"gmail_two_way_sync.{LAST_PUSH}", fields.Datetime.to_string(now)
            )

    def _reconsider(self, date):
        """Have what was skipped for want of a contact decided again (D4).

        The copy in Gmail's Sent folder may come before the one to the Auto-BCC address.

        :param date: when the message was sent, naive UTC
        """
        now = fields.Datetime.now()
        rows = self.env["gmail.message"].search(
            [
                ("account_id", "in", self.ids),
                ("state", "=", "skipped"),
                ("reason", "in", LOOKED_AT_AGAIN),
                ("create_date", ">=", max(date - CLOCKS_DIFFER, now - LOOKED_BACK)),
            ]
        )
        if rows:
            rows.write({"state": "pending", "reason": False})
            self.env["gmail.sync.request"]._ask(self)
