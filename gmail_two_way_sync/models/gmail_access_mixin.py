from odoo import api, models


class GmailAccessMixin(models.AbstractModel):
    """Access that follows other records, as that of messages and activities does (E8).

    Comes after access rights and record rules; models say in ``_permitted`` what
    remains. Searching checks what was found: there is no domain for access to records
    of any model.
    """

    _name = "gmail.access.mixin"
    _description = "Access that follows the access to other records"

    def _permitted(self, operation):
        """The records on which the current user may do ``operation``."""
        raise NotImplementedError

    def _check_access(self, operation):
        result = super()._check_access(operation)
        checked = self - result[0] if result else self
        forbidden = checked - checked._permitted(operation)
        if not forbidden:
            return result
        refused = forbidden | result[0] if result else forbidden
        return refused, lambda: self.env["ir.rule"]._make_access_error(
            operation, refused
        )

    @api.model
    def _search(
        self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs
    ):
        query = super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )
        if self.env.su or bypass_access:
            return query
        found = self.browse(query)
        permitted = set(found._permitted("read")._ids)
        return found.filtered(lambda each: each.id in permitted)._as_query(order)
