from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.gmail_sign_in import CALLBACK_ROUTE
from ..models.res_users import START_ROUTE


class OAuthController(http.Controller):
    """The two ends of a sign-in at Google; what happens between is Google's."""

    @http.route(START_ROUTE, type="http", auth="user", methods=["GET"])
    def start(self, **_parameters):
        """Send this browser to Google's account chooser."""
        user = request.env.user
        try:
            user._check_gmail_own()
            user._check_gmail_configured()
        except UserError as error:
            return self._render_refusal(error)
        url = request.env["gmail.sign.in"]._begin(request.session)
        return request.redirect(url, local=False)

    @http.route(CALLBACK_ROUTE, type="http", auth="user", methods=["GET"])
    def callback(self, state=None, code=None, error=None, **_parameters):
        """Google sends the browser back here, with a code or with an error."""
        user = request.env.user
        try:
            user._check_gmail_own()
            request.env["gmail.sign.in"]._finish(request.session, state, code, error)
        except UserError as refusal:
            return self._render_refusal(refusal)
        return request.redirect(self._preferences_url())

    def _render_refusal(self, refusal):
        response = request.render(
            "gmail_two_way_sync.sign_in_refused",
            {
                "message": str(refusal),
                "preferences_url": self._preferences_url(),
                "retry_url": START_ROUTE,
            },
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _preferences_url(self):
        return f"/odoo/my-preferences/{request.env.user.id}"
