"""The words for every outcome of a Google call that a person can meet."""

from email.utils import parseaddr

from odoo.tools import format_datetime

from ..google import errors
from ..rules.compose import NoRecipient, Unsendable
from ..tools.vault import CannotDecrypt


class NotConnected(Exception):
    """The mailbox of a message cannot send.

    :ivar state: of the connection
    :ivar may_have_left: an earlier attempt had an unknown outcome
    """

    def __init__(self, state, may_have_left):
        super().__init__(state)
        self.state = state
        self.may_have_left = may_have_left


class SenderGone(Exception):
    """The argument, a From header, is no address of the mailbox any more."""


class FileGone(Exception):
    """The argument, the name of an attachment, has no content on this server."""


class LeftToOriginal(Exception):
    """A message waited in the database that this one is a copy of."""


class MailboxGone(Exception):
    """The mailbox that something is read from is not connected any more."""


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
        (errors.ProjectQuotaUsedUp, lambda e: _quota(env)),
        (errors.GoogleError, lambda e: _unreachable(env, e)),
        (CannotDecrypt, lambda e: _undecryptable(env)),
        (NotConnected, lambda e: _not_connected(env, e)),
        (SenderGone, lambda e: _sender_gone(env, e)),
        (FileGone, lambda e: _file_gone(env, e)),
        (LeftToOriginal, lambda e: _left_to_original(env)),
        (MailboxGone, lambda e: _mailbox_gone(env)),
        (Unsendable, lambda e: _unsendable(env, e)),
    )


def _limit(env, error):
    return env._(
        "This mailbox has sent as many messages as it may in 24 hours. Press Send "
        "again from %(time)s on.",
        time=_time(env, error.retry_at),
    )


def _rate(env, error):
    return env._(
        "Google asks to wait until %(time)s. It goes on by itself then.",
        time=_time(env, error.retry_at),
    )


def _time(env, moment):
    """A moment (naive UTC) as the reader writes it, with the name of the time zone."""
    zone = env.context.get("tz") or env.user.tz or "UTC"
    return f"{format_datetime(env, moment, tz=zone, dt_format='short')} ({zone})"


def _not_connected(env, error):
    if error.state == "reconnect":
        return _reconnect(env)
    if error.may_have_left:
        return env._(
            "The mailbox that this message was to leave from is not connected any "
            "more, and the message may have left: look among its sent messages. If "
            "it is not there, connect the mailbox again, then send again."
        )
    return env._(
        "The mailbox that this message was to leave from is not connected any more. "
        "Connect a mailbox in the preferences, then send again."
    )


def _file_gone(env, error):
    return env._(
        "The file “%(name)s” cannot be found on the server, so the message did not "
        "leave. Ask your administrator to restore it, then send again.",
        name=error.args[0],
    )


def _left_to_original(env):
    return env._(
        "This database is a copy, and the message waited when it was made: it leaves "
        "from the original database. Send it again only if it does not."
    )


def _mailbox_gone(env):
    return env._(
        "The mailbox was disconnected. What was imported stays; connect it again and "
        "start anew to import the rest."
    )


def _sender_gone(env, error):
    return env._(
        "%(address)s is not an address that Gmail lets this mailbox send from any "
        "more. Add it again in Gmail's settings (Send mail as), then send again.",
        address=parseaddr(error.args[0])[1],
    )


def _reconnect(env):
    return env._(
        "Google no longer accepts the connection to this mailbox. Reconnect it in "
        "the preferences; what was to leave in the last 24 hours leaves then."
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
        "Gmail is switched off for this account (%(detail)s). Ask the administrator "
        "of your Google Workspace to switch it on.",
        detail=error.detail.rstrip("."),
    )


def _refused(env, error):
    return env._("Google refused: %(detail)s", detail=error.detail or error.reason)


def _unknown(env):
    return env._(
        "The connection broke while Gmail took the message. Odoo looks it up in the "
        "mailbox before it tries again."
    )


def _quota(env):
    return env._(
        "This database's Google project has used up its quota of today. An "
        "administrator can raise it in Google's console; it is tried again by itself."
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
    if isinstance(error, NoRecipient):
        return env._(
            "Nobody who should get this message has an email address that mail can be "
            "sent to. Correct it on the contact, then send again."
        )
    if error.address:
        return env._(
            "No email can be sent to the address %(address)s. Correct it, then send "
            "again.",
            address=error.address,
        )
    return env._("This cannot be sent by email: %(detail)s", detail=error.detail)
