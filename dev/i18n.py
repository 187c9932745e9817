"""`make i18n`: bring the translations' template and files to the state of the texts."""

import tempfile
from pathlib import Path

import polib

from . import odoo, paths, postgres, process, say
from .run_odoo import Runner
from .templates import Templates

FOLDER = paths.ADDON / "i18n"
TEMPLATE = FOLDER / f"{paths.ADDON.name}.pot"


def main(arguments: list[str]) -> int:
    """Export the texts, merge them into every .po; tell what is not translated."""
    process.adopt_orphans()
    FOLDER.mkdir(exist_ok=True)
    with postgres.server() as server, tempfile.TemporaryDirectory() as folder:
        runner = Runner(odoo.find(), server)
        with Templates(runner).run() as database:
            config = runner.configure(Path(folder) / "odoo.conf", database)
            exported = Path(folder) / "exported.pot"
            script = (
                "from odoo.tools.translate import trans_export\n"
                f"with open({str(exported)!r}, 'wb') as file:\n"
                f"    trans_export(False, [{paths.ADDON.name!r}], file, 'po', env)\n"
            )
            runner.script(config, script, "Texts")
            template = _write_template(exported)
    for file in sorted(FOLDER.glob("*.po")):
        _merge(file, template)
    return 0


def _write_template(exported: Path) -> polib.POFile:
    """Write the template without what changes with every export."""
    template = polib.pofile(exported)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(name, None)
    template.save(TEMPLATE)
    say.line(f"  {TEMPLATE.name}: {len(template)} texts")
    return template


def _merge(file: Path, template: polib.POFile) -> None:
    translated = polib.pofile(file)
    translated.merge(template)
    for entry in [each for each in translated if each.obsolete]:
        translated.remove(entry)
    translated.save()
    missing = len(translated) - len(translated.translated_entries())
    say.line(f"  {file.name}: {missing} texts without a translation")
