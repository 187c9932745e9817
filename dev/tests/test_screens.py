"""Every screen in a real browser: contrast, width on a phone, errors in the console."""

import os
import subprocess
import sys

import pytest

from dev import browser, node, paths


def test_screens_have_no_fault():
    if not browser.find() or not node.usable():
        if os.environ.get("CI"):
            pytest.fail("No browser or Node.js: see the beginning of this run.")
        pytest.skip("no browser or no Node.js")
    done = subprocess.run(
        [sys.executable, "-m", "dev", "screenshots", "check"],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
