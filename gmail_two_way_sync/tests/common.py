"""What the addon's tests share: users, contacts, and a stand-in for Google."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCommon, mail_new_test_user

from gmail_sandbox.server import SandboxServer

from ..rules.subjects import reply_subject

CLIENT_ID = "1234-test.apps.googleusercontent.com"
CLIENT_SECRET = "test-secret"
ANNA = "anna@northwind.example"
BEN = "ben@northwind.example"
CUSTOMER = "carla@customer.example"


def mail(sender, to, subject="Hello", text="Hello there", **headers):
    """A raw message as a mail program writes it; ``headers`` use underscores."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@tagged("post_install", "-at_install")
class GmailCase(MailCommon):
    """Anna and Ben sell; Anna's mailbox is connected to a sandbox of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox = cls.enterClassContext(SandboxServer())
        cls.control = cls.sandbox.control
        cls._set_parameters()
        cls.anna = cls._new_user("anna", "Anna Berg", ANNA)
        cls.ben = cls._new_user("ben", "Ben Holt", BEN)
        cls.customer = cls.env["res.partner"].create(
            {"name": "Carla Custo", "email": CUSTOMER, "user_id": cls.anna.id}
        )

    def setUp(self):
        super().setUp()
        self.control.reset()
        self.control.create_client(
            CLIENT_ID, CLIENT_SECRET, [self.redirect_uri()], project="test"
        )
        self.control.create_account(ANNA, "Anna Berg", kind="workspace")
        self.control.create_account(BEN, "Ben Holt", kind="workspace")
        self.control.create_account(CUSTOMER, "Carla Custo", kind="workspace")

    @classmethod
    def _set_parameters(cls):
        parameters = cls.env["ir.config_parameter"]
        for name, value in (
            ("google_base_url", cls.sandbox.base_url),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ):
            parameters.set_param(f"gmail_two_way_sync.{name}", value)

    @classmethod
    def _new_user(cls, login, name, email):
        return mail_new_test_user(
            cls.env,
            login=login,
            name=name,
            email=email,
            groups="base.group_user,base.group_partner_manager",
            company_id=cls.company_admin.id,
            signature=f"<p>{name}<br>Northwind</p>",
        )

    @classmethod
    def redirect_uri(cls):
        return cls.env["gmail.sign.in"]._redirect_uri()

    # ------------------------------------------------------------
    # WHAT PEOPLE AND WORKERS DO
    # ------------------------------------------------------------

    def connect(self, user, email):
        """Connect a mailbox as its user would, consent page included."""
        session = {}
        sign_in = self.env["gmail.sign.in"].with_user(user)
        page = sign_in._begin(session)
        arrived = self.control.authorize(page, email)
        return sign_in._finish(session, **parameters_of(arrived))

    def run_cron(self, name):
        """Run a scheduled action, by the XML id that it has here or in full."""
        xmlid = name if "." in name else f"gmail_two_way_sync.{name}"
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def sync(self):
        self.run_cron("ir_cron_gmail_sync")

    def send_waiting(self):
        self.run_cron("ir_cron_gmail_send")

    def post(self, record, user, body="<p>Dear Carla</p>", partners=None, **values):
        """Post as the web client does, for the customer unless told otherwise."""
        partners = self.customer if partners is None else partners
        return (
            record.with_user(user)
            .with_context(mail_notify_force_send=True)
            .message_post(
                body=Markup(body),
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partners.ids,
                **values,
            )
        )

    def answer(self, email, text="Fine, thanks", **options):
        """Answer the newest message of a sandbox inbox, as its owner in the webmail."""
        newest = self.control.messages(email, "in:inbox")[0]
        options.setdefault("to", newest["from"])
        options.setdefault("subject", reply_subject(newest["subject"]))
        return self.control.send(email, text=text, reply_to=newest["id"], **options)

    # ------------------------------------------------------------
    # WHAT THEY SEE
    # ------------------------------------------------------------

    def inbox(self, email, query="in:inbox"):
        """Parsed messages of a sandbox mailbox, oldest first."""
        found = self.control.messages(email, query, with_raw=True)[::-1]
        found.sort(key=lambda each: int(each["internal_date"]))
        return [
            message_from_bytes(each["raw"], policy=policy.default) for each in found
        ]

    def rows(self, account, **domain):
        conditions = [(name, "=", value) for name, value in domain.items()]
        return self.env["gmail.message"].search(
            [("account_id", "=", account.id), *conditions]
        )


def parameters_of(url):
    """``state``, ``code`` and ``error`` of the address that Google redirects to."""
    query = parse_qs(urlsplit(url).query)
    return {name: query.get(name, [None])[0] for name in ("state", "code", "error")}
