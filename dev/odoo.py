"""Finds an Odoo 19, or fetches Debian's.

In order: the folder that ODOO_PATH names (a checkout of Odoo's source, or a folder
with the `odoo` package), an Odoo 19 installed for the system's Python, Debian's
package `odoo-19` unpacked into the user's cache folder.
"""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import apt, locks, paths, say

SERIES = "19.0"
DIST = Path("usr/lib/python3/dist-packages")
SUITE = "sid"
PACKAGE = "odoo-19"
# The package's static files are links into these.
COMPANIONS = [
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
# Odoo needs 4.7; newer suites have 6 under the same name.
ICONS, ICONS_VERSION, ICONS_SUITE = "fonts-font-awesome", "4.7", "bookworm"
# Debian strips this file, and a manifest still lists it: without it every page of the
# backend logs an error. It blurs the background of video calls; empty is enough.
STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class Odoo:
    """An Odoo that can be run: what to import, where its addons are, what it is."""

    python_path: Path
    addons: tuple[Path, ...]
    version: str
    origin: str

    @property
    def mailgate(self) -> Path:
        """Odoo's own script that hands one mail from standard input to a server."""
        return self.addons_of("mail") / "mail/static/scripts/odoo-mailgate.py"

    def addons_of(self, module: str) -> Path:
        return next(path for path in self.addons if (path / module).is_dir())

    def describe(self) -> str:
        return f"Odoo {self.version} ({self.origin})"


def find() -> Odoo:
    """Return an Odoo 19, fetching it if there is none."""
    found = _from_environment() or _installed() or _cached() or _fetch()
    _check_complete(found)
    return found


def update() -> Odoo:
    """Fetch Debian's newest Odoo 19 even if the cache has one."""
    return _fetch()


def _from_environment() -> Odoo | None:
    named = os.environ.get("ODOO_PATH")
    if not named:
        return None
    path = Path(named).expanduser().resolve()
    found = from_folder(path, f"ODOO_PATH, {path}")
    if not found:
        raise say.Stop(
            f"ODOO_PATH names {path}, which holds no Odoo {SERIES}: point it at a "
            "checkout of Odoo's source or at the folder that contains `odoo`."
        )
    return found


def _installed() -> Odoo | None:
    """Return the Odoo that Debian's package put on this system, if any."""
    path = Path("/") / DIST
    found = from_folder(path, "installed on this system") if path.is_dir() else None
    if not found:
        return None
    # Only Odoo: the folder's other packages must not shadow the pinned ones.
    link = paths.folder(paths.cache("odoo"), "installed") / "odoo"
    if not link.is_symlink():
        link.symlink_to(path / "odoo")
    return Odoo(link.parent, found.addons, found.version, found.origin)


def from_folder(path: Path, origin: str) -> Odoo | None:
    """Return the Odoo 19 in a folder, or None: a checkout or a package folder."""
    version = read_version(path / "odoo" / "release.py")
    if not version:
        return None
    core = path / "odoo" / "addons"
    # A checkout has the applications beside `odoo`; Debian's package has all of them
    # below it (and an incomplete twin beside it).
    complete = (core / "web").is_dir()
    addons = (core,) if complete else (path / "addons", core)
    return Odoo(path, addons, version, origin)


def read_version(release: Path) -> str:
    """Return the version that an Odoo's release.py states if it is a 19, else ''."""
    if not release.is_file():
        return ""
    match = re.search(
        r"^version_info\s*=\s*\((\d+),\s*(\d+),\s*(\d+)", release.read_text(), re.M
    )
    version = ".".join(match.groups()) if match else ""
    return version if version.startswith(f"{SERIES}.") else ""


def _store() -> Path:
    return paths.cache("odoo")


def _cached() -> Odoo | None:
    """Return the newest tree that an earlier run unpacked."""
    trees = [path for path in _store().glob("debian-*") if path.is_dir()]
    if not trees:
        return None
    newest = max(trees, key=lambda path: path.stat().st_mtime)
    return from_folder(newest / DIST, f"Debian {newest.name.partition('-')[2]}, cached")


def _fetch() -> Odoo:
    """Download and unpack Debian's package, one process at a time."""
    if not apt.available():
        raise say.Stop(
            "There is no Odoo 19 here and no apt to fetch Debian's: set ODOO_PATH to "
            "a checkout of Odoo 19.0."
        )
    before = _cached()
    waiting = "  Waiting for another make that fetches Odoo ..."
    with locks.exclusive(_store() / "fetch.lock", lambda: say.line(waiting)):
        if not before and (meanwhile := _cached()):
            return meanwhile
        try:
            version = _download()
        except say.Stop as stop:
            if not before:
                raise
            say.line(f"  {stop}\n  Using the Odoo that was fetched before.")
            return before
    tree = _store() / f"debian-{version}"
    return from_folder(tree / DIST, f"Debian {version}")


def _download() -> str:
    """Bring Debian's newest odoo-19 into the cache; return its version."""
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=_store()) as temporary:
        work = Path(temporary)
        private = apt.Private(paths.folder(work, "apt"), SUITE)
        with say.step(f"Package list of Debian {SUITE}"):
            private.prepare()
        version = private.version(PACKAGE)
        if not version:
            raise say.Stop(
                f"Debian {SUITE} has no package {PACKAGE} any more: set ODOO_PATH to "
                "a checkout of Odoo 19.0."
            )
        tree = _store() / f"debian-{version}"
        if not tree.is_dir():
            _unpack(private, work, version)
            (work / "tree").rename(tree)
        os.utime(tree)
    return version


def _unpack(private: apt.Private, work: Path, version: str) -> None:
    """Download everything below `work` and unpack it into work/tree."""
    debs = paths.folder(work, "debs")
    with say.step(f"Download of {PACKAGE} {version}") as step:
        private.download([PACKAGE, *COMPANIONS], debs, step)
    _download_icons(work, debs)
    with say.step("Unpacking") as step:
        tree = paths.folder(work, "tree")
        apt.unpack(sorted(debs.glob("*.deb")), tree, step)
        stripped = tree / DIST / "odoo" / "addons" / STRIPPED
        stripped.parent.mkdir(parents=True, exist_ok=True)
        if not stripped.exists():
            stripped.write_text("")


def _download_icons(work: Path, debs: Path) -> None:
    """Fetch the icon font: from the system's own suite if it has the right one."""
    show = ["apt-cache", "show", "--no-all-versions", ICONS]
    listed = subprocess.run(show, capture_output=True, text=True).stdout
    with say.step("Download of the icon font") as step:
        if re.search(rf"^Version: .*really{re.escape(ICONS_VERSION)}", listed, re.M):
            apt.download([ICONS], debs, step)
        else:
            older = apt.Private(paths.folder(work, "apt-icons"), ICONS_SUITE)
            older.prepare()
            older.download([ICONS], debs, step)


def _check_complete(found: Odoo) -> None:
    for module in ("base", "web", "mail", "crm"):
        if not any((path / module).is_dir() for path in found.addons):
            raise say.Stop(
                f"The Odoo in {found.python_path} has no module {module}: point "
                "ODOO_PATH at a complete Odoo 19.0."
            )


def forget() -> None:
    """Remove every fetched Odoo from the cache."""
    shutil.rmtree(_store(), ignore_errors=True)
