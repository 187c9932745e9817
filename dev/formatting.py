"""`make format`: lay the files out the way `make lint` wants them."""

import subprocess

from . import lint, node, paths, venv


def main(arguments: list[str]) -> int:
    """Rewrite Python, XML and JavaScript in place."""
    ruff = str(venv.python().parent / "ruff")
    folders = [name for name in lint.PYTHON_FOLDERS if (paths.ROOT / name).is_dir()]
    chosen = arguments or folders
    subprocess.call([ruff, "check", "--fix", "-q", *chosen], cwd=paths.ROOT)
    subprocess.call([ruff, "format", *chosen], cwd=paths.ROOT)
    if not node.ensure():
        _styled(tuple(arguments))
    return 0


def _styled(below: tuple[str, ...]) -> None:
    """Rewrite XML and JavaScript, all or what lies below some paths."""
    styled = [name for name in lint.files(lint.STYLED) if name.startswith(below or "")]
    scripts = [name for name in styled if not name.endswith(".xml")]
    if scripts:
        subprocess.call([*lint.ESLINT, "--fix", "--quiet", *scripts], cwd=paths.ROOT)
    if styled:
        subprocess.call(lint.prettier("--write", styled), cwd=paths.ROOT)
