"""What can be told of Google's console beforehand (A9)."""

from ...google import console
from ..rules.common import TableCase


class TestConsole(TableCase):
    def test_a9_client_id(self):
        table = [
            ("1234567890-abc_d-9.apps.googleusercontent.com", True),
            ("1234567890-abc.apps.googleusercontent.com ", False),
            ("GOCSPX-secret", False),
            ("https://1-a.apps.googleusercontent.com", False),
            ("", False),
        ]
        self.check(console.is_client_id, table)

    def test_a9_topic(self):
        table = [
            ("projects/our-project/topics/gmail", True),
            ("projects/example.com:our-project/topics/gmail", True),
            ("gmail", False),
            ("projects/our-project/subscriptions/gmail", False),
        ]
        self.check(console.is_topic, table)

    def test_a9_redirect_uri(self):
        table = [
            ("https://odoo.example.com/x", True),
            ("http://odoo.example.com/x", False),
            ("https://odoo/x", False),
            ("https://192.0.2.7/x", False),
            ("http://192.0.2.7:8069/x", False),
            ("http://localhost:8069/x", True),
            ("http://127.0.0.1:8069/x", True),
            ("http://[::1]:8069/x", True),
            ("", False),
        ]
        self.check(console.is_redirect_uri, table)
