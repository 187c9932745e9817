"""The words for every outcome of a Google call that a person can meet."""

from ..google import errors
from ..rules.compose import Unsendable
from ..tools.vault import CannotDecrypt


def sentence_of(env, error):
    """What happened and what to do, in the language of ``env``.

    :param error: an exception; Google's own words are used where they say more
    """
    for kind, sentence in _sentences(env):
        if isinstance(error, kind):
            return sentence(error)
    return env._(
        "An error in Odoo stopped this. It is tried again; the server's log has "
        "the details."
    )


def _sentences(env):
    """Sentence makers by kind, the more special kinds first."""
    return (
        (errors.SendingLimitReached, lambda e: _limit(env, e)),
        (errors.RateLimited, lambda e: _rate(env, e)),
        (errors.TokenRefused, lambda e: _reconnect(env)),
        (errors.ScopeMissing, lambda e: _reconnect(env)),
        (errors.CodeRefused, lambda e: _code(env)),
        (errors.ClientRefused, lambda e: _client(env, e)),
        (errors.MailboxOff, lambda e: _off(env, e)),
        (errors.Refused, lambda e: _refused(env, e)),
        (errors.OutcomeUnknown, lambda e: _unknown(env)),
        (errors.GoogleError, lambda e: _unreachable(env, e)),
        (CannotDecrypt, lambda e: _undecryptable(env)),
        (Unsendable, lambda e: _unsendable(env, e)),
    )


def _limit(env, error):
    return env._(
        "Google's limit for messages per day is reached. It can be sent again "
        "from %(time)s (UTC).",
        time=error.retry_at.strftime("%Y-%m-%d %H:%M"),
    )


def _rate(env, error):
    return env._(
        "Google asks to wait until %(time)s (UTC). It goes on by itself then.",
        time=error.retry_at.strftime("%Y-%m-%d %H:%M"),
    )


def _reconnect(env):
    return env._(
        "Google no longer accepts the connection to this mailbox. Reconnect it in "
        "the preferences, then send again."
    )


def _code(env):
    return env._("Google did not accept the sign-in any more. Please connect again.")


def _client(env, error):
    return env._(
        "Google does not accept this database's OAuth client (%(reason)s). An "
        "administrator has to check client id and secret in the general settings.",
        reason=error.reason or error.detail,
    )


def _off(env, error):
    return env._(
        "Gmail is switched off for this account: %(detail)s Ask the administrator "
        "of your Google Workspace.",
        detail=error.detail,
    )


def _refused(env, error):
    return env._("Google refused: %(detail)s", detail=error.detail or error.reason)


def _unknown(env):
    return env._(
        "The connection broke while Gmail took the message. Odoo looks it up in the "
        "mailbox before it tries again."
    )


def _unreachable(env, error):
    return env._(
        "Google could not be reached (%(reason)s). It is tried again by itself.",
        reason=error.reason or error.detail or type(error).__name__,
    )


def _undecryptable(env):
    return env._(
        "This server cannot read the connection's tokens. An administrator has to put "
        "the original server's key in place (gmail_two_way_sync_key), or the mailbox "
        "has to be reconnected."
    )


def _unsendable(env, error):
    return env._("This cannot be sent by email: %(detail)s", detail=str(error))
