"""Every screen in a real browser: contrast, width on a phone, errors in the console."""

import os

import pytest


def test_screens_have_no_fault(walk):
    if walk is None and not os.environ.get("CI"):
        pytest.skip("no browser or no Node.js")
    assert walk, "no browser or no Node.js: see the beginning of this run"
    status, output = walk
    assert status == 0, output
