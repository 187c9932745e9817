"""A contact with a long correspondence, for `chatter`; runs inside of Odoo's shell."""

import os

from benchmarks._office import ANNA, SANDBOX_URL, connect

MESSAGES = int(os.environ.get("MESSAGES", "30"))
CUSTOMER = "carla@customer.example"


def scene(env) -> None:
    """Make the messages, synced ones where the addon is, and commit."""
    customer = env["res.partner"].create({"name": "Carla", "email": CUSTOMER})
    messages = env["mail.message"].create(
        [letter(customer, number) for number in range(MESSAGES)]
    )
    if SANDBOX_URL in os.environ:
        sync(env, customer, messages)
    admin = env.ref("base.user_admin")
    env["mail.notification"].create(
        [
            {
                "mail_message_id": message.id,
                "res_partner_id": customer.id,
                "notification_type": "email",
                "notification_status": "sent",
                "author_id": admin.partner_id.id,
            }
            for message in messages[::2]
        ]
    )
    env.cr.commit()


def letter(customer, number):
    return {
        "model": "res.partner",
        "res_id": customer.id,
        "message_type": "comment" if number % 2 == 0 else "email",
        "subtype_id": customer.env.ref("mail.mt_comment").id,
        "author_id": (
            customer.env.ref("base.user_admin").partner_id
            if number % 2 == 0
            else customer
        ).id,
        "body": f"<p>Letter {number}</p>",
        "subject": "Offer",
    }


def sync(env, customer, messages):
    """What the addon keeps of the same messages, in the administrator's mailbox."""
    account = connect(env)
    account.write({"user_id": env.ref("base.user_admin").id})
    thread = env["gmail.thread"].create(
        {
            "account_id": account.id,
            "gmail_thread_id": "1",
            "res_model": "res.partner",
            "res_id": customer.id,
            "partner_id": customer.id,
        }
    )
    env["gmail.message"].create(
        [
            {
                "account_id": account.id,
                "gmail_message_id": str(number),
                "thread_id": thread.id,
                "direction": "in" if number % 2 else "out",
                "state": "imported" if number % 2 else "sent",
                "email_from": CUSTOMER if number % 2 else ANNA,
                "email_to": ANNA if number % 2 else CUSTOMER,
                "mail_message_ids": message.ids,
            }
            for number, message in enumerate(messages)
        ]
    )
