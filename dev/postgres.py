"""A PostgreSQL server: the one that runs on this machine, else an embedded one.

A running server is used if it answers (PGHOST and its relatives, or the local socket),
is new enough, and lets us create databases as somebody else than `postgres`, whom Odoo
refuses. For the embedded one see dev/embedded.py.
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from . import embedded, paths, say

OLDEST = 130000


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server. Empty values are libpq's defaults."""

    host: str = ""
    port: str = ""
    user: str = ""
    description: str = ""

    # Where Odoo keeps this server's files: two servers' databases may share a name.
    files: str = "odoo-data"
    # The folder of createdb and its relatives; empty if they are in PATH.
    programs: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """Return what tells other programs where this server is."""
        given = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user}
        return {key: value for key, value in given.items() if value}

    @property
    def data_dir(self) -> Path:
        """Return Odoo's data folder for the databases of this server."""
        return paths.cache(self.files)

    def arguments(self, database: str) -> dict:
        """Return what psycopg2 needs to connect to a database of this server."""
        given = {"host": self.host, "port": self.port, "user": self.user}
        return {"dbname": database, **{k: v for k, v in given.items() if v}}


@contextlib.contextmanager
def server():
    """Give a server for as long as the body runs."""
    running = _running()
    if running:
        yield running
        return
    with embedded.running() as socket:
        about = f"PostgreSQL {embedded.MAJOR}, embedded, socket in {socket}"
        programs = str(embedded.programs())
        yield Server(
            str(socket), embedded.PORT, embedded.ROLE, about, programs=programs
        )


def _running() -> Server | None:
    """Return the machine's own server if it can be used."""
    try:
        connection = psycopg2.connect(dbname="postgres", connect_timeout=5)
    except psycopg2.OperationalError as error:
        if os.environ.get("PGHOST"):
            reason = str(error).strip().splitlines()[0]
            say.line(f"  PGHOST is set, but the server cannot be used: {reason}")
        return None
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreatedb, rolname FROM pg_roles"
            " WHERE rolname = current_user"
        )
        may_create, role = cursor.fetchone()
        refusal = why_not(connection.server_version, may_create, role)
        if refusal:
            say.line(f"  The PostgreSQL that runs here is not used: {refusal}.")
            return None
        info = connection.info
        version = f"{connection.server_version // 10000}"
        about = f"PostgreSQL {version}, running on this machine, role {role}"
        host, port = info.host or "", str(info.port or "")
        return Server(host, port, role, about, files_of(host, port))


def files_of(host: str, port: str) -> str:
    """Return the name of the data folder for a server that was found running."""
    if paths.PRODUCT in host:
        return Server.files  # ours, given to a program by PGHOST
    return f"odoo-data-{hashlib.sha256(f'{host} {port}'.encode()).hexdigest()[:8]}"


def why_not(version: int, may_create: bool, role: str) -> str:
    """Return why a running server cannot be used, or ''."""
    if version < OLDEST:
        return "Odoo 19 needs version 13 or newer"
    if role == "postgres":
        return "Odoo refuses the role postgres"
    if not may_create:
        return f"the role {role} may not create databases"
    return ""
