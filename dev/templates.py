"""Databases made once and copied: Odoo with its modules, and the addon on top.

Installing Odoo's modules takes a minute, a copy takes a second. Three layers:

    base    Odoo's own modules; depends on the version of Odoo and on the list below;
            shared by all clones of a user
    addon   base with the addon installed; depends on the addon's files; per clone
    run     a copy of the second for one test run; dropped at its end
"""

import contextlib
import hashlib
import itertools
import os
import shutil
from pathlib import Path

from . import locks, paths, say
from .database import Databases
from .run_odoo import Runner

# What the addon needs, and what its tests write mail on.
MODULES = [
    "contacts",
    "crm",
    "sale_management",
    "purchase",
    "project",
    "calendar",
    "mass_mailing",
    "portal",
    "base_automation",
]
ADDON = paths.ADDON.name
# Changes here need no new installation: Python reads tests and the web client reads
# static files from the disk.
NOT_INSTALLED = {"tests", "static", "i18n", "doc", "readme", "__pycache__"}
KEPT = 3
# A program may have several copies at once.
_copies = itertools.count(1)


class Templates:
    """The layers on one server."""

    def __init__(self, runner: Runner):
        self.runner = runner
        self.databases = Databases(runner.server)

    def base(self) -> str:
        """Return the name of a database with Odoo's modules, made if needed."""
        key = digest(
            self.runner.odoo.version,
            self.runner.odoo.origin.replace(", cached", ""),
            *MODULES,
            str(paths.cache()),
        )
        name = f"gtws_base_{key}"
        with self._building("base"):
            if not self.databases.exists(name):
                self._install(name, "template0", "-i", ",".join(["base", *MODULES]))
        return name

    def _addon(self, base: str) -> str:
        """Return the name of a database with the addon installed, made if needed."""
        prefix = f"gtws_{paths.clone_key()}_addon_"
        name = prefix + digest(base, fingerprint(paths.ADDON))
        if not self.databases.exists(name):
            self._install(name, base, "-i", ADDON)
            self._forget_old(prefix, name)
            self._forget_gone_clones()
        return name

    def run(self):
        """Give the name of a fresh copy with the addon, dropped afterwards."""
        base = self.base()
        return self._copy(lambda: self._addon(base))

    def run_without_addon(self):
        """The same without the addon: what Odoo alone does."""
        return self._copy(self.base)

    @contextlib.contextmanager
    def _copy(self, template):
        """Give a fresh copy of the database that `template()` makes or finds."""
        folder = paths.state("runs")
        name = f"gtws_{paths.clone_key()}_run_{os.getpid()}_{next(_copies)}"
        lock = locks.FileLock(folder / name)
        lock.acquire()
        try:
            # Under the lock nobody drops the template while it is being copied.
            with self._building("addon"):
                self._drop_abandoned(folder)
                self.databases.create(name, template())
            yield name
        finally:
            self.databases.drop(name)
            lock.path.unlink(missing_ok=True)
            lock.release()

    def _install(self, name: str, template: str, option: str, modules: str) -> None:
        """Build under another name first: a half-made one must not be found."""
        half = f"{name}_part"
        self.databases.create(half, template)
        config = self.runner.configure(
            paths.state("config") / f"{name}.conf", half, without_demo=True
        )
        what = "Odoo's modules" if "," in modules else f"Addon {modules}"
        with say.step(f"{what} in a template database") as step:
            self.runner.modules(config, step, option, modules)
        self.databases.rename(half, name)
        config.unlink()

    def _forget_old(self, prefix: str, newest: str) -> None:
        """Drop all but the last few databases of earlier states of the addon."""
        old = [
            name
            for name in self.databases.names(prefix)
            if name != newest and not name.endswith("_part")
        ]
        old.sort(key=lambda name: _made(self.databases.filestore(name)), reverse=True)
        for name in old[KEPT - 1 :]:
            self.databases.drop(name)

    def _forget_gone_clones(self) -> None:
        """Drop what belongs to clones whose folder is not there any more."""
        for state in paths.gone_clones():
            for name in self.databases.names(f"gtws_{state.name}_"):
                self.databases.drop(name)
            shutil.rmtree(state, ignore_errors=True)

    def _drop_abandoned(self, folder: Path) -> None:
        """Drop the databases of runs that were killed: nobody holds their lock."""
        for name in self.databases.names(f"gtws_{paths.clone_key()}_run_"):
            # pytest-xdist's workers have copies with "-gw0" and so on after the name.
            lock = locks.FileLock(folder / name.partition("-")[0])
            if lock.acquire(wait=False):
                self.databases.drop(name)
                lock.path.unlink(missing_ok=True)
                lock.release()

    def _building(self, layer: str):
        def waiting():
            say.line(f"  Waiting for another make that builds the {layer} database ...")

        place = paths.cache() if layer == "base" else paths.state()
        return locks.exclusive(place / f"{layer}.lock", waiting)


def _made(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def digest(*parts: str) -> str:
    """Return ten characters that differ when any of the texts differs."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def fingerprint(addon: Path) -> str:
    """Return a text that changes when the addon has to be installed anew."""
    total = hashlib.sha256()
    for path in sorted(addon.rglob("*")):
        inside = path.relative_to(addon)
        if path.is_file() and not NOT_INSTALLED.intersection(inside.parts):
            total.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
