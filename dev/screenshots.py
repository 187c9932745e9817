"""`make screenshots`: play the demo's story in a browser and look at every screen."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import browser, demo_database, node, odoo, paths, ports, postgres, process, say
from .database import Databases
from .demo_database import DemoDatabase
from .demo_place import Place
from .demo_servers import Servers
from .run_odoo import Runner

PICTURES = paths.ROOT / "docs" / "screenshots"
# Shown in the Apps menu, too.
SHOP_WINDOW = paths.ADDON / "static" / "description"
SHOWN = ("conversation", "composer", "conversations", "preferences")
STORY = paths.DEV / "screens" / "main.mjs"
DARK_THEME = paths.DEV / "screens" / "dark.scss"
ADD_DARK_THEME = """
import os
url, bundle = "/gmail_demo/dark.scss", "web.assets_web_dark"
theme = open(os.environ["DARK_THEME"], "rb").read()
env["ir.attachment"].create(
    {"name": url, "url": url, "raw": theme, "mimetype": "text/scss", "public": True}
)
env["ir.asset"].create(
    {"name": url, "path": url, "bundle": bundle, "directive": "prepend"}
)
env.cr.commit()
"""


def main(arguments: list[str]) -> int:
    """Write the pictures (with `check`: none); return 1 if a screen has a fault."""
    process.adopt_orphans()
    node.ensure()
    if not browser.ensure() or not node.usable():
        raise say.Stop("Screenshots need a browser and Node.js.")
    pictures = "" if "check" in arguments else str(PICTURES)
    with postgres.server() as server, tempfile.TemporaryDirectory() as folder:
        place = Place("screens", Path(folder), *(ports.free() for _ in range(3)))
        runner = Runner(odoo.find(), server)
        servers = Servers(place, runner)
        try:
            config = DemoDatabase(place, runner).prepare()
            runner.script(config, ADD_DARK_THEME, "Dark theme", DARK_THEME=DARK_THEME)
            servers.start(config)
            return _play(place, pictures)
        finally:
            servers.stop()
            demo_database.drop(Databases(server), place.name)


def _play(place: Place, pictures: str) -> int:
    environment = {
        **os.environ,
        "ODOO_URL": place.odoo_url,
        "SANDBOX_URL": place.sandbox_url,
        "BROWSER": browser.find(),
        "PICTURES": pictures,
    }
    status = subprocess.run(["node", STORY], cwd=paths.ROOT, env=environment).returncode
    if pictures and not status:
        for name in SHOWN:
            shutil.copy(PICTURES / f"{name}.png", SHOP_WINDOW)
    return status
