"""The style of the repository, one test per tool."""

import pytest

from dev import lint, node


@pytest.mark.parametrize("check", lint.checks(), ids=lambda check: check.name)
def test_lint(check):
    if check.needs_node and not node.usable():
        pytest.skip("install nodejs and npm to check XML and JavaScript")
    status, output = check.run()
    assert status == 0, output
