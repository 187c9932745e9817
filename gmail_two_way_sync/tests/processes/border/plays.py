"""Every stock way by which Odoo makes mail that never goes through Gmail (B4).

Each play is a function of a `Scene`. Nothing here knows the addon: the same plays are
recorded in a database that has it and in one that does not.
"""

from datetime import timedelta

from odoo.fields import Command, Datetime

from .scene import ANNA, CUSTOMER

# How many emails a play makes in stock Odoo, by its function.
PLAYS = {}


def play(mails):
    """Register a play that makes this many emails in stock Odoo."""

    def register(function):
        PLAYS[function] = mails
        return function

    return register


# ----------------------------------------------------------------------------
# CHATTER AND COMPOSER
# ----------------------------------------------------------------------------


@play(mails=1)
def note_that_mentions_somebody_outside(scene):
    scene.post(scene.lead(), scene.customer)


@play(mails=1)
def note_that_mentions_a_colleague(scene):
    scene.post(scene.lead(), scene.ben.partner_id)


@play(mails=1)
def comment_to_a_colleague(scene):
    scene.comment(scene.lead(), scene.ben.partner_id)


@play(mails=2)
def comment_of_a_user_without_a_mailbox(scene):
    scene.comment(scene.lead().with_user(scene.ben))


@play(mails=51)
def comment_to_more_than_fifty(scene):
    scene.comment(scene.lead(), scene.crowd(51))


@play(mails=1)
def comment_in_the_name_of_a_colleague(scene):
    scene.comment(scene.lead(), author_id=scene.ben.partner_id.id)


@play(mails=1)
def comment_from_a_shared_address(scene):
    scene.comment(scene.lead(), email_from="sales@else.example")


@play(mails=2)
def comment_of_a_portal_customer(scene):
    lead = scene.lead()
    lead.message_subscribe(scene.customer.ids)
    nobody = scene.env["res.partner"]
    scene.comment(lead.with_user(scene.portal_user()).sudo(), nobody)


@play(mails=1)
def composer_in_mass_mode(scene):
    composer = scene.composer(scene.lead(), composition_mode="mass_mail")
    composer.action_send_mail()


@play(mails=1)
def composer_in_mass_mode_with_template(scene):
    template = {"template_id": scene.template.id}
    composer = scene.composer(scene.lead(), composition_mode="mass_mail", **template)
    composer.action_send_mail()


@play(mails=1)
def composer_on_a_record_without_chatter(scene):
    scene.composer(scene.env.ref("base.be")).action_send_mail()


@play(mails=2)
def scheduled_by_a_user_without_a_mailbox(scene):
    scheduled = scene.env["mail.scheduled.message"].with_user(scene.ben)
    scheduled = scheduled.create(
        {
            "model": "crm.lead",
            "res_id": scene.lead().id,
            "author_id": scene.ben.partner_id.id,
            "body": "<p>Later</p>",
            "subject": "Later",
            "partner_ids": [Command.set(scene.customer.ids)],
            "scheduled_date": Datetime.now() + timedelta(hours=2),
        }
    )
    scheduled.with_user(scene.env.ref("base.user_admin")).post_message()


@play(mails=0)
def discuss_channel(scene):
    channel = scene.env["discuss.channel"].with_user(scene.anna)
    scene.comment(channel.create({"name": "Chairs", "channel_type": "channel"}))


@play(mails=1)
def discuss_invitation(scene):
    channel = scene.env["discuss.channel"].with_user(scene.anna)
    channel._create_group(scene.anna.partner_id.ids).invite_by_email([CUSTOMER])


@play(mails=1)
def followers_wizard(scene):
    lead = scene.lead()
    scene.env["mail.followers.edit"].with_user(scene.anna).create(
        {
            "res_model": lead._name,
            "res_ids": repr(lead.ids),
            "partner_ids": [Command.set(scene.customer.ids)],
            "message": "<p>Have a look</p>",
            "notify": True,
        }
    ).edit_followers()


# ----------------------------------------------------------------------------
# TEMPLATES AND NOTIFICATIONS
# ----------------------------------------------------------------------------


@play(mails=1)
def template_sent_by_code(scene):
    template = scene.template.with_user(scene.anna)
    template.send_mail(scene.lead().id, force_send=True)


@play(mails=1)
def template_in_the_mail_queue(scene):
    scene.template.with_user(scene.anna).send_mail(scene.lead().id)


@play(mails=1)
def message_post_with_source(scene):
    scene.lead().message_post_with_source(
        scene.template, subtype_xmlid="mail.mt_comment"
    )


@play(mails=1)
def message_mail_with_source(scene):
    scene.lead().message_mail_with_source(scene.template, force_send=True)


@play(mails=1)
def send_button_of_an_activity(scene):
    scene.lead().activity_send_mail(scene.template.id)


@play(mails=1)
def message_notify(scene):
    scene.lead().message_notify(body="Notified", partner_ids=scene.customer.ids)


@play(mails=1)
def assignment(scene):
    scene.lead().write({"user_id": scene.ben.id})


@play(mails=1)
def activity_assigned(scene):
    scene.lead().activity_schedule("mail.mail_activity_data_todo", user_id=scene.ben.id)


@play(mails=1)
def activity_done_with_feedback(scene):
    lead = scene.lead()
    subtypes = scene.env.ref("mail.mt_activities")
    lead.message_subscribe(scene.ben.partner_id.ids, subtypes.ids)
    activity = lead.activity_schedule(
        "mail.mail_activity_data_todo", user_id=scene.anna.id
    )
    activity.action_feedback("Done")


@play(mails=2)
def out_of_office(scene):
    now, day = Datetime.now(), timedelta(days=1)
    scene.anna.write(
        {
            "out_of_office_from": now - day,
            "out_of_office_to": now + day,
            "out_of_office_message": "<p>Away</p>",
        }
    )
    of_customer = {"author_id": scene.customer.id, "email_from": CUSTOMER}
    lead = scene.lead().with_user(scene.ben)
    scene.comment(lead, scene.anna.partner_id, **of_customer)
    scene.anna.write({"out_of_office_from": False, "out_of_office_to": False})


# ----------------------------------------------------------------------------
# AUTOMATION
# ----------------------------------------------------------------------------


@play(mails=1)
def server_action_that_posts(scene):
    values = {"state": "mail_post", "template_id": scene.template.id}
    action = scene.action(mail_post_method="comment", **values)
    scene.run_as_anna(action, scene.lead())


@play(mails=1)
def server_action_that_sends(scene):
    values = {"state": "mail_post", "template_id": scene.template.id}
    action = scene.action(mail_post_method="email", **values)
    scene.run_as_anna(action, scene.lead())


@play(mails=1)
def server_action_with_code(scene):
    lead = scene.lead()
    scene.run_as_anna(scene.action(state="code", code=scene.code(lead)), lead)


@play(mails=1)
def automation_rule(scene):
    lead = scene.lead()
    priority = scene.env["ir.model.fields"]._get("crm.lead", "priority")
    rule = scene.action(
        "base.automation",
        trigger="on_write",
        trigger_field_ids=[Command.set(priority.ids)],
    )
    rule.action_server_ids = scene.action(
        state="code",
        code=scene.code(lead),
        usage="base_automation",
        base_automation_id=rule.id,
    )
    lead.write({"priority": "2"})
    rule.active = False


@play(mails=2)
def scheduled_action_of_a_user(scene):
    scene.run_cron(scene.code(scene.lead()), scene.anna)


@play(mails=1)
def scheduled_action_with_template(scene):
    send = f"env['mail.template'].browse({scene.template.id}).send_mail"
    code = f"{send}({scene.lead().id}, force_send=True)"
    scene.run_cron(code, scene.env.ref("base.user_root"))


# ----------------------------------------------------------------------------
# APPLICATIONS
# ----------------------------------------------------------------------------


@play(mails=3)
def mass_mailing(scene):
    people = (scene.customer | scene.dan).ids
    mailing = scene.env["mailing.mailing"].create(
        {
            "name": "News",
            "subject": "News",
            "body_html": '<p><a href="https://shop.example/chairs">News</a></p>',
            "mailing_model_id": scene.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr([("id", "in", people)]),
            "user_id": scene.anna.id,
            "email_from": ANNA,
        }
    )
    mailing.with_user(scene.anna).sudo().action_send_mail()


@play(mails=1)
def calendar_invitation(scene):
    start = Datetime.to_datetime("2099-01-15 10:00:00")
    people = scene.customer | scene.anna.partner_id
    scene.env["calendar.event"].with_user(scene.anna).create(
        {
            "name": "Look at chairs",
            "start": start,
            "stop": start + timedelta(hours=1),
            "partner_ids": [Command.set(people.ids)],
        }
    )


@play(mails=1)
def order_confirmation(scene):
    template = scene.env.ref("sale.mail_template_sale_confirmation")
    template.report_template_ids = False  # not every machine can make PDF files
    scene.order()._send_order_confirmation_mail()


@play(mails=1)
def portal_share(scene):
    order = scene.order()
    scene.env["portal.share"].with_user(scene.anna).create(
        {
            "res_model": order._name,
            "res_id": order.id,
            "partner_ids": [Command.set(scene.customer.ids)],
        }
    ).action_send_mail()


@play(mails=1)
def stage_of_a_project(scene):
    task = scene.task()
    template = scene.env.ref("project.mail_template_data_project_task")
    stage = scene.env["project.task.type"].create(
        {
            "name": "Done",
            "project_ids": [Command.set(task.project_id.ids)],
            "mail_template_id": template.id,
        }
    )
    task.with_user(scene.anna).write({"stage_id": stage.id})


@play(mails=2)
def rating_request(scene):
    template = scene.env.ref("project.rating_project_request_email_template")
    scene.task().with_user(scene.anna).rating_send_request(template)


@play(mails=3)
def rating_of_a_customer(scene):
    task = scene.task()
    task.message_subscribe(scene.dan.ids)
    token = task._rating_get_access_token()
    task.rating_apply(5, token=token, feedback="Fine", subtype_xmlid="mail.mt_comment")


# ----------------------------------------------------------------------------
# THE OTHER SIDE OF THE BORDER
# ----------------------------------------------------------------------------


@play(mails=2)
def comment_to_a_customer_that_a_colleague_follows(scene):
    """The only one that is individual: what the colleague gets is Odoo's."""
    lead = scene.lead()
    lead.message_subscribe(scene.ben.partner_id.ids)
    scene.comment(lead)
