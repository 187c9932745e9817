"""Encryption of tokens at rest with a key that no database dump holds (spec F3)."""

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from odoo.tools import config

KEY_OPTION = "gmail_two_way_sync_key"
KEY_FILE = "gmail_two_way_sync.key"


class CannotDecrypt(Exception):
    """This server does not have the key with which the text was encrypted."""


def encrypt(text: str) -> str:
    """Encrypt ``text`` with this server's key; a key is made at the first use."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Give back what ``encrypt`` took.

    :raises CannotDecrypt: the key is another one, or not usable
    """
    try:
        return _fernet().decrypt(text.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise CannotDecrypt from error


def is_configured() -> bool:
    """Whether the key is in the server's configuration, not in its data directory."""
    return bool(config.get(KEY_OPTION))


def _fernet() -> Fernet:
    return Fernet(config.get(KEY_OPTION) or _key_of_data_dir())


def _key_of_data_dir() -> bytes:
    # Beside the filestores, not in one: a database backup takes its filestore
    # along, and must not take the key.
    path = Path(config["data_dir"]) / KEY_FILE
    if not path.exists():
        _create_once(path, Fernet.generate_key())
    return path.read_bytes().strip()


def _create_once(path: Path, content: bytes) -> None:
    """Create ``path`` whole or not at all; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
