"""`make setup`: fetch and prepare everything, run nothing."""

from . import browser, node, odoo, postgres, say
from .run_odoo import Runner
from .templates import Templates


def main(arguments: list[str]) -> int:
    """Bring what `make test` and `make demo` need into the cache."""
    found = odoo.find()
    say.line(f"  {found.describe()}")
    browser.ensure()
    node.ensure()
    with postgres.server() as server:
        say.line(f"  {server.description}")
        Templates(Runner(found, server)).base()
    return 0
