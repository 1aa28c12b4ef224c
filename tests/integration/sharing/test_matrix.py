"""Every role at every route and with every message: what is expected against what happens."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest
from pycrdt import Array, Doc, Text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from jupyter_tandem.core.session import REQUIRED_ACTION
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import ROLE_ACTIONS, Action, Role
from tests.integration.server.client import StockClient, editing
from tests.integration.server.host import BO, Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner
from tests.integration.sharing.test_every_route import EverythingOn

PATH = "folder/n.ipynb"
STRANGER = None


# -- routes ------------------------------------------------------------------


@dataclass
class Operation:
    """One way of using one route. ``{grant}`` and ``{link}`` stand for ones made for the try."""

    method: str
    where: str
    body: Any = None
    done: int = 200
    needs: Action | None = Action.READ
    owner_only: bool = False
    query: dict[str, str] = field(default_factory=dict)

    def expected(self, role: Role | None) -> int:
        """The status for somebody with ``role`` on the document, ``None``: with nothing."""
        if self.owner_only:
            return 403
        if self.needs is None or (role is not None and self.needs in ROLE_ACTIONS[role]):
            return self.done
        return 404 if role is None else 403


MANAGE = Action.MANAGE
EVE = {"kind": "user", "name": "eve"}
OPERATIONS = [
    Operation("GET", "me", needs=None),
    Operation("GET", "me", query={"path": PATH}),
    Operation("GET", "shared", needs=None),
    Operation("GET", "openapi.json", needs=None),
    Operation("GET", "shares", query={"path": PATH}, needs=MANAGE),
    Operation("GET", "people", query={"path": PATH}, needs=MANAGE),
    Operation(
        "POST", "grants", {"path": PATH, "subject": EVE, "role": "viewer"}, 201, needs=MANAGE
    ),
    Operation("PATCH", "grants/{grant}", {"role": "viewer"}, needs=MANAGE),
    Operation("DELETE", "grants/{grant}", done=204, needs=MANAGE),
    Operation("POST", "links", {"path": PATH}, 201, needs=MANAGE),
    Operation("PATCH", "links/{link}", {"max_uses": 5}, needs=MANAGE),
    Operation("GET", "links/{link}/uses", needs=MANAGE),
    Operation("DELETE", "links/{link}", done=204, needs=MANAGE),
    Operation("POST", "removals", {"path": PATH, "subject": EVE}, needs=MANAGE),
    Operation("GET", "audit", owner_only=True),
    Operation("GET", "audit/verification", owner_only=True),
]


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[EverythingOn]:
    running = EverythingOn(tmp_path)
    (running.root / "folder").mkdir(parents=True)
    running.write_notebook(PATH, "x = 1")
    for action in ("read", "write", "execute"):
        running.deny("bo", action)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest.mark.slow
@pytest.mark.spec("SHARE-5", "SHARE-19")
async def test_every_role_at_every_route(everything: EverythingOn) -> None:
    ana, bo = Owner(everything), Owner(everything, BO)
    below = [p for p, _ in everything.routes() if p is not None and p.startswith("/tandem/api/")]
    examples = [o.where.format(grant="grant", link="link") for o in OPERATIONS]
    unused = [p for p in below if not any(re.match(p, f"/tandem/api/{e}") for e in examples)]
    assert unused == [], "a route that the matrix does not try"

    wrong: list[Any] = []
    for role in (None, *Role):
        if role is not None:
            await ana.share(PATH, "bo", role.value)
        for operation in OPERATIONS:
            grant = await ana.share(PATH, "eve", "viewer")
            link, _ = await ana.link(PATH)
            where = operation.where.format(grant=grant["id"], link=link["id"])
            reply = await bo.call(operation.method, where, operation.body, **operation.query)
            if reply.status != operation.expected(role):
                wrong.append((role, operation.method, where, reply.status, reply.raw[:80]))
            owner = await ana.call(operation.method, where, operation.body, **operation.query)
            if owner.status not in (operation.done, 200, 404):
                wrong.append(("owner", operation.method, where, owner.status))
        for method, where in (("GET", f"/api/contents/{PATH}"), ("GET", "/api/kernels")):
            headers = {"Authorization": f"token {BO}"}
            status = (await Guest(everything).call(method, where, None, headers)).status
            if status != 403:
                wrong.append((role, method, where, status))
    assert wrong == []


# -- messages ----------------------------------------------------------------


def marked(doc: Doc[Any], mark: str) -> bytes:
    """An update that types ``mark`` into the first cell, made by a client of its own."""
    mine: Doc[Any] = Doc()
    mine.apply_update(doc.get_update())
    before = mine.get_state()
    source: Text = mine.get("cells", type=Array)[0]["source"]
    source += f"\n# {mark}"
    return mine.get_update(before)


def messages(doc: Doc[Any], mark: str) -> Iterator[f.ClientMessage]:
    """One of every kind that a client can send; those that can change something carry ``mark``."""
    notebook = {
        "cells": [{"cell_type": "code", "id": "c9", "metadata": {}, "source": f"# {mark}-merge"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    notebook["cells"][0] |= {"outputs": [], "execution_count": None}  # type: ignore[index]
    yield f.Ping()
    yield f.SyncStep1(b"\x00")
    yield f.Awareness((f.AwarenessState(77, 1, '{"user": {"name": "Forged"}}'),))
    yield f.MergeRequest({"base": None, "ours": notebook, "lineage": "another"})
    yield f.Update(marked(doc, f"{mark}-update"))
    yield f.SaveRequest(1)
    yield f.RunCommand({"number": 1, "type": "run", "cells": [{"id": "c0", "source_hash": ""}]})
    yield f.SyncStep2(marked(doc, f"{mark}-step2"))


ANSWERS = {
    f.SaveRequest: f.StockNotice,
    f.MergeRequest: f.MergeAnswer,
    f.RunCommand: f.RunAnswer,
}


class Attacker:
    """Sends raw frames, and keeps what comes back."""

    def __init__(self) -> None:
        self.heard: list[f.ServerMessage] = []

    async def attack(
        self,
        guest: Guest,
        room: str,
        session: str,
        frames: list[bytes],
        until: type[f.ServerMessage] = f.Pong,
    ) -> int | None:
        """Send ``frames``, listen ``until`` they are answered; the close code, if there was one."""
        url = f"{guest.server.url.replace('http', 'ws')}/tandem/g/api/collaboration/room/{room}"
        url += f"?sessionId={session}&tandem=1"
        headers = {"Cookie": guest.cookie}
        async with connect(url, additional_headers=headers, compression=None) as connection:
            try:
                for frame in frames:
                    await connection.send(frame)
                await connection.send(f.encode(f.Ping()))
                while not any(isinstance(message, until) for message in self.heard):
                    raw = await asyncio.wait_for(connection.recv(), 20)
                    assert isinstance(raw, bytes)
                    self.heard.append(f.decode_server(raw))
            except ConnectionClosed:
                pass
        return connection.close_code if connection.close_code != 1000 else None


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        (running.root / "folder").mkdir()
        running.write_notebook(PATH, "x = 1")
        yield running


async def barrier(owner: StockClient) -> None:
    """Return when the owner has all that the room took before."""
    answers = [m for m in owner.messages if isinstance(m, f.SyncStep2)]
    await owner.say(f.SyncStep1(owner.doc.get_state()))
    await owner.until(
        lambda: len([m for m in owner.messages if isinstance(m, f.SyncStep2)]) > len(answers)
    )


LINK_ROLES = [role for role in Role if role is not Role.MANAGER]


@pytest.mark.slow
@pytest.mark.spec("ROOM-11", "ROOM-13", "RUN-34", "SHARE-16")
async def test_every_role_with_every_message(server: Server) -> None:
    ana = Owner(server)
    room, session = await server.room(PATH)
    wrong: list[Any] = []
    async with editing(server, PATH) as owner:
        for role in LINK_ROLES:
            _, secret = await ana.link(PATH, guests=True, role=role.value)
            guest = Guest(server)
            await guest.redeem(secret, f"Guest {role.value}")
            sent = list(messages(owner.doc, role.value))
            kinds = {type(message) for message in sent}
            assert kinds == set(get_args(f.ClientMessage)) == set(REQUIRED_ACTION)
            for message in sent:
                allowed = REQUIRED_ACTION[type(message)] in ROLE_ACTIONS[role]
                attacker = Attacker()
                frames = [f.encode(message)]
                until = ANSWERS.get(type(message), f.Pong)
                code = await attacker.attack(guest, room, session, frames, until)
                await barrier(owner)
                text = "\n".join(owner.sources())
                effect = f"{role.value}-" in text
                answers = [m.body for m in attacker.heard if isinstance(m, f.StockNotice)]
                answers += [m.body for m in attacker.heard if isinstance(m, f.MergeAnswer)]
                answers += [m.body for m in attacker.heard if isinstance(m, f.RunAnswer)]
                status = {a.get("status") for a in answers}
                match message:
                    case f.Update() | f.SyncStep2():
                        right = effect == allowed
                    case f.SaveRequest():
                        right = status == ({"success"} if allowed else {"failed"})
                    case f.MergeRequest():
                        right = effect == allowed and (allowed or status == {"refused"})
                    case f.RunCommand():
                        right = not allowed and {a["code"] for a in answers} == {"denied"}
                    case _:
                        right = not effect and code is None
                if not right:
                    wrong.append((role, type(message).__name__, code, status, effect))
                for cell in owner.cells:
                    source: Text = cell["source"]
                    source.clear()
                await owner.flush()
                await barrier(owner)
        assert "Forged" not in str([m for m in owner.messages if isinstance(m, f.Awareness)])
    assert wrong == []


@pytest.mark.slow
@pytest.mark.spec("WIRE-3", "ACCESS-8")
async def test_a_viewer_s_broken_frames_change_nothing(server: Server) -> None:
    ana = Owner(server)
    room, session = await server.room(PATH)
    _, secret = await ana.link(PATH, guests=True)
    guest = Guest(server)
    await guest.redeem(secret)
    update = f.encode(f.Update(b"\x00\x00"))
    bombs = [
        b"",
        b"\x00",
        b"\x07\x00",
        b"\x00\x02\xff\xff\xff\xff\x0f",
        update + b"trailing",
        b"\x01" + b"\xff" * 9 + b"\x01",
        b"\x54\x63\x00",
    ]
    async with editing(server, PATH) as owner:
        before = owner.sources()
        codes = [await Attacker().attack(guest, room, session, [bomb]) for bomb in bombs]
        assert codes[:3] == [4400] * 3
        assert set(codes[3:]) <= {4400, 4429}
        await barrier(owner)
        assert owner.sources() == before
