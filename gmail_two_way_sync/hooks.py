def uninstall_hook(env):
    """Revoke every token of this database at Google, erase them here (spec F4).

    Imported messages stay: they are plain ``mail.message`` records.
    """
    env["gmail.account"].search([("state", "!=", "disconnected")])._disconnect()
