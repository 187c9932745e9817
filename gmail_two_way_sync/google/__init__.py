"""Everything that knows Google, and nothing that knows Odoo."""
