"""Every role with every message in both dialects: what is expected against what happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from pycrdt import Array, Doc, Text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.core.session import REQUIRED_ACTION
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Rights, Role
from tests.integration.server.client import StockClient, editing
from tests.integration.server.host import BO, Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

PATH = "folder/n.ipynb"


# -- who and what ------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """Somebody's way into the room, and what they may do there."""

    name: str
    prefix: str
    headers: Mapping[str, str]
    rights: Rights


async def seats(server: Server) -> AsyncIterator[Seat]:
    """Everybody the room knows: guests with every role of links, and people with every role there is."""
    ana = Owner(server)
    offers = [(role, False) for role in Role] + [(Role.VIEWER, True), (Role.EDITOR, True)]
    for role, may_run in offers:
        rights = Rights.of(role, may_run=may_run)
        mark = f"{role.value}{'-running' if may_run else ''}"
        if role is not Role.MANAGER:
            _, secret = await ana.link(PATH, guests=True, role=role.value, may_run=may_run)
            guest = Guest(server)
            await guest.redeem(secret, f"Guest {mark}")
            yield Seat(f"guest-{mark}", "/tandem/g", {"Cookie": guest.cookie}, rights)
        await ana.share(PATH, "bo", role.value, may_run=may_run)
        yield Seat(f"bo-{mark}", "", {"Authorization": f"token {BO}"}, rights)


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
    yield f.MergeRequest.of({"base": None, "ours": notebook, "lineage": "another"})
    yield f.Update(marked(doc, f"{mark}-update"))
    yield f.SaveRequest(1)
    yield f.RunCommand({"number": 1, "type": "run", "cells": [{"id": "c0", "source_hash": ""}]})
    yield f.SyncStep2(marked(doc, f"{mark}-step2"))


ANSWERS = {
    f.SaveRequest: f.StockNotice,
    f.MergeRequest: f.MergeAnswer,
    f.RunCommand: f.RunAnswer,
}


@dataclass(frozen=True)
class Outcome:
    """What came of one message: whether it changed the document, the words of its answer, a close code."""

    effect: bool = False
    words: frozenset[str] = frozenset()
    code: int | None = None


def expected(message: f.ClientMessage, dialect: Dialect, rights: Rights) -> Outcome:
    """What is to come of a message."""
    allowed = rights.allow(REQUIRED_ACTION[type(message)])
    match message:
        case f.Update() | f.SyncStep2():
            return Outcome(effect=allowed)
        case f.SaveRequest():
            return Outcome(words=frozenset({"success" if allowed else "failed"}))
        case f.MergeRequest():
            return Outcome(allowed, frozenset({"merged" if allowed else "refused"}))
        case f.RunCommand() if allowed and dialect is Dialect.STOCK:
            return Outcome(code=4400)
        case f.RunCommand():
            return Outcome(words=frozenset({"accepted" if allowed else "denied"}))
        case _:
            return Outcome()


# -- trying ------------------------------------------------------------------


class Attacker:
    """Sends raw frames, and keeps what comes back."""

    def __init__(self) -> None:
        self.heard: list[f.ServerMessage] = []

    async def attack(
        self,
        server: Server,
        room: str,
        session: str,
        seat: Seat,
        frame: bytes,
        dialect: Dialect = Dialect.TANDEM,
        until: type[f.ServerMessage] = f.Pong,
    ) -> int | None:
        """Send ``frame``, listen ``until`` it is answered; the close code, if there was one."""
        url = f"{server.url.replace('http', 'ws')}{seat.prefix}/api/collaboration/room/{room}"
        url += f"?sessionId={session}" + ("&tandem=1" if dialect is Dialect.TANDEM else "")
        headers = dict(seat.headers)
        async with connect(url, additional_headers=headers, compression=None) as connection:
            try:
                await connection.send(frame)
                await connection.send(f.encode(f.Ping()))
                while not any(isinstance(message, until) for message in self.heard):
                    raw = await asyncio.wait_for(connection.recv(), 60)
                    assert isinstance(raw, bytes)
                    self.heard.append(f.decode_server(raw))
            except ConnectionClosed:
                pass
        return connection.close_code if connection.close_code != 1000 else None

    def words(self) -> frozenset[str]:
        """What was answered: the code of a refused command, else the status."""
        answers = [
            m.body for m in self.heard if isinstance(m, f.StockNotice | f.MergeAnswer | f.RunAnswer)
        ]
        return frozenset(str(a.get("code") or a["status"]) for a in answers)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as running:
        (running.root / "folder").mkdir()
        running.write_notebook(PATH, "x = 1")
        for action in ("read", "write", "execute"):
            running.deny("bo", action)
        yield running


async def barrier(owner: StockClient) -> None:
    """Return when the owner has all that the room took before."""
    answers = [m for m in owner.messages if isinstance(m, f.SyncStep2)]
    await owner.say(f.SyncStep1(owner.doc.get_state()))
    await owner.until(
        lambda: len([m for m in owner.messages if isinstance(m, f.SyncStep2)]) > len(answers)
    )


async def clear(owner: StockClient) -> None:
    """Empty every cell, so that the next mark is seen."""
    for cell in owner.cells:
        source: Text = cell["source"]
        source.clear()
    await owner.flush()
    await barrier(owner)


@pytest.mark.slow
@pytest.mark.spec("ROOM-11", "ROOM-13", "RUN-34", "SHARE-4", "SHARE-16")
@pytest.mark.parametrize("dialect", list(Dialect))
async def test_every_role_with_every_message(server: Server, dialect: Dialect) -> None:
    room, session = await server.room(PATH)
    wrong: list[Any] = []
    tried = 0
    async with editing(server, PATH) as owner:
        async for seat in seats(server):
            sent = list(messages(owner.doc, seat.name))
            kinds = {type(message) for message in sent}
            assert kinds == set(get_args(f.ClientMessage)) == set(REQUIRED_ACTION)
            for message in sent:
                attacker = Attacker()
                until = ANSWERS.get(type(message), f.Pong)
                code = await attacker.attack(
                    server, room, session, seat, f.encode(message), dialect, until
                )
                await barrier(owner)
                effect = f"{seat.name}-" in "\n".join(owner.sources())
                seen = Outcome(effect, attacker.words(), code)
                tried += 1
                if seen != expected(message, dialect, seat.rights):
                    wrong.append((seat.name, type(message).__name__, seen))
                await clear(owner)
        assert "Forged" not in str([m for m in owner.messages if isinstance(m, f.Awareness)])
    assert wrong == []
    assert tried == 13 * len(REQUIRED_ACTION)


@pytest.mark.slow
@pytest.mark.spec("WIRE-3", "ACCESS-8")
async def test_a_viewer_s_broken_frames_change_nothing(server: Server) -> None:
    ana = Owner(server)
    room, session = await server.room(PATH)
    _, secret = await ana.link(PATH, guests=True)
    guest = Guest(server)
    await guest.redeem(secret)
    seat = Seat("guest", "/tandem/g", {"Cookie": guest.cookie}, Rights.of(Role.VIEWER))
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
        codes = [await Attacker().attack(server, room, session, seat, bomb) for bomb in bombs]
        assert codes[:3] == [4400] * 3
        assert set(codes[3:]) <= {4400, 4429}
        await barrier(owner)
        assert owner.sources() == before
