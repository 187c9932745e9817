"""Where the demo lives: addresses, folder, and what earlier runs noted there."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from . import paths, ports

CLIENT_ID = "demo-client.apps.sandbox.example"


def database_name(demo: str) -> str:
    return f"gtws_{paths.clone_key()}_{demo}"


@dataclass(frozen=True)
class Place:
    """A demo of this clone, by its name."""

    name: str
    state: Path
    odoo_port: int
    sandbox_port: int
    smtp_port: int

    @property
    def database(self) -> str:
        return database_name(self.name)

    @property
    def odoo_url(self) -> str:
        return f"http://localhost:{self.odoo_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://localhost:{self.sandbox_port}"

    def secret(self) -> str:
        """Return the secret of the sandbox's OAuth client, made once."""
        if not self.noted("secret"):
            self.note("secret", secrets.token_urlsafe(24))
        return self.noted("secret")

    def noted(self, name: str) -> str:
        """Return what an earlier run noted under a name, or ''."""
        file = self._file(name)
        return file.read_text() if file.exists() else ""

    def note(self, name: str, value: str) -> None:
        self._file(name).write_text(value)
        self._file(name).chmod(0o600)

    def forget_notes(self) -> None:
        for file in self.state.glob("*.stamp"):
            file.unlink()

    def _file(self, name: str) -> Path:
        return self.state / f"{name}.stamp"


def claim() -> Place:
    """Return the demo's place; stop with a sentence if a port is taken."""
    return Place(
        "demo",
        paths.state("demo"),
        ports.claim("DEMO_ODOO_PORT", 8069, "Odoo"),
        ports.claim("DEMO_SANDBOX_PORT", 8025, "the sandbox"),
        ports.claim("DEMO_SMTP_PORT", 8026, "the sandbox's mail server"),
    )
