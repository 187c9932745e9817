"""The walk through the screens begins with the run, and is waited for at its end.

It takes a minute or two, in programs of its own; the other tests use one processor.
"""

import resource
import subprocess
import sys
import tempfile

import pytest

from dev import browser, node, paths, process

WALK = pytest.StashKey[tuple]()
WALKER = "test_screens.py"


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name == WALKER)


def pytest_collection_finish(session):
    wanted = any(item.path.name == WALKER for item in session.items)
    if wanted and not session.config.option.collectonly:
        if browser.find() and node.usable():
            session.config.stash[WALK] = _start()


def pytest_sessionfinish(session):
    if WALK in session.config.stash:
        process.stop(session.config.stash[WALK][0])


@pytest.fixture
def walk(request):
    """Give the walk's exit status and what it printed; None if there is none."""
    if WALK not in request.config.stash:
        return None
    child, output = request.config.stash[WALK]
    status = child.wait()
    output.seek(0)
    return status, output.read()


def _start():
    # Browsers reserve more memory than they use: Odoo's limit of this process is not
    # for them. It holds again as soon as they run.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        output = tempfile.TemporaryFile("w+")
        command = [sys.executable, "-m", "dev", "screenshots", "check"]
        child = process.start(
            command, cwd=paths.ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return child, output
