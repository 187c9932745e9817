"""A pytest plugin for tests that need neither Odoo's models nor a database.

`make test-fast` loads it in place of pytest-odoo. The addon's package is put in place
without running its `__init__`, so that `odoo.addons.gmail_two_way_sync.rules` and
`.google` can be imported while everything else of the addon stays untouched.
"""

import sys
import types

import _pytest.pathlib

from dev import paths

ADDON = f"odoo.addons.{paths.ADDON.name}"


def pytest_configure(config):
    """Put bare packages in the places of those whose `__init__` needs Odoo."""
    for name, folder in (
        (ADDON, paths.ADDON),
        (f"{ADDON}.tests", paths.ADDON / "tests"),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    _patch_module_names()


def _patch_module_names():
    """Let pytest know the addon's tests by the names that Odoo gives them."""
    original = _pytest.pathlib.resolve_pkg_root_and_module_name

    def resolve(path, *, consider_namespace_packages=False):
        root, name = original(
            path, consider_namespace_packages=consider_namespace_packages
        )
        if name.split(".")[0] == paths.ADDON.name:
            name = f"odoo.addons.{name}"
        return root, name

    _pytest.pathlib.resolve_pkg_root_and_module_name = resolve
