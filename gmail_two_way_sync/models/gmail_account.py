import json
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..google.client import GmailClient
from ..google.errors import GoogleError
from ..google.hosts import Hosts
from ..google.oauth import OAuthClient, Tokens
from ..rules.addresses import match_key
from ..tools import vault

_logger = logging.getLogger(__name__)

LIVE_STATES = ("connected", "reconnect")
OWNERS_FIELDS = {"sync_unassigned"}
ADMINISTRATORS_FIELDS = OWNERS_FIELDS | {
    "daily_limit",
    "history_id",
    "lease_until",
    "retry_after",
    "watch_renew_after",
}


class GmailAccount(models.Model):
    """A mailbox that a user connected.

    Its state changes only through the transitions below::

        (none) --_connect--> connected --_need_reconnect--> reconnect --_connect-->
        connected / reconnect --_disconnect--> disconnected --_connect--> connected
    """

    _name = "gmail.account"
    _inherit = ["gmail.importer"]
    _description = "Gmail mailbox"
    _rec_name = "email"
    _order = "state, email, id"

    user_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="set null",
        readonly=True,
        help="Empty once the user is deleted; what was synced stays",
    )
    email = fields.Char("Address", required=True, readonly=True)
    email_key = fields.Char(
        compute="_compute_email_key",
        store=True,
        index=True,
        help="The address as it is compared (upper case and Gmail's dots aside)",
    )
    google_subject = fields.Char(
        "Google's account id", readonly=True, groups="base.group_system"
    )
    state = fields.Selection(
        [
            ("connected", "Connected"),
            ("reconnect", "Reconnect needed"),
            ("disconnected", "Disconnected"),
        ],
        default="disconnected",
        required=True,
        readonly=True,
        index=True,
    )
    history_id = fields.Char(
        "Cursor",
        readonly=True,
        help="Gmail's position up to which changes of the mailbox were looked at",
    )
    connected_date = fields.Datetime("Connected since", readonly=True)
    last_sync_date = fields.Datetime("Last sync", readonly=True)
    last_error = fields.Char("Trouble", readonly=True)
    trouble = fields.Char(compute="_compute_trouble", compute_sudo=True)
    retry_after = fields.Datetime(
        "Not before", help="Gmail asked to be left alone until then"
    )
    sync_unassigned = fields.Boolean(
        "Sync unassigned contacts",
        default=True,
        help="Also sync email with contacts that have no salesperson",
    )
    database_uuid = fields.Char(readonly=True, groups="base.group_system")
    encrypted_tokens = fields.Text(
        groups=fields.NO_ACCESS, copy=False, prefetch=False, readonly=True
    )
    thread_ids = fields.One2many("gmail.thread", "account_id", "Conversations")
    thread_count = fields.Integer("Conversation count", compute="_compute_thread_count")

    _one_live_user_per_mailbox = models.UniqueIndex(
        "(email_key) WHERE state IN ('connected', 'reconnect')",
        "This mailbox is already connected by another user.",
    )
    _one_live_mailbox_per_user = models.UniqueIndex(
        "(user_id) WHERE state IN ('connected', 'reconnect')",
        "This user already has a connected mailbox.",
    )

    @api.depends("email")
    def _compute_email_key(self):
        for account in self:
            account.email_key = match_key(account.email or "")

    @api.depends("state", "last_error", "database_uuid")
    @api.depends_context("lang")
    def _compute_trouble(self):
        """Why it does not sync or send as people expect (A9, F3)."""
        for account in self:
            is_idle = (
                account.state in LIVE_STATES and not account._is_of_this_database()
            )
            account.trouble = self._of_original() if is_idle else account.last_error

    def _compute_thread_count(self):
        counts = dict(
            # sudo: gmail.thread - a number of conversations discloses none of them
            self.env["gmail.thread"]
            .sudo()
            ._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"])
        )
        for account in self:
            account.thread_count = counts.get(account.sudo(), 0)

    def write(self, vals):
        """Owners set their options, administrators limits and times as well."""
        if not self.env.su:
            is_administrator = self.env.user.has_group("base.group_system")
            allowed = ADMINISTRATORS_FIELDS if is_administrator else OWNERS_FIELDS
            if vals.keys() - allowed:
                raise AccessError(
                    self.env._("State and tokens of a mailbox change by themselves.")
                )
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sync_now(self):
        """Sync these mailboxes before returning, as the scheduled action would.

        :raises UserError: the sync could not run; says why
        """
        self._check_owner_or_administrator()
        # sudo: gmail.account - owners may not write the cursor themselves
        for account in self.sudo():
            if account._may_be_claimed():
                account._sync_in_turn()
            if account.trouble:
                raise UserError(account.trouble)
        return True

    def action_disconnect(self):
        """End the connection: the owner's own, or anybody's by an administrator."""
        self._check_owner_or_administrator()
        # sudo: gmail.account - tokens and state are nobody's to write
        self.sudo()._disconnect()
        return True

    def _check_owner_or_administrator(self):
        if not self.env.user.has_group("base.group_system") and (
            self.sudo().user_id - self.env.user
        ):
            raise AccessError(self.env._("You can only do this for your own mailbox."))

    # ------------------------------------------------------------
    # STATE OF THE CONNECTION
    # ------------------------------------------------------------

    @api.model
    def _connect(self, user, grant, profile, own_addresses):
        """Make ``user``'s mailbox live; another live one of that user ends (A6).

        :param grant: google.oauth.Grant with all permissions and a refresh token
        :param profile: google.client.Profile of the mailbox, read just now
        :param own_addresses: verified send-as addresses of the mailbox
        :raises UserError: the mailbox is live for somebody else (A4)
        :return: the connection
        """
        key = match_key(profile.email)
        self._check_free(user, key)
        account = self.search(
            [("user_id", "=", user.id), ("email_key", "=", key)],
            order="id desc",
            limit=1,
        )
        previous = self._live_of(user) - account
        previous._end()
        previous.flush_recordset()  # one live mailbox per user, at every moment
        account = account or self.create({"user_id": user.id, "email": profile.email})
        if not account._is_of_this_database():
            self.env["gmail.message"]._leave_to_original(account)
        account.write(account._values_of_connection(grant, profile, own_addresses))
        self.env.flush_all()
        previous._revoke()
        # What failed meanwhile leaves, what arrived meanwhile is caught up (A8).
        self.env["gmail.message"]._resume(account)
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync")._trigger()
        return account

    @api.model
    def _live_of(self, users):
        """The live connections of some users, one each (A4)."""
        return self.search([("user_id", "in", users.ids), ("state", "in", LIVE_STATES)])

    def _check_free(self, user, key):
        taken = self.search(
            [
                ("email_key", "=", key),
                ("state", "in", LIVE_STATES),
                ("user_id", "!=", user.id),
            ],
            limit=1,
        )
        if taken:
            raise UserError(
                self.env._(
                    "%(address)s is already connected by %(user)s. A mailbox can "
                    "be connected by one person only: choose another account, or "
                    "ask %(user)s to disconnect it first.",
                    address=taken.email,
                    user=taken.user_id.name,
                )
            )

    def _values_of_connection(self, grant, profile, own_addresses):
        values = {
            "email": profile.email,
            "google_subject": grant.subject,
            "state": "connected",
            "database_uuid": self._database_uuid(),
            "encrypted_tokens": self._encrypt(grant.tokens),
            "send_as": json.dumps(sorted(own_addresses)),
            "send_as_date": fields.Datetime.now(),
            "last_error": False,
            "retry_after": False,
            "watch_renew_after": False,  # a watch may have ended with the old token
        }
        if self.state == "disconnected":
            # From now on (A5, A7); a connection that only lost its token
            # catches up from its own cursor instead (A6, A8).
            values["history_id"] = str(profile.history_id)
            values["connected_date"] = fields.Datetime.now()
            values["last_sync_date"] = False
        return values

    def _disconnect(self):
        """Revoke Google's tokens (best effort) and forget them here (A7)."""
        live = self.filtered(lambda account: account.state in LIVE_STATES)
        live._revoke()
        live._end()

    def _end(self):
        self.write({"state": "disconnected", "retry_after": False, "last_error": False})

    def _revoke(self):
        """Revoke and erase the tokens of these connections.

        Google ends every token that the mailbox gave to this project, so a mailbox
        that has another live connection here only forgets its own (A3), and a copy
        of the database never revokes what the original still uses (F3).
        """
        for account in self:
            tokens = account._tokens_or_none()
            if tokens and account._is_of_this_database():
                self._revoke_unless_live(account, tokens)
        self.write({"encrypted_tokens": False, **self._values_of_no_watch()})

    @api.model
    def _revoke_unless_live(self, account, tokens):
        others = Domain("email_key", "=", account.email_key) & Domain(
            "state", "in", LIVE_STATES
        )
        if self.search_count(others & Domain("id", "!=", account.id), limit=1):
            return
        account._stop_watch()
        try:
            self._oauth_client().revoke(tokens.refresh_token or tokens.access_token)
        except GoogleError as error:
            _logger.info("Mailbox %s: not revoked (%s)", account.id, error.reason)

    def _need_reconnect(self):
        """Google refuses the refresh token: ask the user to reconnect, once (A8)."""
        self.ensure_one()
        if self.state != "connected":
            return
        sentence = self._in_language_of_owner().env._(
            "Google no longer accepts the connection to %(address)s (password "
            "changed, access withdrawn or expired). Reconnect it in your "
            "preferences; what arrives meanwhile will be caught up.",
            address=self.email,
        )
        self.write({"state": "reconnect", "last_error": sentence})
        self.user_id.partner_id.sudo().message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.env._("Reconnect your mailbox"),
            body=sentence,
            force_send=False,
        )

    def _in_language_of_owner(self):
        return self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)

    # ------------------------------------------------------------
    # TOKENS AND GOOGLE
    # ------------------------------------------------------------

    @api.model
    def _parameter(self, name, default=""):
        # sudo: ir.config_parameter - ours are for administrators to read
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param(f"gmail_two_way_sync.{name}") or default

    @api.model
    def _database_uuid(self):
        # sudo: ir.config_parameter - ours are for administrators to read
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    def _is_of_this_database(self):
        """Whether it was connected here, not in the database this is a copy of."""
        self.ensure_one()
        return self.database_uuid == self._database_uuid()

    @api.model
    def _of_original(self):
        return self.env._(
            "This database is a copy: here the mailbox is not synced, and messages "
            "leave by the standard servers. Connect it again to use it here, too."
        )

    @api.model
    def _hosts(self):
        return Hosts.from_base_url(self._parameter("google_base_url"))

    @api.model
    def _oauth_client(self):
        return OAuthClient(
            self._hosts(),
            self._parameter("client_id"),
            self._parameter("client_secret"),
        )

    def _client(self):
        """A client for this mailbox; close it, and ``_keep_tokens`` after using it.

        :raises vault.CannotDecrypt: the server lacks the key
        """
        return self._client_with(self._tokens())

    @api.model
    def _client_with(self, tokens):
        """A client for the mailbox that these ``google.oauth.Tokens`` are of."""
        return GmailClient(
            hosts=self._hosts(),
            client_id=self._parameter("client_id"),
            client_secret=self._parameter("client_secret"),
            tokens=tokens,
        )

    def _keep_tokens(self, client):
        if client.tokens_changed:
            self.encrypted_tokens = self._encrypt(client.tokens)

    @api.model
    def _encrypt(self, tokens):
        return vault.encrypt(
            json.dumps(
                {
                    "access_token": tokens.access_token,
                    "expires_at": fields.Datetime.to_string(tokens.expires_at),
                    "refresh_token": tokens.refresh_token,
                }
            )
        )

    def _tokens(self):
        if not self.encrypted_tokens:
            raise vault.CannotDecrypt
        values = json.loads(vault.decrypt(self.encrypted_tokens))
        values["expires_at"] = fields.Datetime.to_datetime(values["expires_at"])
        return Tokens(**values)

    def _tokens_or_none(self):
        try:
            return self._tokens()
        except vault.CannotDecrypt:
            return None
