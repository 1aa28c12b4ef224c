"""``api/``: documents and their shares. The words are those of the single server's sharing API, with ids for paths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar, Final

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from jupyter_tandem.adapters.hub.body import held_body, owned_body
from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.route import HubRoute
from jupyter_tandem.adapters.server.sharing.body import grant_body, view_body
from jupyter_tandem.adapters.server.sharing.wish import (
    flag,
    grant_change,
    grant_wish,
    only,
    path_of,
    subject_of,
)
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.ports.hub_desk import Desks, Handover
from jupyter_tandem.sharing import GrantId
from jupyter_tandem.types import Action, DocumentKind, FileId, LineageId

MOST_NAMES: Final = 20
"""Users, and groups, in one answer: what fits under a text field."""


@stream_request_body
class DocumentsRoute(HubRoute):
    """``GET documents``: what others share with me. ``POST documents``: hand one over.

    Nothing of a body is read before it is known who sends it.
    """

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.MANAGE}

    def initialize(self, desks: Desks, meter: HubMeter, limit: int) -> None:  # type: ignore[override]
        """Take documents of at most ``limit`` bytes."""
        super().initialize(desks, meter)
        self._limit = limit
        self._state = bytearray()

    async def prepare(self) -> None:
        """Let a large body through once it is known whose it is."""
        await super().prepare()
        connection = self.request.connection
        if not self._finished and isinstance(connection, HTTP1Connection):
            connection.set_max_body_size(self._limit)

    def data_received(self, chunk: bytes) -> None:
        """Collect what comes."""
        if not self._finished:
            self._state += chunk

    async def get(self) -> None:
        """Answer with that, and with what is mine and who has it."""
        with self.refusing():
            counter = self.desks.counter
            held = await counter.offered(self.delegate)
            mine = [owned_body(one, grants) for one, grants in counter.owned(self.delegate)]
            self.finish({"with_me": [held_body(one) for one in held], "mine": mine})

    async def post(self) -> None:
        """Take the state in the body; what it belongs to is in the query. 201 with id and lineage."""
        with self.refusing():
            registered = await self.desks.registrar.take(self._handover(), bytes(self._state))
            self.set_status(201)
            self.finish({"id": registered.id, "lineage": registered.lineage})

    def _handover(self) -> Handover:
        server = self._said("server")
        if server not in self.delegate.servers:
            raise InvalidInput("This token is of another server.")
        return Handover(
            owner=self.delegate.user.username,
            server=server,
            file_id=FileId(self._said("file_id")),
            kind=DocumentKind(self._said("format"), self._said("type")),
            name=self._said("name"),
            lineage=LineageId(self._said("lineage")),
            within=_object(self.get_query_argument("within", "null", strip=False)),
        )

    def _said(self, name: str) -> str:
        found = self.get_query_argument(name, None, strip=False)
        if found is None:
            raise InvalidInput(f"`{name}` is missing in the query.")
        return found


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("`within` holds no valid JSON.") from error


class HubSharesRoute(HubRoute):
    """``GET shares?path=``: all about one document."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with grants and who is here."""
        with self.refusing():
            path = self.get_query_argument("path", "", strip=False)
            counter = self.desks.counter
            view = await counter.view(self.delegate, path)
            self.finish(view_body(view, counter.office.now()))


class HubGrantsRoute(HubRoute):
    """``POST grants``: share with somebody."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Answer 201 with the grant."""
        with self.refusing():
            counter = self.desks.counter
            path, subject, offer = grant_wish(self.body(), counter.office.now())
            grant = await counter.give(self.delegate, path, subject, offer)
            self.set_status(201)
            self.finish(grant_body(grant, path))


class HubGrantRoute(HubRoute):
    """``PATCH`` and ``DELETE grants/<id>``."""

    actions: ClassVar[Mapping[str, Action]] = {"PATCH": Action.MANAGE, "DELETE": Action.READ}

    async def patch(self, grant_id: str) -> None:
        """Change it; open connections follow before the answer."""
        with self.refusing():
            counter = self.desks.counter
            wish = grant_change(self.body(), counter.office.now())
            caller = counter.caller_about(self.delegate, grant_id)
            grant = await counter.office.shares.change(caller, GrantId(grant_id), wish=wish)
            self.finish(grant_body(grant))

    async def delete(self, grant_id: str) -> None:
        """Take it back, or give up one's own; open connections are closed before the answer."""
        with self.refusing():
            await self.desks.counter.end(self.delegate, grant_id)
            self.set_status(204)
            self.finish()


class HubRemovalsRoute(HubRoute):
    """``POST removals``: take from one person what lets them into a document."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Answer with the grants that ended."""
        with self.refusing():
            body = self.body()
            only(body, frozenset({"path", "subject", "end_links"}))
            counter, path = self.desks.counter, path_of(body)
            ended = await counter.office.shares.remove(
                counter.caller(self.delegate, path),
                path,
                subject_of(body.get("subject")),
                end_links=flag(body, "end_links", False),
            )
            self.finish({"ended": [grant_body(grant) for grant in ended]})


class NamesRoute(HubRoute):
    """``GET names?q=``: users and groups of the Hub, as far as the service's scopes tell."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with both lists."""
        with self.refusing():
            query = self.get_query_argument("q", "", strip=True)[:255]
            names = await self.desks.hub.names(query, MOST_NAMES)
            self.finish({"users": names.users, "groups": names.groups, "whole": names.whole})
