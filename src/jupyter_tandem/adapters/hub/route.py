"""What the routes of the service share: whose token it is, and how a refusal is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from tornado.web import HTTPError, RequestHandler

from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.errors import AccessDenied, InvalidInput, TandemError
from jupyter_tandem.ports.hub_desk import Desks
from jupyter_tandem.sharing import Delegate
from jupyter_tandem.types import Action

_log = logging.getLogger(__name__)

MOST_BODY_BYTES = 64 * 1024


class HubRoute(RequestHandler):
    """A route for servers and programs that come with a person's Hub token, in a header and nowhere else.

    Attributes:
        actions: What each method needs to be allowed to do; reading is enough where that is ``READ``.
    """

    actions: ClassVar[Mapping[str, Action]] = {}
    delegate: Delegate

    def initialize(self, desks: Desks, meter: HubMeter) -> None:
        """Ask ``desks``."""
        self.desks = desks
        self.meter = meter

    def check_xsrf_cookie(self) -> None:
        """There are no cookies here: a browser that is led here brings nothing that would let it in."""

    def set_default_headers(self) -> None:
        """Nothing here is to be kept, sniffed, framed or run."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("Referrer-Policy", "no-referrer")

    async def prepare(self) -> None:
        """Let nobody in without a token that counts (HUB-3, HUB-17)."""
        try:
            self.delegate = await self.desks.gate.admit(self.token())
            needed = self.actions.get(self.request.method or "")
            if needed is None:
                raise HTTPError(405)
            if needed is not Action.READ and not self.delegate.may_write:
                raise AccessDenied("This token is for reading only (custom:tandem:read).")
        except TandemError as error:
            self.meter.refused(error.code)
            self.refuse(error)

    def token(self) -> str:
        """The token in the request's header, or ``""``."""
        word, _, token = self.request.headers.get("Authorization", "").partition(" ")
        return token.strip() if word.lower() in {"token", "bearer"} else ""

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn Tandem's errors into answers."""
        try:
            yield
        except TandemError as error:
            self.refuse(error)

    def refuse(self, error: TandemError) -> None:
        """Answer with what the error says about itself."""
        self.set_status(error.http_status)
        self.finish({"reason": error.code, "message": str(error), "retryable": error.retryable})

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """Answer in the same form, without saying what went wrong inside."""
        self.finish({"reason": "http", "message": self._reason, "retryable": status_code >= 500})

    def body(self) -> dict[str, Any]:
        """The request's JSON object.

        Raises:
            InvalidInput: it is none, or too long.
        """
        raw = self.request.body
        if len(raw) > MOST_BODY_BYTES:
            raise InvalidInput("The request is too long.")
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise InvalidInput("The request holds no valid JSON.") from error
        if not isinstance(found, dict):
            raise InvalidInput("The request holds JSON that is no object.")
        return found

    def log_exception(self, *args: Any) -> None:
        """Into the service's log; tokens are in headers, which are not told."""
        if not isinstance(args[1], HTTPError):
            _log.error("%s %s failed", self.request.method, self.request.path, exc_info=args)
