"""`make demo`: Odoo with the addon, and the sandbox in place of Google."""

from . import demo_people, locks, odoo, paths, postgres, process, say
from .demo_database import DemoDatabase
from .demo_place import Place, claim
from .demo_servers import Servers
from .odoo import Odoo
from .run_odoo import Runner


def main(arguments: list[str]) -> int:
    """Bring everything up and stay until somebody ends it; return 0 then."""
    process.adopt_orphans()
    lock = locks.FileLock(paths.state("demo") / "demo.lock")
    if not lock.acquire(wait=False):
        raise say.Stop("The demo of this clone runs already: end that one first.")
    place = claim()
    found = odoo.find()
    say.line(f"  {found.describe()}")
    try:
        _run(place, found)
    except (KeyboardInterrupt, process.Ended):
        say.line("\nThe demo has ended; `make demo` continues where it was.")
    return 0


def _run(place: Place, found: Odoo) -> None:
    """Prepare, start, and watch; whatever happens, leave no process behind."""
    with postgres.server() as server:
        say.line(f"  {server.description}")
        runner = Runner(found, server)
        servers = Servers(place, runner)
        try:
            servers.start(DemoDatabase(place, runner).prepare())
            _greet(place)
            servers.watch()
        finally:
            process.ignore_signals()
            servers.stop()
            process.end_children()


def _greet(place: Place) -> None:
    """Tell where everything is and who may log in."""
    lines = ["", f"  Odoo      {place.odoo_url}"]
    lines.append("            admin / admin (administrator)")
    for person in demo_people.COLLEAGUES:
        lines.append(f"            {person.login} / {person.login} ({person.name})")
    lines += [f"  Mailboxes {place.sandbox_url}  (the stand-in for Gmail)"]
    lines += [f"  Logs      {place.state}/odoo.log, sandbox.log", ""]
    lines += ["Log in as anna, open My Preferences > Email and connect Gmail."]
    lines += ["Ctrl-C ends the demo; the next one continues where this one was."]
    for text in lines:
        say.line(text)
