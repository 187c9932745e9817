"""All texts can be translated, and are, into three languages (E6)."""

import io
import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

FOLDER = Path(__file__).parent.parent / "i18n"
ADDON = "gmail_two_way_sync"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|</?\w+")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def setUp(self):
        super().setUp()
        self.template = polib.pofile(FOLDER / f"{ADDON}.pot")

    def test_e6_template_is_complete(self):
        exported = io.BytesIO()
        trans_export(False, [ADDON], exported, "po", self.env)
        texts = {each.msgid for each in polib.pofile(exported.getvalue().decode())}
        known = {each.msgid for each in self.template}
        self.assertEqual(known, texts, "`make i18n` renews the template")

    def test_e6_translations_are_complete(self):
        texts = {each.msgid for each in self.template}
        for language in ("de", "es", "fr"):
            translated = polib.pofile(FOLDER / f"{language}.po").translated_entries()
            with self.subTest(language=language):
                self.assertEqual(texts, {each.msgid for each in translated})
                wrong = [each.msgid for each in translated if _differs(each)]
                self.assertFalse(wrong)

    def test_e6_people_read_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms([ADDON], ["fr_FR"])
        french = self.env(context={"lang": "fr_FR"})
        button = polib.pofile(FOLDER / "fr.po").find("Change account").msgstr
        arch = french["res.users"].get_view(
            french.ref("base.view_users_form_simple_modif").id, "form"
        )["arch"]
        self.assertIn(f'string="{button}"', arch)


def _differs(entry):
    """Whether placeholders or tags of a text got lost in its translation."""
    original, translation = map(PLACEHOLDER.findall, (entry.msgid, entry.msgstr))
    return sorted(original) != sorted(translation)
