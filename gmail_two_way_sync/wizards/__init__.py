from . import (
    gmail_find_wizard,
    gmail_import_wizard,
    gmail_setup_check,
    gmail_thread_move_wizard,
)
