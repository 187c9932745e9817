def post_init_hook(env):
    """Give every internal user an Auto-BCC address (spec D1)."""
    env["res.users"].search([])._keep_auto_bcc()


def uninstall_hook(env):
    """Revoke every token of this database at Google, erase them here (spec F4).

    The Auto-BCC addresses go. Imported messages stay: they are plain ``mail.message``
    records. What waits to be sent has failed: Odoo's own queue would take it over.
    """
    env["gmail.message"]._fail_waiting()
    env["mail.alias"].search([("auto_bcc_user_id", "!=", False)]).unlink()
    env["gmail.account"].search([("state", "!=", "disconnected")])._disconnect()
