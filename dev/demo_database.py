"""The demo's database: made from the template, updated when the code has changed."""

from pathlib import Path

from . import paths, say, templates
from .database import Databases
from .demo_place import CLIENT_ID, Place, database_name
from .run_odoo import Runner
from .templates import Templates


class DemoDatabase:
    """Brings the demo's database to the state of the code."""

    def __init__(self, place: Place, runner: Runner):
        self.place = place
        self.runner = runner

    def prepare(self) -> Path:
        """Make or update the database and its records; return Odoo's configuration."""
        database = self.place.database
        self.config = self.runner.configure(
            self.place.state / "odoo.conf",
            database,
            http_port=self.place.odoo_port,
            max_cron_threads=1,
            without_demo=True,
        )
        self._database(database)
        self._records()
        return self.config

    def _database(self, database: str) -> None:
        """Install the addon into a new database, or update it if its code changed."""
        layers = Templates(self.runner)
        base = layers.base()
        code = templates.fingerprint(paths.ADDON)
        addon = paths.ADDON.name
        if not layers.databases.exists(database):
            self.place.forget_notes()
            layers.databases.create(f"{database}_part", base)
            config = self.runner.configure(
                self.place.state / "part.conf", f"{database}_part", without_demo=True
            )
            with say.step("Installing the addon") as step:
                self.runner.modules(config, step, "-i", addon)
            layers.databases.rename(f"{database}_part", database)
        elif self.place.noted("base") != base:
            with say.step("Updating all modules: Odoo changed since last time") as step:
                wanted = ",".join(templates.MODULES)
                self.runner.modules(self.config, step, "-u", "base", "-i", wanted)
        elif self.place.noted("code") != code:
            with say.step("Updating the addon: its code changed") as step:
                self.runner.modules(self.config, step, "-u", addon)
        self.place.note("base", base)
        self.place.note("code", code)

    def _records(self) -> None:
        """Load the demo records unless the last run did, for the same addresses."""
        variables = {
            "DEMO_ODOO_URL": self.place.odoo_url,
            "DEMO_SANDBOX_URL": self.place.sandbox_url,
            "DEMO_SMTP_PORT": str(self.place.smtp_port),
            "DEMO_CLIENT_ID": CLIENT_ID,
            "DEMO_CLIENT_SECRET": self.place.secret(),
        }
        sources = [paths.DEV / name for name in ("demo_data.py", "demo_people.py")]
        texts = [source.read_text() for source in sources]
        wanted = templates.digest(self.place.noted("code"), *texts, *variables.values())
        if self.place.noted("records") == wanted:
            return
        script = "from dev import demo_data\ndemo_data.load(env)\n"
        self.runner.script(self.config, script, "Demo records", **variables)
        self.place.note("records", wanted)


def drop(databases: Databases, demo: str) -> None:
    """Remove the databases of the demo with that name, finished or not."""
    for name in databases.names(database_name(demo)):
        databases.drop(name)


def forget(databases: Databases) -> None:
    """Remove the demo's databases, mailboxes, settings and logs."""
    drop(databases, "demo")
    for file in paths.state("demo").iterdir():
        if file.name != "demo.lock":
            file.unlink()
