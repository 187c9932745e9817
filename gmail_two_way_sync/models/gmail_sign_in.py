import secrets
import time

from odoo import api, models
from odoo.exceptions import UserError

from ..google import errors, oauth
from ..rules.addresses import domain, is_consumer, match_key
from .sentences import sentence_of

SESSION_KEY = "gmail_two_way_sync_sign_ins"
SECONDS_VALID = 600
MOST_PENDING = 5
CALLBACK_ROUTE = "/gmail_two_way_sync/oauth/callback"
SCOPE_NAMES = {
    "https://www.googleapis.com/auth/gmail.readonly": "read",
    "https://www.googleapis.com/auth/gmail.send": "send",
}


class SignInRefused(UserError):
    """A sign-in that ended without a connection; the text is for the user."""


class GmailSignIn(models.AbstractModel):
    """The way to Google's permission page and back (A2, A3).

    What has to be remembered meanwhile lies in the browser's session on the server:
    a state that leaves Odoo once comes back once, to the same session, in time.
    """

    _name = "gmail.sign.in"
    _description = "Sign-in at Google"

    @api.model
    def _begin(self, session):
        """Remember a new attempt in ``session`` and return Google's page for it.

        :return: an absolute URL
        """
        state, verifier = secrets.token_urlsafe(32), oauth.new_verifier()
        pending = _still_valid(session.get(SESSION_KEY))
        pending[state] = {
            "verifier": verifier,
            "user_id": self.env.uid,
            "expires": time.time() + SECONDS_VALID,
        }
        newest = list(pending)[-MOST_PENDING:]
        session[SESSION_KEY] = {each: pending[each] for each in newest}
        accounts = self.env["gmail.account"].sudo()
        return oauth.authorization_url(
            accounts._hosts(),
            accounts._parameter("client_id"),
            self._redirect_uri(),
            state,
            oauth.challenge(verifier),
            accounts._live_of(self.env.user).email or None,
        )

    @api.model
    def _redirect_uri(self):
        return f"{self.env['gmail.account'].get_base_url()}{CALLBACK_ROUTE}"

    @api.model
    def _finish(self, session, state, code, error):
        """Turn what Google's redirect brought into a live connection.

        :param error: Google's ``error`` parameter, if the person or Google refused
        :raises SignInRefused: says why there is no connection
        :return: the ``gmail.account``
        """
        attempt = self._take(session, state)
        if error or not code:
            raise SignInRefused(self._words_for_refusal(error))
        # sudo: gmail.account - users do not write connections, signing in does
        engine = self.sudo()
        try:
            grant = engine._oauth().exchange(
                code, attempt["verifier"], self._redirect_uri()
            )
            return engine._connect_granted(self.env.user, grant)
        except errors.GoogleError as failure:
            raise SignInRefused(self._words_for_failure(failure)) from failure

    def _take(self, session, state):
        """The pending attempt of this state; it cannot be taken again."""
        pending = _still_valid(session.get(SESSION_KEY))
        attempt = pending.pop(state or "", None)
        session[SESSION_KEY] = pending
        if not attempt or attempt["user_id"] != self.env.uid:
            raise SignInRefused(
                self.env._(
                    "This sign-in was not started here, was used already, or took "
                    "longer than 10 minutes. Please connect again."
                )
            )
        return attempt

    def _words_for_refusal(self, error):
        if error in (None, "", "access_denied"):
            return self.env._(
                "You cancelled at Google, so nothing was connected. You can connect "
                "whenever you like."
            )
        return self.env._(
            "Google refused the sign-in (%(error)s). Ask your administrator, naming "
            "this word; nothing was connected.",
            error=error[:60],
        )

    def _words_for_failure(self, failure):
        """Nothing is tried again by itself here: the person has to."""
        if isinstance(failure, errors.TryAgain | errors.RateLimited):
            return self.env._(
                "Google could not be reached (%(reason)s), so nothing was connected. "
                "Connect again in a few minutes.",
                reason=failure.reason or failure.detail,
            )
        return sentence_of(self.env, failure)

    def _oauth(self):
        return self.env["gmail.account"]._oauth_client()

    def _connect_granted(self, user, grant):
        """Connect what was granted, or revoke it and say what is wrong with it."""
        try:
            self._check_grant(grant)
            profile, own_addresses = self._ask_mailbox(grant)
            self._check_allowed(profile.email)
            return self.env["gmail.account"]._connect(
                user, grant, profile, own_addresses
            )
        except (UserError, errors.GoogleError):
            self._forget(grant)
            raise

    def _check_grant(self, grant):
        """All permissions or none (A3); without offline access nothing can sync."""
        missing = [SCOPE_NAMES[scope] for scope in grant.missing_scopes]
        if missing:
            raise SignInRefused(self._words_for_missing(missing))
        if not grant.tokens.refresh_token:
            raise SignInRefused(
                self.env._(
                    "Google gave no lasting permission. Remove this app's access in "
                    "your Google account, then connect again."
                )
            )

    def _words_for_missing(self, missing):
        words = {
            "read": self.env._("“View your email messages and settings”"),
            "send": self.env._("“Send email on your behalf”"),
        }
        return self.env._(
            "A permission was not given: %(permissions)s. Without it email cannot be "
            "kept in both places, so nothing was connected. Connect again and tick "
            "every box.",
            permissions=", ".join(words[each] for each in missing),
        )

    def _ask_mailbox(self, grant):
        with self.env["gmail.account"]._client_with(grant.tokens) as client:
            verified = [each.email for each in client.send_as() if each.is_verified]
            return client.profile(), verified

    def _check_allowed(self, email):
        """Whether the administrator lets such an address be connected (A9, A10)."""
        accounts = self.env["gmail.account"]
        if accounts._parameter("forbid_consumer") and is_consumer(email):
            raise SignInRefused(
                self.env._(
                    "%(address)s is a free Gmail address. Your administrator allows "
                    "business addresses only; choose another account.",
                    address=email,
                )
            )
        allowed = accounts._parameter("allowed_domains").lower()
        allowed = {each.strip() for each in allowed.split(",") if each.strip()}
        if allowed and domain(email) not in allowed:
            raise SignInRefused(
                self.env._(
                    "%(address)s cannot be connected: your administrator allows "
                    "addresses of %(domains)s only.",
                    address=email,
                    domains=", ".join(sorted(allowed)),
                )
            )

    def _forget(self, grant):
        """Revoke what was granted, unless a connection lives on the same mailbox."""
        live = self.env["gmail.account"].search_count(
            [
                ("email_key", "=", match_key(grant.email)),
                ("state", "in", ("connected", "reconnect")),
            ]
        )
        if live:
            return
        try:
            self._oauth().revoke(
                grant.tokens.refresh_token or grant.tokens.access_token
            )
        except errors.GoogleError:
            return  # best effort: nothing is kept here in any case


def _still_valid(pending):
    now = time.time()
    return {
        state: attempt
        for state, attempt in (pending or {}).items()
        if attempt["expires"] > now
    }
