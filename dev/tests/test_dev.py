"""What dev/ decides, without network."""

import pytest

from odoo.tests.common import get_db_name
from odoo.tools import config

from dev import apt, odoo, postgres, templates, venv


def test_supported_python():
    assert venv.supported((3, 10)) and venv.supported((3, 13))
    assert not venv.supported((3, 9)) and not venv.supported((3, 14))


def test_pip_failure_names_the_package():
    output = ["ERROR: No matching distribution found for nosuch==1.0"]
    assert "nosuch==1.0" in venv.explain_pip_failure(output)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["http://a/debian Debian stable", "http://a/debian-security x"],
            "http://a/debian",
        ),
        (["http://a/debian bookworm"], "http://a/debian"),
        (["http://a/ubuntu Ubuntu noble"], ""),
        ([], ""),
    ],
)
def test_mirror_is_the_machines_own(lines, expected):
    assert apt.pick_mirror(lines) == expected


def test_odoo_version_is_read_without_importing(tmp_path):
    release = tmp_path / "release.py"
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    assert odoo.read_version(release) == "19.0.0"
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    assert odoo.read_version(release) == ""
    assert odoo.read_version(tmp_path / "none.py") == ""


def test_checkout_and_package_folder_have_other_addons(tmp_path):
    release = tmp_path / "odoo" / "release.py"
    release.parent.mkdir()
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    core = tmp_path / "odoo" / "addons"
    assert odoo.from_folder(tmp_path, "").addons == (tmp_path / "addons", core)
    (core / "web").mkdir(parents=True)
    assert odoo.from_folder(tmp_path, "").addons == (core,)


@pytest.mark.parametrize(
    ("version", "may_create", "role", "used"),
    [
        (150000, True, "odoo", True),
        (120000, True, "odoo", False),
        (150000, True, "postgres", False),
        (150000, False, "odoo", False),
    ],
)
def test_which_running_postgres_is_used(version, may_create, role, used):
    assert (postgres.why_not(version, may_create, role) == "") is used


def test_tests_and_static_files_need_no_new_installation(tmp_path):
    for name in ("models/a.py", "tests/test_a.py", "static/src/a.js"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("1")
    before = templates.fingerprint(tmp_path)
    (tmp_path / "tests/test_a.py").write_text("2")
    (tmp_path / "static/src/a.js").write_text("2")
    assert templates.fingerprint(tmp_path) == before
    (tmp_path / "models/a.py").write_text("2")
    assert templates.fingerprint(tmp_path) != before


def test_two_servers_do_not_share_file_stores():
    ours = "/cache/gmail-two-way-sync/postgres18/socket"
    assert postgres.files_of(ours, "5432") == postgres.Server().files
    other = postgres.files_of("/var/run/postgresql", "5432")
    assert other != postgres.Server().files
    assert other != postgres.files_of("db", "5432")


def test_worker_shares_its_files_with_no_other():
    database = get_db_name()
    assert config.filestore(database).endswith(f"/{database}")
