from . import gmail_thread_move_wizard
