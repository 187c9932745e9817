"""The virtual environment .venv: made once, made anew when the pins change."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from . import locks, paths, say

REQUIREMENTS = paths.DEV / "requirements.txt"
STAMP = paths.VENV / "installed.sha256"
SUPPORTED = ((3, 10), (3, 13))


def python() -> Path:
    """Return the interpreter of the virtual environment."""
    return paths.VENV / "bin" / "python"


def ensure() -> None:
    """Make .venv hold exactly the pinned packages."""
    wanted = _fingerprint()
    if _stamp() == wanted:
        return
    lock = paths.state() / "venv.lock"
    with locks.exclusive(lock, lambda: say.line("  Waiting for another make ...")):
        if _stamp() != wanted:
            _build(wanted)


def _fingerprint() -> str:
    """Return what the environment depends on: the pins and the interpreter."""
    parts = [REQUIREMENTS.read_bytes(), sys.version.encode(), str(paths.VENV).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamp() -> str:
    return STAMP.read_text() if STAMP.exists() and python().exists() else ""


def _build(wanted: str) -> None:
    shutil.rmtree(paths.VENV, ignore_errors=True)
    with say.step("Virtual environment .venv"):
        _create()
    with say.step("Python packages") as step:
        _install(step)
    STAMP.write_text(wanted)


def _create() -> None:
    if not _has_ensurepip():
        _install_ensurepip()
    made = subprocess.run(
        [sys.executable, "-m", "venv", paths.VENV], capture_output=True, text=True
    )
    if made.returncode:
        shutil.rmtree(paths.VENV, ignore_errors=True)
        last = (made.stdout + made.stderr).strip().splitlines()[-1:]
        raise say.Stop(f"python -m venv failed: {' '.join(last)}")


def _has_ensurepip() -> bool:
    check = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(check, capture_output=True).returncode == 0


def _install_ensurepip() -> None:
    """Debian keeps ensurepip in a package of its own."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        from . import apt

        if apt.install(package):
            return
    raise say.Stop(
        f"Python's venv module is incomplete: install the package {package}."
    )


def _install(step: say.Step) -> None:
    """Install the pins; show which package pip is at."""
    total = sum("==" in text for text in REQUIREMENTS.read_text().splitlines())
    command = [python(), "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--prefer-binary", "-r", REQUIREMENTS]
    pip = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output, count = [], 0
    for text in pip.stdout:
        output.append(text.rstrip())
        if text.startswith("Collecting "):
            count += 1
            step.progress(f"{count} of {total} ({text.split()[1]})")
        elif text.startswith("Installing collected"):
            step.progress("unpacking")
    if pip.wait():
        raise say.Stop(explain_pip_failure(output))


def explain_pip_failure(output: list[str]) -> str:
    """Return one sentence for what pip printed."""
    text = "\n".join(output)
    match = re.search(r"No matching distribution found for (\S+)", text)
    if match:
        return (
            f"The pinned package {match[1]} cannot be had for Python "
            f"{sys.version_info[0]}.{sys.version_info[1]} from the configured index: "
            "check the network and pip's configuration, or change the pin in "
            "dev/requirements.in and run `make lock`."
        )
    errors = [entry for entry in output if entry.startswith("ERROR:")] or output[-1:]
    return f"pip could not install dev/requirements.txt: {errors[-1]}"


def supported(version: tuple) -> bool:
    """Return whether Odoo 19 runs on this (major, minor) of Python."""
    return SUPPORTED[0] <= tuple(version[:2]) <= SUPPORTED[1]
