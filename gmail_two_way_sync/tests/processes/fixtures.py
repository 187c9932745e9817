"""An office that the tests of this folder share.

A plugin of pytest, which each test module names, and no conftest.py: that would be
imported without ``odoo.addons`` before its name.
"""

import sys
import tempfile

import pytest

from dev import odoo, postgres
from dev.run_odoo import Runner
from dev.templates import Templates
from gmail_sandbox.server import SandboxServer

from .office import Office


@pytest.fixture(scope="session")
def fresh_office():
    """A database with the addon, a sandbox, and servers that can be killed."""
    with (
        SandboxServer() as sandbox,
        postgres.server() as postgresql,
        tempfile.TemporaryDirectory() as folder,
    ):
        runner = Runner(odoo.find(), postgresql)
        templates = Templates(runner)
        with templates.run() as database:
            company = Office(runner, templates.databases, database, folder, sandbox)
            try:
                company.set_up()
                yield company
            finally:
                company.stop()


@pytest.fixture(scope="session")
def anna(fresh_office):
    return fresh_office.salesperson("anna")


@pytest.fixture(scope="module")
def office_of_module(fresh_office):
    """At the end of a module no server is left to disturb other tests."""
    yield fresh_office
    fresh_office.stop()


@pytest.fixture
def office(office_of_module, request):
    """The office without faults; if the test fails, with the end of its logs."""
    failed_before = request.session.testsfailed
    office_of_module.begin()
    yield office_of_module
    office_of_module.control.clear_faults()
    if request.session.testsfailed > failed_before:
        sys.stderr.write(office_of_module.logs())
