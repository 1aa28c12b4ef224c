"""What all of Tandem's HTTP routes share: who asks, what the route needs, how a refusal is told."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, RequestHandler

from jupyter_tandem.adapters.server.identity import RESOURCE, ServerGrants, visitor
from jupyter_tandem.errors import TandemError
from jupyter_tandem.ports.reception import Visitor
from jupyter_tandem.types import Action, DocumentKind

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

MOST_BODY_BYTES: Final = 64 * 1024
"""Longest request body: titles and descriptions, never content."""


class TandemRoute(APIHandler):
    """A route that answers only those who may do what it declares.

    Attributes:
        actions: The action each HTTP method needs; a method that is missing here cannot be built into the
            server (ACCESS-1).
    """

    auth_resource = RESOURCE
    actions: ClassVar[Mapping[str, Action]] = {}

    visitor: Visitor

    async def prepare(self) -> None:  # type: ignore[override]  # jupyter_server's is a coroutine too
        """Authenticate, then ask the authorizer, before anything of the request is looked at."""
        await super().prepare()
        if self._finished or self.request.method == "OPTIONS":
            return
        self.visitor = visitor(self)
        needed = self.actions.get(self.request.method or "")
        if needed is None:
            raise HTTPError(405)
        await self.require(needed)

    async def require(self, action: Action) -> None:
        """Do nothing, unless the visitor may not do ``action``.

        Raises:
            HTTPError: they may not (403).
        """
        if action not in await ServerGrants(self).actions():
            raise HTTPError(403, "You may not do this.")

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Turn Tandem's errors into answers in the form stock clients read."""
        try:
            yield
        except TandemError as error:
            self.refuse(error)

    def refuse(self, error: TandemError) -> None:
        """Answer with what the error says about itself."""
        text = str(error)
        self.set_status(error.http_status)
        self.finish(
            {
                "code": error.http_status,
                "error": text,
                "message": text,
                "reason": error.code,
                "retryable": error.retryable,
            }
        )

    def body(self) -> dict[str, Any]:
        """The request's JSON object; an empty body is an empty object.

        Raises:
            HTTPError: it is too long (413) or holds something else (400).
        """
        raw = self.request.body
        if len(raw) > MOST_BODY_BYTES:
            raise HTTPError(413, "The request is too long.")
        try:
            found = json.loads(raw) if raw else {}
        except (ValueError, RecursionError) as error:
            raise HTTPError(400, "The request holds no valid JSON.") from error
        if not isinstance(found, dict):
            raise HTTPError(400, "The request holds JSON that is no object.")
        return found

    def text(self, body: Mapping[str, Any], name: str, default: str | None = None) -> str:
        """A string out of ``body``.

        Raises:
            HTTPError: it is missing without a default, or no string (400).
        """
        found = body.get(name, default)
        if not isinstance(found, str):
            raise HTTPError(400, f"`{name}` must be a string.")
        return found

    def kind(self, values: Mapping[str, Any]) -> DocumentKind:
        """The document kind in ``format`` and ``type``.

        Raises:
            HTTPError: one is missing or could not stand in a room id (400).
        """
        form, document_type = self.text(values, "format"), self.text(values, "type")
        if form not in {"json", "text", "base64"} or not document_type or ":" in document_type:
            raise HTTPError(400, "`format` or `type` is none that a document can have.")
        return DocumentKind(form, document_type)


def undeclared_routes(handlers: Iterable[type[RequestHandler]]) -> list[str]:
    """Methods of ``handlers`` that answer without a declared action; start-up fails unless it is empty."""
    return [
        f"{cls.__name__}.{method.lower()}"
        for cls in handlers
        for method in _METHODS
        if _implements(cls, method) and method not in getattr(cls, "actions", {})
    ]


def _implements(cls: type[RequestHandler], method: str) -> bool:
    return getattr(cls, method.lower()) is not getattr(RequestHandler, method.lower())
