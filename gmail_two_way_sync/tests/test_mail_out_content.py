"""What arrives at the customer (B1, B2): the MIME message, item by item."""

import base64

from markupsafe import Markup

from odoo.fields import Command

from odoo.addons.gmail_two_way_sync.rules.headers import SENDING_KEY_HEADER

from .common import ANNA, CUSTOMER, GmailCase

DAN = "dan@customer.example"
EVE = "eve@customer.example"
PIXELS = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


class MailOutCase(GmailCase):
    """Anna and Ben may sell, buy, invoice and work on projects."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.anna | cls.ben).write(
            {
                "group_ids": [
                    Command.link(cls.env.ref(name).id)
                    for name in (
                        "sales_team.group_sale_salesman_all_leads",
                        "purchase.group_purchase_user",
                        "account.group_account_invoice",
                        "project.group_project_user",
                    )
                ]
            }
        )

    def setUp(self):
        super().setUp()
        self.control.create_account(DAN, "Dan Dor", kind="workspace")
        self.control.create_account(EVE, "Eve Ek", kind="workspace")
        self.dan = self.env["res.partner"].create({"name": "Dan Dor", "email": DAN})
        self.account = self.connect(self.anna, ANNA)

    def received(self, record=None, **values):
        """The one message that arrives at the customer when Anna posts."""
        if record is None:
            record = self.customer
        self.post(record, self.anna, **values)
        self.send_waiting()
        [message] = self.inbox(CUSTOMER)
        return message

    def attach(self, name, content, **values):
        """A file as the composer uploads it."""
        return (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create(
                {"name": name, "raw": content, "res_model": "mail.compose.message"}
                | values
            )
        )

    def move_file(self, attachment, place):
        """Have Odoo look for its file elsewhere: no write to an attachment can."""
        attachment.flush_recordset()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s WHERE id = %s",
            (place, attachment.id),
        )
        attachment.invalidate_recordset()


def html_of(message):
    return message.get_body(("html",)).get_content()


def text_of(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


class TestContent(MailOutCase):
    def test_b1_from_is_the_gmail_address(self):
        self.anna.email = "anna.berg@elsewhere.example"
        self.assertEqual(self.received()["From"], f"Anna Berg <{ANNA}>")

    def test_b1_from_is_the_send_as_address_that_was_chosen(self):
        self.control.create_account(
            ANNA, send_as=[{"email": "sales@northwind.example", "verified": True}]
        )
        self.connect(self.anna, ANNA)
        message = self.received(email_from="Anna <sales@northwind.example>")
        self.assertEqual(message["From"], "Anna Berg <sales@northwind.example>")

    def test_b1_one_message_for_all_recipients(self):
        message = self.received(
            partners=self.customer | self.dan, email_cc=f"Eve Ek <{EVE}>"
        )
        self.assertEqual(message["To"], f"Carla Custo <{CUSTOMER}>, Dan Dor <{DAN}>")
        self.assertEqual(message["Cc"], f"Eve Ek <{EVE}>")
        for address in (DAN, EVE):
            [other] = self.inbox(address)
            self.assertEqual(other["Message-ID"], message["Message-ID"])
        self.assertEqual(len(self.inbox(ANNA, "in:sent")), 1)

    def test_b1_bcc_gets_it_and_nobody_sees_so(self):
        message = self.received(email_bcc=EVE)
        self.assertIsNone(message["Bcc"])
        self.assertNotIn(EVE, str(message))
        [hidden] = self.inbox(EVE)
        self.assertEqual(hidden["To"], f"Carla Custo <{CUSTOMER}>")

    def test_b1_any_record_with_a_chatter(self):
        for model, values in (
            ("crm.lead", {"name": "Five chairs", "user_id": self.anna.id}),
            ("project.task", {"name": "Fit the chairs"}),
            ("sale.order", {"partner_id": self.customer.id}),
            ("res.partner", {"name": "Somebody"}),
        ):
            with self.subTest(model=model):
                record = self.env[model].with_user(self.anna).create(values)
                self.post(record, self.anna, body=f"<p>About {model}</p>")
                self.send_waiting()
                self.assertIn(f"About {model}", html_of(self.inbox(CUSTOMER)[-1]))

    def test_b2_nothing_of_odoo_in_the_headers(self):
        message = self.received()
        self.assertIsNone(message["Reply-To"])
        names = {name.lower() for name in message.keys()}
        own = {name for name in names if name.startswith("x-")}
        self.assertEqual(own, {SENDING_KEY_HEADER.lower()})
        self.assertNotIn("return-path", names - {"return-path"})
        self.assertNotIn("odoo", str(message["Message-ID"]).lower())
        self.assertNotIn("list-unsubscribe", names)

    def test_b2_body_as_typed_and_signature_once(self):
        message = self.received(body="<p>Dear Carla</p><p>Best</p>")
        self.assertEqual(
            html_of(message).strip(),
            "<div><p>Dear Carla</p><p>Best</p><div><br>-- <br>"
            "<div><p>Anna Berg<br>Northwind</p></div></div></div>",
        )
        self.assertEqual(
            text_of(message).strip(),
            "Dear Carla\n\nBest\n\n-- \n\nAnna Berg\nNorthwind",
        )

    def test_b2_no_signature_if_the_message_says_so(self):
        message = self.received(email_add_signature=False)
        self.assertNotIn("Northwind", html_of(message))

    def test_b2_signature_once_although_typed(self):
        message = self.received(body="<p>Hi</p><p>Anna Berg<br>Northwind</p>")
        self.assertEqual(html_of(message).count("Northwind"), 1)

    def test_b2_no_header_footer_button_pixel_or_link(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "user_id": self.anna.id}
        )
        html = html_of(self.received(order))
        for foreign in ("<table", "<img", "<a ", "odoo", "unfollow", "View"):
            self.assertNotIn(foreign, html)

    def test_b2_mentions_become_names(self):
        body = Markup(
            '<p>Ask <a class="o_mail_redirect" href="/odoo/res.partner/%s" '
            'data-oe-model="res.partner" data-oe-id="%s">@Ben Holt</a></p>'
        ) % (self.ben.partner_id.id, self.ben.partner_id.id)
        html = html_of(self.received(body=body))
        self.assertIn("<p>Ask @Ben Holt</p>", html)

    def test_b2_inline_image_travels_along(self):
        image = self.attach("chair.png", PIXELS)
        message = self.received(body=f'<p><img src="/web/image/{image.id}"></p>')
        [part] = [p for p in message.walk() if p.get_content_type() == "image/png"]
        cid = part["Content-ID"].strip("<>")
        self.assertIn(f'src="cid:{cid}"', html_of(message))
        self.assertEqual(part.get_content_disposition(), "inline")
        self.assertEqual(part.get_content(), PIXELS)

    def test_b2_inline_image_is_not_attached_twice(self):
        image = self.attach("chair.png", PIXELS)
        message = self.received(
            body=f'<p><img src="/web/image/{image.id}"></p>', attachment_ids=image.ids
        )
        self.assertEqual(list(message.iter_attachments()), [])

    def test_b2_attachments_keep_their_names(self):
        names = ["Größen & Maße.pdf", "見積書.pdf", "plain.txt", 'a "quoted" name.txt']
        files = self.env["ir.attachment"]
        for name in names:
            files |= self.attach(name, name.encode())
        message = self.received(attachment_ids=files.ids)
        found = {
            part.get_filename(): part.get_payload(decode=True).decode()
            for part in message.iter_attachments()
        }
        self.assertEqual(found, dict(zip(names, names, strict=True)))

    def test_b2_b7_attachment_that_is_lost_does_not_leave_empty(self):
        offer = self.attach("offer.pdf", b"Five chairs")
        stored = offer.sudo().store_fname
        self.move_file(offer, "aa/not-there")
        message = self.post(self.customer, self.anna, attachment_ids=offer.ids)
        self.send_waiting()
        self.assertEqual(self.inbox(CUSTOMER), [])
        self.assertIn("“offer.pdf” cannot be found", self.rows(self.account).error)
        self.move_file(offer, stored)
        message.action_gmail_send_again()
        self.send_waiting()
        [received] = self.inbox(CUSTOMER)
        [file] = received.iter_attachments()
        self.assertEqual(file.get_payload(decode=True), b"Five chairs")

    def test_b2_attachment_that_lies_elsewhere_is_a_link(self):
        link = self.attach("plan.pdf", False, type="url", url="https://files.example/")
        message = self.received(attachment_ids=link.ids)
        self.assertEqual(list(message.iter_attachments()), [])
        self.assertIn(f"/web/content/{link.id}?download=1", html_of(message))
        self.assertIn(link.access_token, html_of(message))

    def test_b2_big_attachments_do_not_become_links(self):
        self.env["ir.config_parameter"].set_param("base.default_max_email_size", "1")
        big = self.attach("big.bin", bytes(2 * 1024 * 1024))
        message = self.received(attachment_ids=big.ids)
        [part] = message.iter_attachments()
        self.assertEqual(part.get_filename(), "big.bin")
        self.assertNotIn("/web/content", html_of(message))

    def test_b2_internationalized_domain(self):
        self.customer.email = "carla@käufer.example"
        self.post(self.customer, self.anna)
        self.send_waiting()
        [sent] = self.control.messages(ANNA, "in:sent", with_raw=True)
        self.assertIn(b"carla@xn--kufer-gra.example", sent["raw"])

    def test_b2_header_values_of_hostile_names(self):
        self.customer.name = "Carla\r\nBcc: eve@customer.example"
        message = self.received(subject="Offer\r\nX-Evil: 1")
        self.assertIsNone(message["X-Evil"])
        self.assertEqual(message["Subject"], "Offer X-Evil: 1")
        self.assertEqual(self.inbox(EVE), [])

    def test_b2_every_address_of_a_contact(self):
        self.customer.email = f"{CUSTOMER}, {EVE}"
        message = self.received()
        self.assertEqual(
            message["To"], f"Carla Custo <{CUSTOMER}>, Carla Custo <{EVE}>"
        )

    def test_b2_fifty_recipients(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@far.example"} for n in range(49)]
        )
        message = self.received(partners=self.customer | partners)
        self.assertEqual(len(message["To"].addresses), 50)
