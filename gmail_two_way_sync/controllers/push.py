import json
import logging

from odoo import http
from odoo.http import request

from ..google import push
from ..google.errors import Forged, TryAgain
from ..models.gmail_account_watch import PUSH_ROUTE

_logger = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024


class PushController(http.Controller):
    """Google's pushes; what they tell is done by a scheduled action (F2)."""

    @http.route(
        PUSH_ROUTE,
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def push(self, **_parameters):
        """Any 2xx tells Pub/Sub that the notification need not come again."""
        # sudo: gmail.account - whoever has Google's token may say what changed
        accounts = request.env["gmail.account"].sudo()
        try:
            push.verify(
                request.httprequest.headers.get("Authorization", "")[len("Bearer ") :],
                accounts._hosts(),
                accounts._push_audience(),
                accounts._parameter("push_service_account"),
            )
        except Forged as error:
            _logger.warning("A push was refused: %s", error)
            return request.make_response("", status=403)
        except TryAgain as error:
            _logger.warning("A push could not be checked: %s", error)
            return request.make_response("", status=503)
        self._note(accounts)
        return request.make_response("", status=204)

    def _note(self, accounts):
        """One that cannot be read would not get better by coming again."""
        if (request.httprequest.content_length or 0) > MAX_BYTES:
            return
        try:
            body = json.loads(request.httprequest.get_data())
            accounts._note_push(*push.notification(body))
        except ValueError:
            _logger.warning("A push of Google's could not be read")
