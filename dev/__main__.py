"""`python -m dev COMMAND`: what the Makefile calls.

Runs first with the system's Python and nothing but its standard library, makes the
virtual environment, and continues inside of it.
"""

import os
import shlex
import shutil
import sys

COMMANDS = {
    "demo": "start Odoo and the sandbox with demo records, until Ctrl-C",
    "demo-reset": "throw the demo's database and mailboxes away",
    "test": "run every test",
    "test-fast": "run only the tests that need no database",
    "lint": "check style and Odoo conventions",
    "format": "rewrite the files the way the style wants them",
    "i18n": "renew the translations' template, merge it into the translations",
    "screenshots": "play the story in a browser, write docs/screenshots",
    "bench": "run the benchmarks",
    "shell": "an Odoo shell on a throw-away database with the addon",
    "python": "the virtual environment's Python, with Odoo on its path",
    "odoo-update": "fetch the newest Odoo 19 that Debian has",
    "lock": "choose newest versions for dev/requirements.txt",
    "clean": "remove what this clone has left outside of version control",
    "setup": "only fetch and prepare everything",
}


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    name = sys.argv[1] if len(sys.argv) > 1 else "help"
    if name not in COMMANDS:
        return _help()
    _check_python()
    from dev import paths, process, say, venv

    process.end_on_signals()
    try:
        if not _inside(paths):
            if name != "clean":
                venv.ensure()
            if venv.python().exists():
                _continue_inside(venv)
        return _run(name, sys.argv[2:])
    except say.Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except process.Ended as ended:
        return 128 + ended.args[0]


def _help() -> int:
    print("make COMMAND, where COMMAND is one of:\n")
    for name, text in COMMANDS.items():
        print(f"  {name:13} {text}")
    print('\nmake test ARGS="-k name" passes arguments to pytest;')
    print("make test-one T=path::name runs one test. More: dev/README.md")
    return 0


def _check_python() -> None:
    """Odoo 19 wants Python 3.10 to 3.13; continue with one if this is another."""
    if (3, 10) <= sys.version_info[:2] <= (3, 13):
        return
    for minor in (13, 12, 11, 10):
        other = shutil.which("python3.%d" % minor)  # noqa: UP031
        if other:
            os.execv(other, [other, "-m", "dev", *sys.argv[1:]])
    sys.exit(
        "Odoo 19 needs Python 3.10 to 3.13: install one, or set PYTHON=/path/to/it."
    )


def _inside(paths) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(paths.VENV)


def _continue_inside(venv) -> None:
    python = str(venv.python())
    os.execv(python, [python, "-m", "dev", *sys.argv[1:]])


def _run(name: str, arguments: list) -> int:
    """Import and run a command; the imports need the virtual environment."""
    arguments = [*arguments, *shlex.split(os.environ.get("ARGS", ""))]
    module = __import__(f"dev.{_module(name)}", fromlist=["main"])
    return module.main(arguments) or 0


def _module(name: str) -> str:
    other = {"format": "formatting", "test-fast": "fast"}
    return other.get(name, name.replace("-", "_"))


if __name__ == "__main__":
    sys.exit(main())
