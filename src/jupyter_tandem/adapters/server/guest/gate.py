"""Refuses guests' cookies wherever they do not belong (GUEST-1)."""

from __future__ import annotations

from typing import Any, Final

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application, RequestHandler

from jupyter_tandem.adapters.server.guest.cookie import GUEST_COOKIE

REFUSAL: Final = "You are a guest here: only what was shared with you is open to you.\n"


class GuestElsewhere(Matcher):
    """Matches every request that carries a guest's cookie to an address outside the guest view.

    Browsers never do that, since the cookie is for that part only: who does is trying doors.
    """

    def __init__(self, inside: str) -> None:
        """``inside``: where guests' addresses begin, with a slash at the end."""
        self._inside = inside

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """See tornado."""
        if request.path.startswith(self._inside):
            return None
        carries = any(name.startswith(GUEST_COOKIE) for name in request.cookies)
        return {} if carries else None


class Refused(RequestHandler):
    """Answers everything with 403, WebSocket handshakes too."""

    def prepare(self) -> None:
        """End the request before anything of it is looked at."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(REFUSAL)

    def check_xsrf_cookie(self) -> None:
        """Nothing will happen."""


def put_up(application: Application, inside: str) -> None:
    """Stand before every route of ``application``, also those that are added later."""
    router = application.default_router
    rule = router.process_rule(Rule(GuestElsewhere(inside), Refused))
    router.rules.insert(0, rule)
