"""Runs the embedded PostgreSQL for as long as anybody uses it.

`python -m dev.keeper HOME SOCKET BINARIES UID GID`, started by dev/postgres.py.

Every user of the server holds a shared lock on HOME/users.lock. The kernel drops it
when the user dies, even by kill -9. When this process gets the lock for itself, nobody
is left: it stops the server and ends. If it dies itself, the kernel stops the server.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import locks, process

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "jit": "off",
    # A development database may be lost in a power cut, and is made anew.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def main(home: Path, socket: Path, binaries: Path, uid: int, gid: int) -> int:
    """Run the server until nobody holds the users' lock; return the exit status."""
    alone = locks.FileLock(home / "keeper.lock")
    if not alone.acquire(wait=False):
        return 0
    stopping = []
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda *_: stopping.append(True))
    server = _start(home, socket, binaries, uid, gid)
    users = locks.FileLock(home / "users.lock")
    while server.poll() is None:
        time.sleep(0.5)
        if stopping or users.acquire(wait=False):
            server.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.wait()
    return server.returncode


def _start(
    home: Path, socket: Path, binaries: Path, uid: int, gid: int
) -> subprocess.Popen:
    command = [str(binaries / "bin" / "postgres"), "-D", str(home / "data")]
    settings = {**SETTINGS, "unix_socket_directories": str(socket)}
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    as_user = {"user": uid, "group": gid, "extra_groups": []} if uid else {}
    return subprocess.Popen(
        command,
        cwd=home / "data" if not uid else "/",
        preexec_fn=lambda: process.die_with_parent(signal.SIGINT),
        start_new_session=True,
        **as_user,
    )


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(*map(Path, sys.argv[1:4]), *map(int, sys.argv[4:6])))
