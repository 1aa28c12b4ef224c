"""What the routes of the sharing API share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, RequestHandler

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.adapters.server.sharing.caller import caller_of
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.ports.desks import Caller, Office
from jupyter_tandem.types import Action


class SharingRoute(TandemRoute):
    """A route for people with an account. What they may do depends on what they ask about, so the desk
    decides: the declared action is what it asks of them there.
    """

    actions: ClassVar[Mapping[str, Action]] = {}
    caller: Caller

    def initialize(self, office: Office) -> None:
        """Ask the desks of ``office``."""
        self.office = office

    async def prepare(self) -> None:  # type: ignore[override]  # as TandemRoute's
        """Let nobody in who is not signed in, whatever ``allow_unauthenticated_access`` says."""
        await APIHandler.prepare(self)
        if self._finished or self.request.method == "OPTIONS":
            return
        if (self.request.method or "") not in self.actions:
            raise HTTPError(405)
        caller = await caller_of(self)
        if caller is None:
            raise HTTPError(403, "Log in first.")
        self.caller = caller
        self.set_header("Cache-Control", "no-store")

    def body(self) -> dict[str, Any]:
        """The request's JSON object.

        Raises:
            HTTPError: it is no JSON (400, 413, 415).
        """
        require_json(self)
        return super().body()

    def query(self, name: str, default: str | None = None) -> str:
        """A value out of the query; required when there is no default.

        Raises:
            InvalidInput: it is missing.
        """
        found: str | None = self.get_query_argument(name, default, strip=False)
        if found is None:
            raise InvalidInput(f"`{name}` is missing in the query.")
        return found

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """A value out of the query that is one of ``choices``, the first when it is missing.

        Raises:
            InvalidInput: it is none of them.
        """
        found = self.query(name, choices[0])
        if found not in choices:
            raise InvalidInput(f"`{name}` must be one of {', '.join(choices)}.")
        return found

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.office.now()


def require_json(handler: RequestHandler) -> None:
    """Do nothing, unless the request's body is of a type that another site's form could send.

    Raises:
        HTTPError: 415.
    """
    if not (handler.request.headers.get("Content-Type") or "").startswith("application/json"):
        raise HTTPError(415, "Send JSON, with the content type application/json.")
