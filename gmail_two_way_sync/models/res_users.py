from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..rules.addresses import is_consumer, match_key

OWN_FIELDS = (
    "gmail_account_id",
    "gmail_email",
    "gmail_state",
    "gmail_connected_date",
    "gmail_last_sync_date",
    "gmail_last_error",
    "gmail_sent_last_day",
    "gmail_limit",
    "gmail_is_consumer",
)
START_ROUTE = "/gmail_two_way_sync/oauth/start"


class ResUsers(models.Model):
    _inherit = "res.users"

    gmail_account_id = fields.Many2one(
        "gmail.account", "Mailbox", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_email = fields.Char(
        "Gmail address", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_state = fields.Selection(
        [
            ("connected", "Connected"),
            ("reconnect", "Reconnect needed"),
            ("disconnected", "Not connected"),
        ],
        "Email sync",
        compute="_compute_gmail_account",
        compute_sudo=True,
    )
    gmail_connected_date = fields.Datetime(
        "Connected since", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_last_sync_date = fields.Datetime(
        "Last sync", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_last_error = fields.Char(
        "Trouble", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_sent_last_day = fields.Integer(
        "Sent in the last 24 hours", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_limit = fields.Integer(
        "Daily limit", compute="_compute_gmail_account", compute_sudo=True
    )
    gmail_is_consumer = fields.Boolean(
        compute="_compute_gmail_account",
        compute_sudo=True,
        help="It is a free Gmail address, not one of a Workspace",
    )
    gmail_sync_unassigned = fields.Boolean(
        "Sync unassigned contacts",
        compute="_compute_gmail_account",
        inverse="_inverse_gmail_sync_unassigned",
        compute_sudo=True,
        help="Also sync email with contacts that have no salesperson",
    )

    gmail_login_key = fields.Char(
        "Login as compared",
        compute="_compute_gmail_login_key",
        store=True,
        index="btree_not_null",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [*OWN_FIELDS, "gmail_sync_unassigned"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["gmail_sync_unassigned"]

    @api.depends("login")
    def _compute_gmail_login_key(self):
        for user in self:
            user.gmail_login_key = match_key(user.login or "")

    @api.depends_context("uid")
    def _compute_gmail_account(self):
        """The live connection; of somebody else's only administrators see any."""
        may_see_all = (
            self.env["res.users"].browse(self.env.uid).has_group("base.group_system")
        )
        live = {
            account.user_id.id: account
            for account in self.env["gmail.account"].search(
                [("user_id", "in", self.ids), ("state", "!=", "disconnected")]
            )
        }
        for user in self:
            account = self.env["gmail.account"]
            if may_see_all or user.id == self.env.uid:
                account = live.get(user.id, account)
            user.gmail_account_id = account
            user.gmail_email = account.email
            user.gmail_state = account.state or "disconnected"
            user.gmail_connected_date = account.connected_date
            user.gmail_last_sync_date = account.last_sync_date
            user.gmail_last_error = account.trouble
            user.gmail_sent_last_day = account.sent_last_day
            user.gmail_is_consumer = is_consumer(account.email or "")
            user.gmail_limit = account and account._limit()
            user.gmail_sync_unassigned = account.sync_unassigned

    def _inverse_gmail_sync_unassigned(self):
        for user in self:
            # sudo: gmail.account - an option of the user's own connection
            account = self.env["gmail.account"].sudo()._live_of(user)
            account.sync_unassigned = user.gmail_sync_unassigned

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """One section on the user form and in the preferences (A1)."""
        arch, view = super()._get_view(view_id, view_type, **options)
        for place in arch.xpath("//page//group[group[@name='other_preferences']]"):
            mailbox = self.env.ref("gmail_two_way_sync.res_users_view_form_mailbox")
            # sudo: ir.ui.view - as for every view that a user gets
            for section in mailbox.sudo()._get_combined_arch():
                place.addnext(section)
        return arch, view

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: gmail.account - who may archive a user ends the user's connection
            self.env["gmail.account"].sudo()._live_of(self)._disconnect()
        return result

    def unlink(self):
        # sudo: gmail.account - who may delete a user ends the user's connection
        self.env["gmail.account"].sudo()._live_of(self)._disconnect()
        return super().unlink()

    def _own_email_keys(self):
        """All addresses of this user as they are compared, the mailbox's, too (D2)."""
        # sudo: gmail.account - own addresses decide whose mail it is for everybody
        account = self.env["gmail.account"].sudo()._live_of(self)
        of_mailbox = account._own_keys() if account else frozenset()
        own = self.partner_id._email_keys() | of_mailbox | {self.gmail_login_key}
        return own - {""}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_gmail_connect(self):
        """Lead the user to Google's account chooser and permission page (A2)."""
        self._check_gmail_own()
        self._check_gmail_configured()
        return {
            "type": "ir.actions.act_url",
            "url": self._gmail_authorization_url() or START_ROUTE,
            "target": "self",
        }

    def action_gmail_change_account(self):
        """Like connecting; the old connection ends when the new one is live (A6)."""
        return self.action_gmail_connect()

    def action_gmail_disconnect(self):
        """End the connection of this user (A7); administrators may do it for others."""
        # sudo: gmail.account - whose it is, is checked by action_disconnect
        account = self.env["gmail.account"].sudo()._live_of(self)
        return account.sudo(False).action_disconnect()

    def action_gmail_sync_now(self):
        """Sync the mailbox of this user before returning."""
        return self.gmail_account_id.action_sync_now()

    def _gmail_authorization_url(self):
        """Google's page for this browser session, if the call comes from one.

        Calls that come without a browser's session get the address of a page that
        starts the sign-in in the session that opens it.
        """
        if not request or request.session.uid != self.env.uid:
            return None
        return self.env["gmail.sign.in"]._begin(request.session)

    def _check_gmail_own(self):
        if (self and self != self.env.user) or not self.env.user._is_internal():
            raise AccessError(self.env._("You can only connect your own mailbox."))

    def _check_gmail_configured(self):
        accounts = self.env["gmail.account"]
        if not (
            accounts._parameter("client_id") and accounts._parameter("client_secret")
        ):
            raise UserError(
                self.env._(
                    "Google is not set up yet. An administrator has to enter client id "
                    "and secret in Settings > General Settings > Gmail 2-Way Sync."
                )
            )
