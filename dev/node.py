"""Prettier and ESLint for XML and JavaScript, by npm, pinned in package-lock.json."""

import hashlib
import os
import shutil
import subprocess

from . import apt, locks, paths, say

MODULES = paths.DEV / "node_modules"
LOCK = paths.DEV / "package-lock.json"
STAMP = MODULES / ".installed.sha256"
UNCHECKED = "The style of XML and JavaScript is not checked"


def ensure() -> str:
    """Install the tools; return '' or, in one sentence, why they cannot be had.

    Under continuous integration a missing tool is an error: nobody reads there what
    was left out.
    """
    reason = _install()
    if reason and os.environ.get("CI", "").lower() in ("1", "true"):
        raise say.Stop(f"{UNCHECKED}: {reason}.")
    if reason:
        say.line(f"  {UNCHECKED}: {reason}.")
    return reason


def _install() -> str:
    if not _have_node() and os.geteuid() == 0 and apt.available():
        apt.install("nodejs", "npm")
    if not _have_node():
        return "install nodejs (18.18 or newer) and npm"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    with locks.exclusive(paths.state() / "node.lock"):
        if STAMP.exists() and STAMP.read_text() == wanted:
            return ""
        with say.step("Prettier and ESLint"):
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=paths.DEV, capture_output=True, text=True
            )
        if done.returncode:
            errors = [text for text in done.stderr.splitlines() if "npm error" in text]
            return f"npm could not install them ({(errors or ['no reason'])[0]})"
        STAMP.write_text(wanted)
    return ""


def _have_node() -> bool:
    """Return whether npm and a Node.js that ESLint accepts are there."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True)
    parts = version.stdout.strip().lstrip("v").split(".")
    return len(parts) > 1 and (int(parts[0]), int(parts[1])) >= (18, 18)


def usable() -> bool:
    """Return whether the tools are installed and can run."""
    return STAMP.exists() and _have_node()


def tool(name: str) -> str:
    """Return the path of an installed tool."""
    return str(MODULES / ".bin" / name)
