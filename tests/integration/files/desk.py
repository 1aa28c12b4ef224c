"""A person in front of a document on a real server: real files, real journal, real time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.system import SystemClock, SystemEntropy
from jupyter_tandem.core.document import Document
from jupyter_tandem.core.inputs import Dialect
from jupyter_tandem.engine.file_bridge import SaveSettings
from jupyter_tandem.engine.rooms import Rooms
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.ports.store import Holder
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.types import Address, DocumentKind, Rights, Role, User
from tests.integration.files.real_server import ServerPlace, serving

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
ANA = User("ana", "Ana", "Ana", "A")
PATIENCE_S = 60.0
QUIET_S = 0.3


class Silent:
    """Room events nobody listens to."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


class Screen:
    """A connection that remembers what it was told, and can be waited on."""

    def __init__(self) -> None:
        self.file: dict[str, Any] = {}
        self.states: list[str] = []
        self.notices: list[str] = []
        self.backlog_bytes = 0
        self._heard = asyncio.Event()

    def send(self, frame: bytes) -> None:
        message = f.decode_server(frame)
        if isinstance(message, f.Status) and "file" in message.body:
            self.file = message.body["file"]
            self.states.append(self.file["state"])
        elif isinstance(message, f.Notice):
            self.notices.append(message.body["code"])
        self._heard.set()

    def close(self, code: int, reason: str) -> None:
        del code, reason

    async def until(self, true: Callable[[], bool]) -> None:
        """Return when ``true`` is, looking whenever something was heard, and now and then."""

        async def wait() -> None:
            while not true():
                self._heard.clear()
                # Some of what is waited for is in files, of which nothing may be heard.
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._heard.wait(), 0.5)

        await asyncio.wait_for(wait(), PATIENCE_S)


ROOMS = RoomSettings()
"""How rooms are kept; a test may have others."""


class Desk:
    """One document, open."""

    def __init__(self, place: ServerPlace, kind: DocumentKind, path: str) -> None:
        self.place = place
        self.kind = kind
        self.path = path
        self.file = place.root / path

    async def open(self, store_dir: Path) -> None:
        self.address = Address(self.kind, await self.place.files.identify(self.path))
        await self.reopen(store_dir)

    async def reopen(self, store_dir: Path) -> None:
        """Open the document by its id, whatever became of the file."""
        self.store = SqliteStore.open(store_dir)
        assert await self.store.lease.acquire(Holder("test", "", 1, "here")) is None
        self.rooms = Rooms(
            journal=self.store.journal,
            bases=self.store.bases,
            files=self.place.files,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            events=Silent(),  # type: ignore[arg-type]
            on_lost=lambda reason: None,
            settings=ROOMS,
            save_settings=SaveSettings(quiet_s=QUIET_S),
        )
        self.live = await self.rooms.open(self.address)
        self.screen = Screen()
        self.live.join(ANA, Rights.of(Role.EDITOR), Dialect.TANDEM, None, self.screen)

    async def close(self) -> None:
        await self.rooms.close()
        await self.store.close()

    @property
    def bridge(self) -> Any:
        return self.rooms._slots[self.address.file_id].resident.bridge  # type: ignore[union-attr]

    def content(self) -> Any:
        return self.live.room.document.content()

    def edit(self, content: Any) -> None:
        entropy = SystemEntropy()
        replica = Document(self.kind, entropy.client_id())
        replica.load([self.live.encode()[1]])
        update = replica.update_to(content)
        replica.close()
        assert update is not None
        self.live.incorporate(update, author="ana", cause="edit")

    def on_disk(self, path: str | None = None) -> Any:
        text = (self.place.root / (path or self.path)).read_text()
        return json.loads(text) if self.kind is NOTEBOOK else text

    async def shows(self, state: str) -> None:
        """Return when people are told this state of the file."""
        await self.screen.until(lambda: self.screen.file.get("state") == state)

    async def holds(self, true: Callable[[Any], bool]) -> None:
        """Return when the document's content is so, and the file's as well."""
        await self.screen.until(
            lambda: true(self.content()) and self.screen.file.get("state") == "in_file"
        )


@asynccontextmanager
async def at_desk(
    tmp_path: Path,
    patch: pytest.MonkeyPatch,
    content: str,
    *,
    kind: DocumentKind = TEXT,
    path: str = "a.txt",
    **options: Any,
) -> AsyncIterator[Desk]:
    """A document with ``content``, opened on a new server."""
    async with serving(tmp_path, patch, **options) as place:
        place.put(path, content.encode())
        desk = Desk(place, kind, path)
        await desk.open(tmp_path / "store")
        try:
            yield desk
        finally:
            await desk.close()
