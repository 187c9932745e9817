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
    if not node.ensure() and (styled := lint.files(lint.STYLED)):
        if arguments:
            wanted = tuple(arguments)
            styled = [name for name in styled if name.startswith(wanted)]
        subprocess.call(lint.prettier("--write", styled), cwd=paths.ROOT)
    return 0
