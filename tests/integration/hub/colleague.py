"""Somebody's front end at their own server, as a raw client."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from pycrdt import Doc

from jupyter_tandem.protocol import frames as f
from tests.integration.hub.real_hub import RealHub
from tests.integration.server.client import PATIENCE_S, StockClient, listening


class Colleague(StockClient):
    """A front end that says ``tandem=1``, so that it hears of rights, files and what is durable."""

    sent = 0

    async def say(self, message: f.ClientMessage) -> None:
        """Count what is acknowledged."""
        self.sent += isinstance(message, f.SyncStep2 | f.Update)
        await super().say(message)

    def acknowledged(self) -> int:
        """How many of its edits are durable at its own server."""
        counts = [m.count for m in self.messages if isinstance(m, f.Acknowledgement)]
        return counts[-1] if counts else 0

    def file(self) -> dict[str, Any]:
        """What it was told of the file."""
        told = [m.body for m in self.messages if isinstance(m, f.Status) and "file" in m.body]
        return dict(told[-1]["file"]) if told else {}

    def role(self) -> str:
        """What it was told it is."""
        told = [m.body for m in self.messages if isinstance(m, f.Hello | f.Status)]
        rights = [b.get("rights", b).get("role") for b in told]
        return str([role for role in rights if role][-1])

    async def type(self, cell: int, text: str) -> None:
        """Type at the end of a cell and send it."""
        self.append(cell, text)
        await self.flush()

    async def show(self, client: int | None = None, clock: int = 1, **user: object) -> None:
        """Say where the cursor is."""
        state = json.dumps({"user": user, "cursor": 1})
        number = client or self.doc.client_id
        await self.say(f.Awareness((f.AwarenessState(number, clock, state),)))

    def people(self) -> dict[str, str]:
        """Username to display name of everybody it sees."""
        found = {}
        for text in self.awareness().values():
            user = json.loads(text)["user"] if text != "null" else None
            if user:
                found[str(user["username"])] = str(user["display_name"])
        return found


@contextlib.asynccontextmanager
async def in_document(
    hub: RealHub, name: str, path: str, *, by: str = "", doc: Doc[Any] | None = None
) -> AsyncIterator[Colleague]:
    """Be in a document at ``name``'s server, synchronised."""
    kind = ("json", "notebook") if path.endswith(".ipynb") else ("text", "file")
    body = {"format": kind[0], "type": kind[1]}
    reply = await hub.at(name, "PUT", f"api/collaboration/session/{path}", body, by=by)
    assert reply.status in {200, 201}, reply
    room = f"{kind[0]}:{kind[1]}:{reply.body['fileId']}"
    async with in_room(hub, name, room, reply.body["sessionId"], by=by, doc=doc) as client:
        await asyncio.wait_for(client.synced.wait(), PATIENCE_S)
        yield client


@contextlib.asynccontextmanager
async def in_room(
    hub: RealHub,
    name: str,
    room: str,
    session: str = "",
    *,
    by: str = "",
    doc: Doc[Any] | None = None,
) -> AsyncIterator[Colleague]:
    """Be connected to a room at ``name``'s server."""
    address = hub.server_url(name).replace("http", "ws", 1)
    url = f"{address}/api/collaboration/room/{room}?tandem=1&sessionId={session}"
    headers = {"Authorization": f"token {hub.tokens[by or name]}"}
    # Chromium finds what is below localhost by itself, and this does not.
    options = {"proxy": None, "host": "127.0.0.1"}
    async with listening(Colleague(doc), url, headers, **options) as client:
        yield client


async def share(
    hub: RealHub, owner: str, path: str, name: str, role: str = "editor", kind: str = "user"
) -> dict[str, Any]:
    """Let ``owner`` share a file; the grant."""
    subject = {"kind": kind, "name": name}
    body = {"path": path, "subject": subject, "role": role}
    # An earlier test may have had the service away.
    await hub.until_connected(owner)
    reply = await hub.at(owner, "POST", "tandem/api/grants", body)
    assert reply.status == 201, reply
    return dict(reply.body)


async def until_listed(hub: RealHub, name: str, path: str, *, there: bool = True) -> None:
    """Return when ``name`` finds ``path`` in their drive, or finds it no more."""
    for _ in range(1_200):
        reply = await hub.at(name, "GET", f"tandem/hub/contents/{path}?content=0")
        if (reply.status == 200) == there:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path}: {reply}\n{hub.service.tail()}")


async def until_saved(hub: RealHub, name: str, path: str, *sources: str) -> None:
    """Return when a notebook of ``name``'s holds these cells."""
    found: list[str] = []
    for _ in range(600):
        # It may be about to be written.
        with contextlib.suppress(FileNotFoundError, ValueError):
            found = hub.sources(name, path)
        if found == list(sources):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{found} in place of {sources}")
