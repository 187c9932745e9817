from datetime import timedelta

from odoo import api, fields, models

AGAIN_AFTER = timedelta(seconds=5)


class GmailSyncRequest(models.Model):
    """A mailbox to be synced before its scheduled time (F2).

    Rows are only added and deleted, so that asking for a sync never gets in the way of
    the one that is under way.
    """

    _name = "gmail.sync.request"
    _description = "Mailbox to be synced at once"

    account_id = fields.Many2one(
        "gmail.account", required=True, index=True, ondelete="cascade"
    )

    @api.model
    def _ask(self, account):
        """Have a mailbox synced within seconds, and no other one."""
        self.create({"account_id": account.id})
        self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync_requested")._trigger()

    @api.model
    def _cron_sync_requested(self):
        """Scheduled action: sync the mailboxes that a sync was asked for.

        Requests go when the sync that they led to is over; those that came meanwhile,
        or that another worker's sync may have been too early for, lead to one more.
        """
        progress = self.env["ir.cron"]
        requests = self.search([]).grouped("account_id")
        due = self.env["gmail.account"]._due_for_sync()
        accounts = due.filtered(lambda account: account in requests)
        for account in requests.keys() - set(accounts):
            requests[account].unlink()  # the schedule takes it up when it may be
        progress._commit_progress(remaining=len(accounts))
        for account in accounts:
            if account._sync():
                requests[account].unlink()
            if not progress._commit_progress(1):
                break
        if self.search_count([], limit=1):
            self.env.ref("gmail_two_way_sync.ir_cron_gmail_sync_requested")._trigger(
                fields.Datetime.now() + AGAIN_AFTER
            )
