"""A browser for the tours: the one that is there, else Debian's when root may."""

import os
import shutil

from . import apt, say

# The names under which Odoo's HttpCase looks, in its order.
NAMES = ["google-chrome", "chromium", "chromium-browser", "google-chrome-stable"]
MISSING = "no browser: install Debian's package chromium"


def find() -> str:
    """Return the path of a browser that Odoo's tests will use, or ''."""
    return next(filter(None, map(shutil.which, NAMES)), "")


def ensure() -> str:
    """Return a browser, installing Debian's if possible; '' if there is none."""
    found = find()
    if not found and os.geteuid() == 0 and apt.available():
        apt.install("chromium")
        found = find()
    if not found:
        say.line(f"  Browser tests will be skipped: {MISSING}.")
    return found
