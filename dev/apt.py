"""Debian's packages: installed by root, or only downloaded and unpacked by anybody."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from . import paths, say

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def available() -> bool:
    """Return whether this machine has apt and dpkg."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg"))


def install(*packages: str) -> bool:
    """Install packages system-wide as root; return whether that worked."""
    if os.geteuid() != 0 or not available():
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    with say.step(f"apt-get install {' '.join(packages)}") as step:
        done = _watched(command, env, step)
        if not done:
            # A machine that was never updated, or whose lists are old.
            _watched(["apt-get", "update", "-q"], env, step)
            done = _watched(command, env, step)
    return done


def _watched(command: list[str], env: dict, step: say.Step) -> bool:
    """Run a command, show its last line as progress, return whether it succeeded."""
    with subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for text in process.stdout:
            step.progress(text.strip()[:60])
    return process.returncode == 0


def mirror() -> str:
    """Return the address of the Debian mirror that this machine uses."""
    command = ["apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(RELEASE)"]
    output = subprocess.run(command, capture_output=True, text=True).stdout
    site = pick_mirror(output.splitlines())
    if not site:
        # No list has been fetched yet, or not a Debian machine.
        raise say.Stop(
            "No Debian mirror is configured for apt (or `apt-get update` never ran "
            "here): run it, or set ODOO_PATH to an Odoo 19 that is already there."
        )
    return site


def pick_mirror(lines: list[str]) -> str:
    """Choose the mirror of Debian proper from `SITE ORIGIN RELEASE` lines."""
    sites = []
    for text in lines:
        site, _, rest = text.partition(" ")
        is_debian = rest.startswith("Debian ") or site.rstrip("/").endswith("/debian")
        if is_debian and "security" not in site:
            sites.append(site)
    return max(set(sites), key=sites.count) if sites else ""


class Private:
    """An apt of our own in a folder: another suite, no root, system untouched."""

    def __init__(self, folder: Path, suite: str):
        self.folder = folder
        self.suite = suite
        self.env = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}

    def prepare(self) -> None:
        """Write the configuration and fetch the suite's package list."""
        if not KEYRING.exists():
            raise say.Stop(
                f"{KEYRING} is missing: install the package debian-archive-keyring."
            )
        lists = paths.folder(self.folder, "lists", "partial").parent
        cache = paths.folder(self.folder, "cache", "archives", "partial").parents[1]
        sources = self.folder / "suite.sources"
        sources.write_text(
            f"Types: deb\nURIs: {mirror()}\nSuites: {self.suite}\n"
            f"Components: main\nSigned-By: {KEYRING}\n"
        )
        (self.folder / "apt.conf").write_text(
            f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "-";\n'
            f'Dir::State::Lists "{lists}";\nDir::Cache "{cache}";\n'
            # Else root's apt drops to a user who may not write here.
            'APT::Sandbox::User "root";\n'
        )
        result = subprocess.run(
            ["apt-get", "update", "-q"], env=self.env, capture_output=True, text=True
        )
        if result.returncode or "Err:" in result.stdout:
            raise say.Stop(
                f"The package list of Debian {self.suite} cannot be fetched: "
                "check the network, or set ODOO_PATH to an Odoo 19 that is there."
            )

    def version(self, package: str) -> str:
        """Return the version of a package in the suite, or ''."""
        show = ["apt-cache", "show", "--no-all-versions", package]
        result = subprocess.run(show, env=self.env, capture_output=True, text=True)
        match = re.search(r"^Version: (.+)$", result.stdout, re.MULTILINE)
        return match[1] if match else ""

    def download(self, packages: list[str], into: Path, step: say.Step) -> None:
        download(packages, into, step, self.env)


def download(packages, into: Path, step: say.Step, env: dict | None = None) -> None:
    """Fetch .deb files into a folder, showing how much has arrived."""
    total = _size(packages, env)
    process = subprocess.Popen(
        ["apt-get", "download", "-q", *packages],
        cwd=into,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.poll() is None:
        time.sleep(0.3)
        have = sum(f.stat().st_size for f in into.rglob("*") if f.is_file())
        step.progress(f"{have / 1e6:.0f} of {total / 1e6:.0f} MB")
    output = process.stdout.read()
    if process.returncode:
        errors = [t for t in output.splitlines() if t.startswith("E:")] or ["no reason"]
        raise say.Stop(
            f"Debian's packages {' '.join(packages)} cannot be downloaded "
            f"({errors[0][3:].rstrip('.')}): check the network, or set ODOO_PATH to "
            "an Odoo 19 that is already there."
        )


def _size(packages, env) -> int:
    show = ["apt-cache", "show", "--no-all-versions", *packages]
    result = subprocess.run(show, env=env, capture_output=True, text=True)
    return sum(int(size) for size in re.findall(r"^Size: (\d+)$", result.stdout, re.M))


def unpack(debs: list[Path], into: Path, step: say.Step) -> None:
    """Unpack .deb files into one folder, without installing them."""
    for deb in debs:
        step.progress(deb.name.split("_")[0])
        subprocess.run(["dpkg", "-x", deb, into], check=True)
