"""`make clean`: remove what this clone has outside of version control.

The downloads in the cache stay: other clones use them, and they cost minutes.
"""

import contextlib
import shutil

from . import demo_reset, paths, say

LEFTOVERS = (".pytest_cache", ".ruff_cache", "htmlcov", ".coverage", "dev/node_modules")


def main(arguments: list[str]) -> int:
    """Drop this clone's databases, then its caches and its environment."""
    _drop_databases()
    shutil.rmtree(paths.state(), ignore_errors=True)
    for name in LEFTOVERS:
        target = paths.ROOT / name
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)
    for folder in paths.ROOT.rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(paths.VENV, ignore_errors=True)
    say.line(f"  Downloads stay in {paths.cache()}.")
    return 0


def _drop_databases() -> None:
    """Drop them if the environment that can do it is there."""
    with contextlib.suppress(ImportError):
        demo_reset.forget_clone()
