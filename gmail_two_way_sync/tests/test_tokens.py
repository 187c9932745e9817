"""Tokens: encrypted at rest, in no field that a call can read (F3)."""

import os
import stat
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config

from ..tools import vault
from .common import ANNA, GmailCase


@tagged("post_install", "-at_install")
class TestTokens(GmailCase):
    def setUp(self):
        super().setUp()
        self.account = self.connect(self.anna, ANNA)

    def stored(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT encrypted_tokens FROM gmail_account WHERE id = %s",
            [self.account.id],
        )
        return self.env.cr.fetchone()[0]

    def test_f3_encrypted_at_rest(self):
        tokens = self.account._tokens()
        for secret in (tokens.access_token, tokens.refresh_token):
            self.assertTrue(secret)
            self.assertNotIn(secret, self.stored())

    def test_f3_key_is_not_in_the_database_nor_in_its_filestore(self):
        path = Path(config["data_dir"]) / vault.KEY_FILE
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertNotIn("filestore", path.parts)

    def test_f3_key_of_the_configuration_wins(self):
        other = vault.Fernet.generate_key().decode()
        config.options[vault.KEY_OPTION] = other
        self.addCleanup(config.options.pop, vault.KEY_OPTION, None)
        self.assertEqual(vault.decrypt(vault.encrypt("x")), "x")
        with self.assertRaises(vault.CannotDecrypt):
            self.account._tokens()

    def test_f3_no_call_reads_tokens(self):
        for user in (self.anna, self.ben, self.user_admin):
            account = self.account.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    account.read(["encrypted_tokens"])
                with self.assertRaises(AccessError):
                    account.search([("encrypted_tokens", "like", "a")])
                with self.assertRaises(UserError):
                    account.export_data(["encrypted_tokens"])
        read = self.account.with_user(self.user_admin).read()
        self.assertNotIn("encrypted_tokens", read[0])

    def test_f3_own_connection_only(self):
        accounts = self.env["gmail.account"]
        self.assertEqual(accounts.with_user(self.anna).search([]), self.account)
        self.assertFalse(accounts.with_user(self.ben).search([]))
        self.assertIn(self.account, accounts.with_user(self.user_admin).search([]))
        with self.assertRaises(AccessError):
            self.account.with_user(self.ben).read(["email"])

    def test_f3_user_reads_own_state_without_rights(self):
        mine = self.anna.with_user(self.anna).read(["gmail_email", "gmail_state"])[0]
        self.assertEqual(
            (mine["gmail_email"], mine["gmail_state"]), (ANNA, "connected")
        )
        self.assertFalse(self.anna.with_user(self.ben).gmail_email)

    def test_f3_user_writes_only_the_option(self):
        self.anna.with_user(self.anna).write({"gmail_sync_unassigned": False})
        self.assertFalse(self.account.sync_unassigned)
        with self.assertRaises(AccessError):
            self.account.with_user(self.anna).write({"history_id": "1"})
        with self.assertRaises(AccessError):
            self.account.with_user(self.user_admin).write({"encrypted_tokens": "x"})

    def test_f3_interface_option_on_the_connection_itself(self):
        self.account.with_user(self.anna).write({"sync_unassigned": False})
        self.assertFalse(self.account.sync_unassigned)
        with self.assertRaises(AccessError):
            self.account.with_user(self.anna).write(
                {"sync_unassigned": True, "state": "reconnect"}
            )
        with self.assertRaises(AccessError):
            self.account.with_user(self.ben).write({"sync_unassigned": True})

    def test_f3_portal_user_has_no_mailbox(self):
        portal = self._create_portal_user()
        with self.assertRaises(AccessError):
            portal.with_user(portal).action_gmail_connect()

    def test_f3_another_key_changes_no_state_and_is_said(self):
        config.options[vault.KEY_OPTION] = vault.Fernet.generate_key().decode()
        self.addCleanup(config.options.pop, vault.KEY_OPTION, None)
        before = self.stored()
        self.sync()
        self.assertEqual(self.account.state, "connected")
        self.assertIn("gmail_two_way_sync_key", self.account.last_error)
        self.assertEqual(self.stored(), before)

    def test_f3_refreshed_token_is_kept(self):
        before = self.account._tokens()
        self.control.expire_access_tokens(ANNA)
        self.sync()
        after = self.account._tokens()
        self.assertNotEqual(after.access_token, before.access_token)
        self.assertEqual(after.refresh_token, before.refresh_token)

    def test_f3_copy_of_the_database_is_inert(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.control.clear_requests()
        self.sync()
        self.account._disconnect()
        self.assertFalse(self.control.requests())

    def _create_portal_user(self):
        return self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal_gmail",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
