from . import test_conversation, test_sign_in, test_tokens, test_tours
