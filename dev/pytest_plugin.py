"""A pytest plugin for `make test`: files for each worker, bundles for all its tours."""

import os
import shutil
from pathlib import Path
from unittest import mock

import pytest

import odoo.modules.registry
from odoo.tests.common import HttpCase, get_db_name
from odoo.tools import config

from dev import browser

# What the backend, the login page and the portal load.
BUNDLES = [
    "web.assets_web",
    "web.assets_frontend_minimal",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_tests",
]


@pytest.fixture(scope="session", autouse=True)
def own_files(load_registry):
    """Give a worker of pytest-xdist, which has a database of its own, its own files.

    pytest-odoo lets the workers share one folder of files. But at the end of each class
    Odoo removes new files that the database does not know: the other worker's.
    """
    shared = Path(config.filestore(get_db_name()))
    own = shared.with_name(get_db_name())
    if own == shared:
        yield
        return
    # Odoo never changes a stored file, it only adds and removes: links do.
    shutil.copytree(shared, own, copy_function=os.link, dirs_exist_ok=True)
    with mock.patch.object(config, "filestore", return_value=str(own)):
        yield
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def built_bundles(own_files):
    """Build the bundles and commit them to this run's own database.

    A tour runs in a transaction that is rolled back, and with it the JavaScript and CSS
    bundles that Odoo built for it: each tour would build them again, for seconds.
    """
    with odoo.modules.registry.Registry(get_db_name()).cursor() as cursor:
        qweb = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})["ir.qweb"]
        for name in BUNDLES:
            qweb._get_asset_bundle(name, css=False, js=True).js()
            qweb._get_asset_bundle(name, css=True, js=False).css()


@pytest.fixture(autouse=True, scope="class")
def _bundles_before_tours(request):
    if request.cls and issubclass(request.cls, HttpCase) and browser.find():
        request.getfixturevalue("built_bundles")
