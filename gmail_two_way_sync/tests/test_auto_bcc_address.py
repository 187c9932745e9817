"""Every internal user has an own Auto-BCC address (D1), until uninstalling (F4)."""

from odoo.exceptions import AccessError
from odoo.tests import Form

from ..hooks import uninstall_hook
from .auto_bcc import NEW, AutoBccCase


class TestAutoBccAddress(AutoBccCase):
    def test_d1_own_unguessable_address_on_the_company_domain(self):
        addresses = [self.anna.auto_bcc_address, self.ben.auto_bcc_address]
        self.assertEqual(len(set(addresses)), 2)
        for address in addresses:
            local, _at, domain = address.partition("@")
            self.assertEqual(domain, self.company_admin.alias_domain_id.name)
            self.assertRegex(local, r"^bcc-[0-9a-f]{20}$")

    def test_d1_internal_users_only(self):
        portal = self._create_portal_user()
        self.assertFalse(portal.auto_bcc_address)
        portal.group_ids = self.env.ref("base.group_user")
        self.assertTrue(portal.auto_bcc_address)

    def test_d1_archived_users_have_none(self):
        self.anna.active = False
        self.assertFalse(self.alias())
        self.anna.active = True
        self.assertTrue(self.alias())

    def test_d1_deleted_users_have_none(self):
        self.ben.unlink()
        self.env.flush_all()
        self.assertFalse(
            self.env["mail.alias"].search([("alias_full_name", "=", self.address)])
            - self.alias()
        )
        self.assertFalse(self.alias(self.ben))

    def test_d1_follows_the_company(self):
        local = self.address.partition("@")[0]
        self.anna.write(
            {"company_ids": [(4, self.company_2.id)], "company_id": self.company_2.id}
        )
        self.assertEqual(
            self.anna.auto_bcc_address, f"{local}@{self.mail_alias_domain_c2.name}"
        )

    def test_d1_follows_the_company_domain(self):
        local = self.address.partition("@")[0]
        domain = self.env["mail.alias.domain"].create({"name": "new.northwind.example"})
        self.company_admin.alias_domain_id = domain
        self.assertEqual(self.anna.auto_bcc_address, f"{local}@new.northwind.example")

    def test_d1_without_alias_domain_no_address(self):
        self.company_admin.alias_domain_id = False
        self.assertFalse(self.anna.auto_bcc_address)
        with Form(
            self.anna.with_user(self.anna), "base.view_users_form_simple_modif"
        ) as form:
            self.assertFalse(form.auto_bcc_address)

    def test_d1_kept_until_renewed(self):
        self.anna.name = "Anna Berg-Meier"
        self.assertEqual(self.anna.auto_bcc_address, self.address)
        self.anna.with_user(self.anna).action_renew_auto_bcc()
        self.assertNotEqual(self.anna.auto_bcc_address, self.address)
        self.assertEqual(len(self.alias()), 1)

    def test_d1_renewed_by_its_owner_or_an_administrator(self):
        with self.assertRaises(AccessError):
            self.anna.with_user(self.ben).action_renew_auto_bcc()
        self.anna.with_user(self.user_admin).action_renew_auto_bcc()
        self.assertNotEqual(self.anna.auto_bcc_address, self.address)

    def test_d1_old_address_takes_nothing(self):
        self.anna.action_renew_auto_bcc()
        with self.assertRaises(ValueError):  # as for every unknown address of Odoo
            self.deliver(self.sent_mail(), to=self.address)
        self.assertFalse(self.contacts(NEW))

    def test_d1_seen_by_its_owner(self):
        self.assertTrue(self.anna.with_user(self.anna).auto_bcc_address)
        self.assertFalse(self.anna.with_user(self.ben).auto_bcc_address)
        seen = self.env["mail.alias"].with_user(self.ben).search([])
        self.assertEqual(seen.auto_bcc_user_id, self.ben)

    def test_d1_is_an_alias_to_odoo(self):
        found = self.env["mail.alias.domain"]._find_aliases([self.address, NEW])
        self.assertEqual(found, [self.address])

    def test_d2_own_addresses_in_the_preferences(self):
        anna = self.anna.with_user(self.anna)
        anna.own_addresses = "anna@home.example\nA. Berg <ab@northwind.example>"
        self.assertEqual(
            self.anna.partner_id.other_email_ids.mapped("email"),
            ["anna@home.example", "ab@northwind.example"],
        )
        anna.own_addresses = "ab@northwind.example"
        self.assertEqual(
            self.anna.partner_id.other_email_ids.mapped("email"),
            ["ab@northwind.example"],
        )

    def test_f4_uninstalling_removes_the_addresses(self):
        uninstall_hook(self.env)
        self.assertFalse(
            self.env["mail.alias"].search([("auto_bcc_user_id", "!=", False)])
        )
