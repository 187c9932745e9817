"""The demo's records, made inside of Odoo (`odoo shell`), as often as wanted.

Settings are written every time: they hold addresses and ports. Records are made once
and then left alone, so that nothing a person changed in the demo is undone.
"""

import os

from dev import demo_people as people

MODULE = "gmail_demo"
CRON = "gmail_two_way_sync.ir_cron_gmail_sync"


def load(env) -> None:
    """Bring the database to what the demo shows, and commit."""
    # Nobody was assigned anything yesterday: no mail about it.
    env = env(context={**env.context, "mail_auto_subscribe_no_notify": True})
    company = env.ref("base.main_company")
    _connect_to_sandbox(env)
    _company(env, company)
    _quiet_services(env)
    users = {person.login: _user(env, person) for person in people.COLLEAGUES}
    users[""] = env["res.users"]
    companies = {
        key: _company_contact(env, key, *values, users=users)
        for key, values in people.COMPANIES.items()
    }
    contacts = {
        customer.key: _contact(env, customer, companies, users)
        for customer in people.CUSTOMERS
    }
    for key, customer, title, revenue in people.LEADS:
        _lead(env, key, contacts[customer], title, revenue)
    env.cr.commit()


def _keep(env, key: str, model: str, values: dict):
    """Return the record of that key, made from `values` if there is none."""
    record = env.ref(f"{MODULE}.{key}", raise_if_not_found=False)
    if not record:
        record = env[model].create(values)
        env["ir.model.data"].create(
            {
                "module": MODULE,
                "name": key,
                "model": model,
                "res_id": record.id,
                "noupdate": True,
            }
        )
    return record


def _connect_to_sandbox(env) -> None:
    """Write what points Odoo at the sandbox in place of Google."""
    parameters = {
        "web.base.url": os.environ["DEMO_ODOO_URL"],
        "web.base.url.freeze": "True",
        "gmail_two_way_sync.google_base_url": os.environ["DEMO_SANDBOX_URL"],
        "gmail_two_way_sync.client_id": os.environ["DEMO_CLIENT_ID"],
        "gmail_two_way_sync.client_secret": os.environ["DEMO_CLIENT_SECRET"],
        # Services that Odoo sells look at new contacts; they need not see these.
        "iap.endpoint": "http://127.0.0.1:9",
    }
    for key, value in parameters.items():
        env["ir.config_parameter"].sudo().set_param(key, value)
    server = _keep(
        env,
        "mail_server",
        "ir.mail_server",
        {
            "name": "Sandbox",
            "smtp_host": "127.0.0.1",
            "smtp_port": int(os.environ["DEMO_SMTP_PORT"]),
        },
    )
    server.write({"smtp_port": int(os.environ["DEMO_SMTP_PORT"])})


def _company(env, company) -> None:
    domain = _keep(
        env, "alias_domain", "mail.alias.domain", {"name": people.ALIAS_DOMAIN}
    )
    if company.alias_domain_id != domain:
        company.alias_domain_id = domain
    if not env.ref(f"{MODULE}.company", raise_if_not_found=False):
        company.write({"name": people.COMPANY, "email": people.OFFICE})
        env.ref("base.user_admin").partner_id.email = people.OFFICE
        _keep_name(env, "company", company)


def _keep_name(env, key: str, record) -> None:
    """Remember that a record of Odoo's own has been changed by us."""
    env["ir.model.data"].create(
        {
            "module": MODULE,
            "name": key,
            "model": record._name,
            "res_id": record.id,
            "noupdate": True,
        }
    )


def _quiet_services(env) -> None:
    """Let mail move every minute, and keep Odoo from phoning home."""
    for name in (CRON, "mail.ir_cron_mail_scheduler_action"):
        cron = env.ref(name)
        cron.write({"interval_number": 1, "interval_type": "minutes", "active": True})
    for name in (
        "mail.ir_cron_module_update_notification",
        "crm_iap_enrich.ir_cron_lead_enrichment",
    ):
        cron = env.ref(name, raise_if_not_found=False)
        if cron:
            cron.active = False


def _user(env, person: people.Colleague):
    groups = ("base.group_user", "base.group_partner_manager")
    groups += ("sales_team.group_sale_salesman", "project.group_project_user")
    known = [env.ref(name, raise_if_not_found=False) for name in groups]
    user = _keep(
        env,
        f"user_{person.login}",
        "res.users",
        {
            "name": person.name,
            "login": person.login,
            "password": person.login,
            "email": person.email,
            "tz": person.timezone,
            "signature": person.signature,
            "group_ids": [(6, 0, [group.id for group in known if group])],
            "notification_type": "inbox",
        },
    )
    team = env.ref("sales_team.team_sales_department", raise_if_not_found=False)
    if team and user not in team.member_ids:
        team.member_ids |= user
    return user


def _company_contact(env, key, name, domain, owner, *, users):
    return _keep(
        env,
        f"company_{key}",
        "res.partner",
        {
            "name": name,
            "is_company": True,
            "email": f"hello@{domain}",
            "website": f"https://www.{domain}",
            "user_id": users[owner].id,
        },
    )


def _contact(env, customer: people.Customer, companies: dict, users: dict):
    parent = companies.get(customer.company)
    contact = _keep(
        env,
        f"contact_{customer.key}",
        "res.partner",
        {
            "name": customer.name,
            "email": customer.email,
            "function": customer.role,
            "parent_id": parent.id if parent else False,
            "user_id": users[customer.owner].id,
        },
    )
    for number, email in enumerate(customer.other_emails):
        _keep(
            env,
            f"contact_{customer.key}_email_{number}",
            "res.partner.email",
            {"partner_id": contact.id, "email": email},
        )
    return contact


def _lead(env, key, contact, title, revenue) -> None:
    _keep(
        env,
        f"lead_{key}",
        "crm.lead",
        {
            "name": title,
            "type": "opportunity",
            "partner_id": contact.id,
            "user_id": contact.user_id.id,
            "expected_revenue": revenue,
        },
    )
