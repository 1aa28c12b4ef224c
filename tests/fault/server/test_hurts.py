"""What hurts people elsewhere, done to the real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.server.phoenix import Phoenix, phoenix
from tests.fault.server.proxy import proxied
from tests.fault.server.typist import Typist, notebook_of, room_url, tokens_in
from tests.integration.server.host import ANA, BO

pytestmark = pytest.mark.fault

_MIB = 1 << 20
_NOTEBOOK = ("json", "notebook")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Phoenix]:
    async with phoenix(tmp_path) as server:
        server.root.mkdir()
        (server.root / "n.ipynb").write_text(notebook_of("first", "second"))
        yield server


async def sit_down(server: Phoenix, name: str, *, port: int = 0, path: str = "n.ipynb") -> Typist:
    """Somebody at the notebook, up to date."""
    form, kind = _NOTEBOOK if path.endswith(".ipynb") else ("text", "file")
    room, _ = await server.room(path, form, kind)
    token = BO if name == "bo" else ANA
    url = room_url(port or server.port, room)
    typist = Typist(name, url, token, notebook=path.endswith(".ipynb"))
    server.guests.append(typist)
    typist.come()
    await typist.until(lambda: typist.up_to_date)
    return typist


async def be_in_file(server: Phoenix, tokens: set[str], path: str = "n.ipynb") -> None:
    """Return when the file holds exactly ``tokens``, each once; it is valid all the while."""
    end = time.monotonic() + 60
    while True:
        counts = tokens_in(server.text_of(path))
        if counts == dict.fromkeys(tokens, 1):
            return
        assert time.monotonic() < end, f"{counts} in the file, {tokens} wanted"
        await asyncio.sleep(0.05)


@pytest.mark.spec("P-5", "P-6")
async def test_back_after_a_restart(server: Phoenix) -> None:
    await server.rise()
    ana = await sit_down(server, "ana")
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    await server.end(signal.SIGTERM)
    await ana.until(lambda: (1001, "The server is going away.") in ana.closes)
    ana.type()
    await server.rise()
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    await be_in_file(server, ana.sent)


@pytest.mark.spec("P-5", "ROOM-7")
async def test_who_saw_an_edit_brings_it_back_when_its_author_is_gone(server: Phoenix) -> None:
    await server.rise()
    ana, bo = await sit_down(server, "ana"), await sit_down(server, "bo")
    with journal_held(server):
        ana.type()
        await bo.until(lambda: set(tokens_in(bo.text())) == ana.sent)
        assert not ana.acknowledged
        await server.end(signal.SIGKILL)
        await ana.go()
    await server.rise()
    await be_in_file(server, ana.sent)
    assert not ana.acknowledged


@contextlib.contextmanager
def journal_held(server: Phoenix) -> Iterator[None]:
    """Within the block nothing becomes durable."""
    [journal] = server.home.glob("data/tandem/*/journal.sqlite3")
    with contextlib.closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.spec("P-5", "ROOM-27")
async def test_back_after_the_room_was_evicted(tmp_path: Path) -> None:
    config = {"TandemApp": {"save_quiet_s": 0.1, "room_idle_s": 0.2}}
    async with phoenix(tmp_path, config) as server:
        server.root.mkdir()
        (server.root / "n.ipynb").write_text(notebook_of("first"))
        await server.rise()
        ana = await sit_down(server, "ana")
        ana.type()
        await ana.until(lambda: ana.up_to_date)
        await ana.go()
        ana.type()
        opened = server.opened()
        bo = await _come_when_evicted(server, opened)
        ana.come()
        await ana.until(lambda: ana.up_to_date)
        await bo.until(lambda: set(tokens_in(bo.text())) == ana.sent)
        await be_in_file(server, ana.sent)


async def _come_when_evicted(server: Phoenix, opened: int) -> Typist:
    """Open the document until that takes loading it: a look at it keeps it in memory."""
    for wait_s in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
        await asyncio.sleep(wait_s)
        bo = await sit_down(server, "bo")
        if server.opened() > opened:
            return bo
        await bo.go()
    raise AssertionError("the room was never evicted")


@pytest.mark.spec("P-5", "FILE-28")
async def test_back_after_the_journal_was_deleted(server: Phoenix) -> None:
    await server.rise()
    ana, bo = await sit_down(server, "ana"), await sit_down(server, "bo")
    ana.type()
    bo.type()
    await ana.until(lambda: ana.up_to_date and len(tokens_in(ana.text())) == 2)
    await bo.until(lambda: bo.up_to_date and len(tokens_in(bo.text())) == 2)
    await server.end(signal.SIGTERM)
    ana.base, bo.base = ana.content(), bo.content()
    shutil.rmtree(server.home / "data" / "tandem")
    ana.type()
    bo.type()
    await server.rise()
    for typist in (ana, bo):
        await typist.until(lambda t=typist: t.merges and t.up_to_date)
    everything = ana.sent | bo.sent
    await ana.until(lambda: tokens_in(ana.text()) == dict.fromkeys(everything, 1))
    await bo.until(lambda: bo.text() == ana.text())
    assert [cell["id"] for cell in ana.cells] == ["cell-0", "cell-1"]
    await be_in_file(server, everything)


@pytest.mark.spec("P-5")
@pytest.mark.parametrize("death", [signal.SIGTERM, signal.SIGKILL])
async def test_back_after_the_file_was_changed_while_closed(
    server: Phoenix, death: signal.Signals
) -> None:
    await server.rise()
    ana = await sit_down(server, "ana")
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    await be_in_file(server, ana.sent)
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    await server.end(death)
    ana.type()
    _edit_outside(server, "⟨git⟩")
    await server.rise()
    everything = ana.sent | {"⟨git⟩"}
    await ana.until(lambda: tokens_in(ana.text()) == dict.fromkeys(everything, 1))
    await be_in_file(server, everything)


def _edit_outside(server: Phoenix, token: str) -> None:
    """Another program adds a cell."""
    path = server.root / "n.ipynb"
    notebook: dict[str, Any] = json.loads(path.read_text())
    last = notebook["cells"][-1]
    notebook["cells"].append({**last, "id": "outside", "source": token})
    path.write_text(json.dumps(notebook))


@pytest.mark.spec("P-6", "ROOM-6")
async def test_back_after_a_laptop_slept(server: Phoenix) -> None:
    """The network swallowed the connection: the server holds it for live when its owner comes back."""
    await server.rise()
    async with proxied(server.port) as proxy:
        ana, bo = await sit_down(server, "ana", port=proxy.port), await sit_down(server, "bo")
        ana.type()
        await bo.until(lambda: ana.sent <= set(tokens_in(bo.text())))
        proxy.swallow()
        bo.type()
        await bo.until(lambda: bo.up_to_date)
        await ana.go()
        ana.type()
        proxy.lose()
        ana.come()
        woken = time.monotonic()
        everything = ana.sent | bo.sent
        for typist in (ana, bo):
            await typist.until(lambda t=typist: set(tokens_in(t.text())) == everything)
        await ana.until(lambda: ana.up_to_date)
        assert time.monotonic() - woken < 3
        ana.type()
        await ana.until(lambda: ana.up_to_date)
        await be_in_file(server, ana.sent | bo.sent)


@pytest.mark.spec("P-6")
async def test_a_network_that_flaps(server: Phoenix) -> None:
    await server.rise()
    async with proxied(server.port) as proxy:
        people = [await sit_down(server, name, port=proxy.port) for name in ("ana", "bo")]
        for pause_s in (0.1, 0.3, 0.02, 0.5, 0.05, 0.2):
            for typist in people:
                typist.type()
            await asyncio.sleep(pause_s)
            proxy.reset()
        everything = {token for typist in people for token in typist.sent}
        for typist in people:
            await typist.until(lambda t=typist: t.up_to_date)
            await typist.until(lambda t=typist: set(tokens_in(t.text())) == everything)
        await be_in_file(server, everything)


@pytest.mark.slow
@pytest.mark.spec("P-4", "FILE-6")
async def test_a_minute_of_steady_typing(tmp_path: Path) -> None:
    """With the settings people have: the file is never more than 10 s behind, and 2 s when they stop."""
    async with phoenix(tmp_path, {"TandemApp": {}}) as server:
        server.root.mkdir()
        (server.root / "n.ipynb").write_text(notebook_of("first"))
        await server.rise()
        ana = await sit_down(server, "ana")
        typed_at: dict[str, float] = {}
        stop = time.monotonic() + 60
        while time.monotonic() < stop:
            typed_at[ana.type()] = time.monotonic()
            await asyncio.sleep(0.1)
            missing = typed_at.keys() - tokens_in(server.text_of("n.ipynb")).keys()
            oldest = min((typed_at[token] for token in missing), default=time.monotonic())
            assert time.monotonic() - oldest < 10
        stopped = time.monotonic()
        await be_in_file(server, ana.sent)
        assert time.monotonic() - stopped < 2 + 0.5


@pytest.mark.spec("P-11", "ROOM-16", "ROOM-25")
async def test_disk_full_and_back(server: Phoenix) -> None:
    await server.rise()
    ana, bo = await sit_down(server, "ana"), await sit_down(server, "bo")
    ana.type()
    await ana.until(lambda: ana.up_to_date)
    server.set_file_bytes(1)
    full = time.monotonic()
    ana.type()
    await ana.until(lambda: ana.status["journal"]["state"] == "failed")
    assert time.monotonic() - full < 2
    assert ana.status["journal"]["reason"]
    assert not ana.up_to_date
    await bo.until(lambda: set(tokens_in(bo.text())) == ana.sent)
    server.set_file_bytes(0)
    await ana.until(lambda: ana.up_to_date and ana.status["journal"]["state"] == "ok")
    await server.end(signal.SIGKILL)
    server.examine_journal()
    await server.rise()
    await be_in_file(server, ana.sent)


@pytest.mark.spec("P-7", "ROOM-23")
async def test_a_reader_at_a_thousand_bytes_a_second(server: Phoenix) -> None:
    (server.root / "t.md").write_text("")
    await server.rise()
    async with proxied(server.port) as proxy:
        ana = await sit_down(server, "ana", path="t.md")
        slow = await sit_down(server, "bo", path="t.md", port=proxy.port)
        proxy.bytes_per_s = 1000
        rest = server.memory_bytes()
        for _ in range(40):
            await _paste(ana, _MIB // 2)
        assert server.memory_bytes() - rest < 50 * _MIB + _held(20 * _MIB)
        proxy.bytes_per_s = 0
        await slow.until(lambda: slow.text() == ana.text(), 60)


async def _paste(typist: Typist, size: int) -> None:
    """Paste and delete: the document stays small, its updates do not."""
    start = time.monotonic()
    typist.paste("x" * size)
    await typist.until(lambda: typist.up_to_date)
    assert time.monotonic() - start < 5, "the slow reader holds up the others"


def _held(updates_bytes: int) -> int:
    """What the document itself needs for pasted text that was deleted again: nothing of it stays."""
    return updates_bytes // 20


@pytest.mark.spec("P-9", "ACCESS-5")
async def test_revoked_while_typing(tmp_path: Path) -> None:
    config = {"TandemApp": {"save_quiet_s": 0.1, "access_check_s": 0.2}}
    async with phoenix(tmp_path, config) as server:
        server.root.mkdir()
        (server.root / "n.ipynb").write_text(notebook_of("first"))
        await server.rise()
        ana, bo = await sit_down(server, "ana"), await sit_down(server, "bo")
        bo.type()
        await bo.until(lambda: bo.up_to_date)
        server.deny("bo", "read")
        denied = time.monotonic()
        await bo.until(lambda: any(code == 4403 for code, _ in bo.closes))
        assert time.monotonic() - denied < 1
        bo.type()
        ana.type()
        await ana.until(lambda: ana.up_to_date)
        allowed = bo.acknowledged | ana.sent
        assert tokens_in(ana.text()) == dict.fromkeys(allowed, 1)
        await be_in_file(server, allowed)
