from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)

from ..google import search
from ..rules import matching
from ..rules.addresses import spellings
from .res_users import START_ROUTE

OPEN_STATES = ("counting", "ready", "running")
OWNERS_FIELDS = {"partner_id", "period", "date_from", "date_to"}
KEPT = timedelta(days=30)
PERIODS = {
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}


class GmailPastImport(models.Model):
    """The import of a contact's earlier mail from its user's mailbox (E5).

    Draft until a period is chosen; then what there is in it is counted, and on Start
    imported by the scheduled action, step by step::

        draft --> counting --> ready --> running --> done
        any of them --> cancelled; counting, running --> failed
    """

    _name = "gmail.past.import"
    _inherit = ["gmail.importer"]
    _description = "Import of past emails"
    _order = "id desc"

    account_id = fields.Many2one(
        "gmail.account",
        "Mailbox",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        default=lambda self: self.env["gmail.account"].sudo()._live_of(self.env.user),
    )
    account_state = fields.Selection(related="account_id.state")
    partner_id = fields.Many2one(
        "res.partner", "Contact", index="btree_not_null", ondelete="set null"
    )
    period = fields.Selection(
        [
            ("month", "Last month"),
            ("quarter", "Last 3 months"),
            ("year", "Last 12 months"),
            ("all", "Everything"),
            ("dates", "Own dates"),
        ],
        default="quarter",
        required=True,
    )
    date_from = fields.Date("From")
    date_to = fields.Date("To")
    state = fields.Selection(
        [
            ("draft", "Choose a period"),
            ("counting", "Counting"),
            ("ready", "Ready"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    query = fields.Char("Search", readonly=True, help="As Gmail is asked")
    page_token = fields.Char(readonly=True, help="Where the search goes on")
    is_listed = fields.Boolean(
        "Search completed", readonly=True, help="Every message is in the queue"
    )
    found_count = fields.Integer("Found", readonly=True)
    known_count = fields.Integer("Already in Odoo", readonly=True)
    total_count = fields.Integer("To look at", readonly=True)
    read_count = fields.Integer("Looked at", readonly=True)
    imported_count = fields.Integer("Imported", readonly=True)
    skipped_count = fields.Integer("Not imported", readonly=True)
    failed_count = fields.Integer("Failed", readonly=True)
    progress = fields.Integer(compute="_compute_progress")
    retry_after = fields.Datetime(
        "Not before", help="Gmail's quota is shared with the sync and with sending"
    )
    last_step_date = fields.Datetime("Last step", readonly=True)
    error = fields.Char("What went wrong", readonly=True)
    warning = fields.Char(compute="_compute_warning")
    row_ids = fields.One2many("gmail.message", "past_import_id", "Messages")

    _one_at_a_time = models.UniqueIndex(
        "(account_id, partner_id) WHERE state IN ('counting', 'ready', 'running')",
        "Past emails of this contact are being imported already.",
    )

    @api.depends("partner_id", "state")
    def _compute_display_name(self):
        for each in self:
            each.display_name = self.env._(
                "Past emails of %(contact)s",
                contact=each.partner_id.display_name or self.env._("a deleted contact"),
            )

    @api.depends("total_count", "read_count", "imported_count", "state")
    def _compute_progress(self):
        """In percent; a message is half done when it was looked at."""
        for each in self:
            finished = each.imported_count + each.skipped_count + each.failed_count
            steps = each.read_count + finished
            share = 50 * steps // each.total_count if each.total_count else 0
            each.progress = 100 if each.state == "done" else min(share, 99)

    @api.depends("partner_id", "account_id")
    def _compute_warning(self):
        """Why mail of the contact is not imported, or is on another contact."""
        for each in self:
            # sudo: gmail.past.import - the rules look at all contacts
            own = each.sudo()
            each.warning = bool(own.partner_id._email_keys()) and own._what_rules_say()

    @api.constrains("period", "date_from", "date_to")
    def _check_dates(self):
        for each in self.filtered(lambda each: each.period == "dates"):
            if not each.date_from:
                raise ValidationError(self.env._("Choose the first day to import."))
            if each.date_to and each.date_to < each.date_from:
                raise ValidationError(
                    self.env._("The last day is earlier than the first one.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_written(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_written(vals)
        return super().write(vals)

    def _check_written(self, vals):
        """People choose contact and period; the rest happens by itself."""
        if not self.env.su and vals.keys() - OWNERS_FIELDS:
            raise AccessError(self.env._("The import of past emails runs by itself."))
        partner = self.env["res.partner"].browse(vals.get("partner_id") or [])
        partner.check_access("read")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _action_for(self, partner):
        """The dialog for a contact: of the import that is under way, or a new one.

        :raises RedirectWarning: there is no mailbox yet
        :raises UserError: the contact has no address
        """
        # sudo: gmail.account - the own connection
        account = self.env["gmail.account"].sudo()._live_of(self.env.user)
        if not account:
            raise RedirectWarning(
                self.env._("Connect your mailbox first: emails are read from it."),
                {"type": "ir.actions.act_url", "url": START_ROUTE, "target": "self"},
                self.env._("Connect"),
            )
        if not partner._email_keys():
            raise UserError(
                self.env._(
                    "%(contact)s has no email address to look for.",
                    contact=partner.display_name,
                )
            )
        under_way = self._under_way(account, partner)
        return under_way.with_context(default_partner_id=partner.id)._dialog()

    @api.model
    def _under_way(self, account, partner):
        return self.search(
            [
                ("account_id", "=", account.id),
                ("partner_id", "=", partner.id),
                ("state", "in", OPEN_STATES),
            ]
        )

    def _dialog(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import past emails"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {**self.env.context, "dialog_size": "medium"},
        }

    def action_count(self):
        """Begin to count what the chosen period holds; see ``action_count_on``."""
        self.ensure_one()
        self.check_access("write")
        # sudo: gmail.past.import - people write nothing but contact and period
        own = self.sudo()
        other = own._under_way(own.account_id, own.partner_id) - own
        if other:
            return other.sudo(False)._dialog()
        own.write(
            {"state": "counting", "query": own._query(), **own._values_of_search()}
        )
        self.action_count_on()
        return self._dialog()

    def action_change_period(self):
        """Choose another period than the one that was counted."""
        self._leave(("counting", "ready"), "draft")
        return self._dialog()

    def action_start(self):
        """Import what was counted; the scheduled action does it."""
        if self._leave(("ready",), "running"):
            # sudo: gmail.past.import - people write nothing but contact and period
            own = self.sudo()
            own.write({"page_token": False, "is_listed": False})
            own.total_count = own.found_count - own.known_count
            self._trigger()
        return self._dialog()

    def action_cancel(self):
        """Stop; what was imported stays."""
        if self._leave(OPEN_STATES, "cancelled"):
            self._trigger()
        return self._dialog()

    def action_show_messages(self):
        """Why each message was (not) imported."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "gmail_two_way_sync.gmail_message_action"
        )
        return {
            **action,
            "domain": [("past_import_id", "=", self.id)],
            "context": {},
            "target": "current",
        }

    @api.model
    def _cancel_of(self, partners):
        """End the imports of contacts that are merged into another one (E7)."""
        for each in self.search([("partner_id", "in", partners.ids)]):
            each.action_cancel()

    def _leave(self, states, state):
        """Go to another state, if it is one of these; :return: whether it was."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in states:
            return False
        # sudo: gmail.past.import - states change by these actions only
        self.sudo().write({"state": state, "error": False, "retry_after": False})
        return True

    def _values_of_search(self):
        """A search that begins; what was counted counts no more."""
        counted = ("found_count", "known_count") if self.state != "running" else ()
        return {
            **dict.fromkeys(counted, 0),
            "page_token": False,
            "is_listed": False,
            "error": False,
            "retry_after": False,
        }

    @api.model
    def _trigger(self, at=None):
        # sudo: ir.cron - people may have their own import go on
        cron = self.env.ref("gmail_two_way_sync.ir_cron_gmail_past_import").sudo()
        cron._trigger(at)

    # ------------------------------------------------------------
    # WHAT IS LOOKED FOR
    # ------------------------------------------------------------

    def _query(self):
        """Gmail's search for the contact's mail of the period."""
        emails = self.partner_id._emails()
        written = [each for email in emails for each in spellings(email)]
        people = search.with_people(dict.fromkeys(written))
        since, until = self._bounds()
        terms = [people, since and search.after(since), until and search.before(until)]
        return " ".join(filter(None, terms))

    def _bounds(self):
        """From when until when, naive UTC or None; days are those of the user."""
        if self.period == "all":
            return None, None
        if self.period != "dates":
            return fields.Datetime.now() - PERIODS[self.period], None
        zone = ZoneInfo(self.account_id.user_id.tz or "UTC")
        last = self.date_to and self.date_to + timedelta(days=1)
        return _midnight(self.date_from, zone), last and _midnight(last, zone)

    def _what_rules_say(self):
        """What becomes of a mail that the contact writes to the mailbox."""
        directories = self.env["gmail.directory"]
        [(sender, decision)], directory = directories._decide_new_mail(
            self.account_id, self.partner_id._emails()[:1]
        )
        if isinstance(decision, matching.Skip):
            return directories._explain_sender(decision.reason, sender, directory)
        contacts = [target.partner_id for target in decision.targets]
        if self.partner_id.id not in contacts:
            other = self.env["res.partner"].browse(contacts[0])
            return self.env._(
                "%(contact)s has the same address and was created first: new "
                "conversations are imported there. Merge the two, or take the address "
                "away from one.",
                contact=other.display_name,
            )
        return False

    @api.autovacuum
    def _gc_ended(self):
        """Drafts and ended ones go; whether a message is known is in its row."""
        old = fields.Datetime.now() - KEPT
        self.search(
            [("state", "!=", "running"), ("write_date", "<", old)], limit=1000
        ).unlink()


class GmailMessage(models.Model):
    _inherit = "gmail.message"

    past_import_id = fields.Many2one(
        "gmail.past.import",
        "Imported as past mail",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="It was, or will be, imported without notifying anybody",
    )


def _midnight(day, zone):
    """The beginning of a day in a time zone, naive UTC."""
    begin = datetime.combine(day, time.min, zone)
    return begin.astimezone(timezone.utc).replace(tzinfo=None)
