from odoo import fields, models
from odoo.tools import SQL


class GmailMessageReport(models.Model):
    """How many messages a mailbox brought and sent, by day; for administrators (A9).

    Numbers only, and of messages on records only: nobody's private mail shows (E8).
    """

    _name = "gmail.message.report"
    _description = "Statistics of synced email"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "day"
    _depends = {
        "gmail.message": ["account_id", "date", "direction", "sending_key", "state"],
        "gmail.account": ["user_id"],
    }

    account_id = fields.Many2one("gmail.account", "Mailbox", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    day = fields.Date(readonly=True)
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], readonly=True)
    origin = fields.Selection(
        [("odoo", "Written in Odoo"), ("gmail", "Came from Gmail")], readonly=True
    )
    message_count = fields.Integer("Emails", readonly=True, aggregator="sum")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(message.id) AS id,
                   message.account_id,
                   account.user_id,
                   message.date::date AS day,
                   message.direction,
                   CASE WHEN message.sending_key IS NULL THEN 'gmail' ELSE 'odoo' END
                       AS origin,
                   COUNT(*) AS message_count
              FROM gmail_message message
              JOIN gmail_account account ON account.id = message.account_id
             WHERE message.state IN ('imported', 'sent') AND message.date IS NOT NULL
             GROUP BY message.account_id, account.user_id, message.date::date,
                   message.direction, message.sending_key IS NULL
            """
        )
