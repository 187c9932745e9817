"""Where things lie: in the clone, and in the user's cache folder."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / "dev"
ADDON = ROOT / "gmail_two_way_sync"
SANDBOX = ROOT / "gmail_sandbox"
VENV = ROOT / ".venv"

PRODUCT = "gmail-two-way-sync"


def clone_key() -> str:
    """Return a short name for this clone, so that several do not meet each other."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]


def cache(*parts: str) -> Path:
    """Return a folder in the user's cache, made if it is not there."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(
        os.path.expanduser("~"), ".cache"
    )
    return folder(Path(base) / PRODUCT, *parts)


def state(*parts: str) -> Path:
    """Return a folder for what belongs to this clone alone, outside of it."""
    own = cache("clones", clone_key())
    (own / "clone").write_text(str(ROOT))
    return folder(own, *parts)


def gone_clones() -> list[Path]:
    """Return the state folders of clones that somebody has removed."""
    found = []
    for note in cache("clones").glob("*/clone"):
        if not Path(note.read_text()).is_dir():
            found.append(note.parent)
    return found


def folder(base: Path, *parts: str) -> Path:
    """Return base/parts..., made if it is not there."""
    path = base.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path
