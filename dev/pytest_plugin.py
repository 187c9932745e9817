"""A pytest plugin for `make test`: the web client's bundles, built once for all tours.

A tour runs in a transaction that is rolled back, and with it the JavaScript and CSS
bundles that Odoo built for it: each tour would build them again, for seconds.
"""

import pytest

import odoo.modules.registry
from odoo.tests.common import HttpCase, get_db_name

from dev import browser

# What the backend, the login page and the portal load.
BUNDLES = [
    "web.assets_web",
    "web.assets_frontend_minimal",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_tests",
]


@pytest.fixture(scope="session")
def built_bundles(load_registry):
    """Build the bundles and commit them to this run's own database."""
    with odoo.modules.registry.Registry(get_db_name()).cursor() as cursor:
        qweb = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})["ir.qweb"]
        for name in BUNDLES:
            qweb._get_asset_bundle(name, css=False, js=True).js()
            qweb._get_asset_bundle(name, css=True, js=False).css()


@pytest.fixture(autouse=True, scope="class")
def _bundles_before_tours(request):
    if request.cls and issubclass(request.cls, HttpCase) and browser.find():
        request.getfixturevalue("built_bundles")
