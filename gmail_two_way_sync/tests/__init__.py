from . import (
    test_access,
    test_conversation,
    test_mail_in_conversations,
    test_mail_in_silence,
    test_mail_in_who,
    test_records_change,
    test_sign_in,
    test_sync,
    test_tokens,
    test_tours,
)
