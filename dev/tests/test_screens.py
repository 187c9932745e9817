"""Every screen in a real browser: contrast, width on a phone, errors in the console."""

import os
import resource
import subprocess
import sys

import pytest

from dev import browser, node, paths


def test_screens_have_no_fault():
    if not (browser.find() and node.usable()) and not os.environ.get("CI"):
        pytest.skip("no browser or no Node.js")
    done = subprocess.run(
        [sys.executable, "-m", "dev", "screenshots", "check"],
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        preexec_fn=_allow_memory,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _allow_memory() -> None:
    """Lift Odoo's limit of this process: browsers reserve more than they ever use."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
