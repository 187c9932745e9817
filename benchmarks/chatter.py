"""What opening a contact with a long correspondence asks of Odoo, with and without us.

A real browser opens the same contact and presses *Send message*, in a database without
the addon and in one where every message is synced. Counted are the web client's calls,
and the database queries that Odoo's log gives for each.

    make bench ARGS="chatter"
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._office import ANNA, REDIRECT, SANDBOX_URL, tell
from dev import browser, node, odoo, paths, ports, postgres, process
from dev.run_odoo import Runner
from dev.templates import Templates
from gmail_sandbox.server import SandboxServer

VISITS = 4  # the first ones fill caches
VISIT = paths.ROOT / "benchmarks" / "chatter.mjs"
SCENE = "from benchmarks._correspondence import scene; scene(env)"
# POST /mail/data HTTP/1.1" 200 - 23 (queries) 0.010 (s of SQL) 0.014 (s of Python)
CALL = re.compile(r'"POST (\S+) HTTP/[\d.]+" 200 - (\d+) [\d.]+ [\d.]+')


def main() -> int:
    """Measure both databases and compare; 1 if there is no browser."""
    process.adopt_orphans()
    if node.ensure() or not browser.ensure():
        return 1
    with postgres.server() as server, SandboxServer() as sandbox:
        sandbox.control.create_account(ANNA, "Anna Berg", kind="workspace")
        sandbox.control.create_client("bench", "bench", [REDIRECT], project="bench")
        runner = Runner(odoo.find(), server)
        templates = Templates(runner)
        with templates.run() as ours, templates.run_without_addon() as stock:
            with_addon = measure(runner, ours, {SANDBOX_URL: sandbox.base_url})
            without = measure(runner, stock, {})
    for number, what in enumerate(("Calls", "Queries")):
        mine, theirs = with_addon[number], without[number]
        tell(what, f"{mine}, stock {theirs}, ratio {mine / theirs:.2f}")
    return 0


def measure(runner, database, variables):
    """Calls and queries of the last visit to the contact of a database."""
    with tempfile.TemporaryDirectory() as folder:
        log, port = Path(folder) / "odoo.log", ports.free()
        config = runner.configure(
            Path(folder) / "odoo.conf", database, http_port=port, without_demo=True
        )
        runner.script(config, SCENE, "Correspondence", **variables)
        with running(runner, config, log, port):
            visit(port)
        last_visit = log.read_text().rpartition("visit-begins")[2]
    calls = CALL.findall(last_visit)
    return len(calls), sum(int(queries) for _route, queries in calls)


@contextlib.contextmanager
def running(runner, config, log, port):
    with log.open("w") as output:
        server = process.start(
            runner.command("-c", config),
            env=runner.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        while not ports.answers(port, "/web/health"):
            time.sleep(0.3)
        yield
    finally:
        process.stop(server)


def visit(port):
    """Let a browser open the contact several times, each visit marked in the log."""
    environment = {
        **os.environ,
        "ODOO_URL": f"http://localhost:{port}",
        "BROWSER": browser.find(),
        "VISITS": str(VISITS),
    }
    subprocess.run(["node", VISIT], env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
