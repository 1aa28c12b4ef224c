"""Where a server keeps the big outputs of its documents."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Final

from jupyter_tandem.core.big_output import BIG_OUTPUT_BYTES, with_big, without_big
from jupyter_tandem.core.content import Family, family, normalise
from jupyter_tandem.core.stand_in import StandIn
from jupyter_tandem.engine.outputs.writing import Writing
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import DocumentError, StoreUnavailable
from jupyter_tandem.ports.outputs import OutputStore
from jupyter_tandem.ports.store import Entry, Journal, Replay
from jupyter_tandem.types import DocumentId, DocumentKind

_log = logging.getLogger(__name__)

GRACE_S: Final = 7 * 24 * 3600.0
"""How long what no version needs is kept all the same: a page that is still open somewhere may undo."""

_NAME_BYTES: Final = 64
_NAMES: Final = re.compile(rb"[0-9a-f]{64}")
_WINDOW: Final = 256 * 1024
"""How many beginnings of names are looked at in one go: 4 ms."""

_PAGE: Final = 10_000


class OutputShelf:
    """Keeps big outputs of documents whose file this server writes.

    What a run hands in waits in memory until :meth:`settle`, which the committer calls before it writes the
    document's entries: none is durable before the outputs it names are (BIG-4).

    Attributes:
        limit_bytes: An output with more is held out of its document.
    """

    def __init__(
        self,
        store: OutputStore,
        worker: Worker,
        limit_bytes: int = BIG_OUTPUT_BYTES,
        grace_s: float = GRACE_S,
    ) -> None:
        """Keep them in ``store``; work on them in ``worker``."""
        self.limit_bytes = limit_bytes
        self._store = store
        self._worker = worker
        self._grace_s = grace_s
        self._waiting: dict[tuple[DocumentId, str], bytes] = {}
        self._failing: set[DocumentId] = set()
        self._putting = asyncio.Lock()

    # -- keeping -------------------------------------------------------------

    def keep(self, document_id: DocumentId, name: str, data: bytes) -> None:
        """Keep a big output; durable after the next :meth:`settle`."""
        self._waiting[document_id, name] = data

    @property
    def unsettled(self) -> Collection[DocumentId]:
        """Documents with something that was handed in and is not durable yet."""
        return {document_id for document_id, _ in self._waiting} if self._waiting else ()

    @property
    def fails(self) -> bool:
        """Whether something could not be kept when that was tried last."""
        return bool(self._failing)

    async def settle(self, document_id: DocumentId) -> None:
        """Return when everything is durable that was handed in before for this document.

        Raises:
            StoreUnavailable: something is not, and waits on.
        """
        handed_in = [key for key in self._waiting if key[0] == document_id]
        # All of them: what comes behind one that does not fit may be smaller.
        failures = [await self._put(key) for key in handed_in]
        for failure in filter(None, failures):
            self._failing.add(document_id)
            raise failure
        self._failing.discard(document_id)

    async def _put(self, key: tuple[DocumentId, str]) -> StoreUnavailable | None:
        # One at a time: many documents' outputs leave a thread for other work, and each document has its turn.
        async with self._putting:
            data = self._waiting.get(key)
            if data is None:
                return None
            try:
                await self._worker.run(self._store.put, *key, data)
            except StoreUnavailable as error:
                return error
            self._waiting.pop(key, None)
            return None

    async def take_out(self, document_id: DocumentId, kind: DocumentKind, content: Any) -> Any:
        """``content`` of a file in normal form, with stand-ins for its big outputs, which are durable on return.

        Where they cannot be kept, or it is no content of this kind, it is returned as it is.
        """
        if family(kind) is not Family.NOTEBOOK:
            return content
        return await self._worker.run(self._take_out, document_id, kind, content)

    def _take_out(self, document_id: DocumentId, kind: DocumentKind, content: Any) -> Any:
        try:
            normal = normalise(kind, content)
        except DocumentError:
            # Whoever reads it next says so.
            return content
        return self.take_out_of(document_id, normal)

    def take_out_of(self, document_id: DocumentId, normal: Any) -> Any:
        """As :meth:`take_out`, of a notebook in normal form. Blocks; for worker threads."""
        try:
            with Writing(self.putter(document_id)) as keep:
                return without_big(normal, document_id, self.limit_bytes, keep)
        except StoreUnavailable as error:
            _log.warning("Big outputs of %s stay in the document: %s", document_id, error)
            return normal

    # -- giving --------------------------------------------------------------

    async def read(self, document_id: DocumentId, name: str) -> bytes | None:
        """A big output's canonical text, or ``None``.

        Raises:
            StoreUnavailable: it cannot be read now.
        """
        waiting = self._waiting.get((document_id, name))
        if waiting is not None:
            return waiting
        return await self._worker.run(self._store.get, document_id, name)

    async def bring_back(
        self, document_id: DocumentId, kind: DocumentKind, content: Any
    ) -> tuple[Any, frozenset[str]]:
        """Content in normal form with its big outputs, and the names of those that are not kept any more.

        Raises:
            StoreUnavailable: they cannot be read now.
        """
        if family(kind) is not Family.NOTEBOOK:
            return content, frozenset()
        return await self._worker.run(with_big, content, self.getter(document_id))

    def get_of_any(self, held: StandIn) -> bytes | None:
        """A big output of whatever document, now. Blocks; for those who may read every document.

        Raises:
            StoreUnavailable: it cannot be read now.
        """
        document_id = DocumentId(held.document)
        waiting = self._waiting.get((document_id, held.sha256))
        return self._store.get(document_id, held.sha256) if waiting is None else waiting

    def getter(self, document_id: DocumentId) -> _Getter:
        """Reads big outputs of a document in a worker; taken on the loop, for what waits now."""
        waiting = {name: data for (of, name), data in self._waiting.items() if of == document_id}
        return _Getter(self._store, document_id, waiting)

    def putter(self, document_id: DocumentId) -> _Putter:
        """Keeps big outputs of a document, in a worker; durable when it has returned."""
        return _Putter(self._store, document_id)

    # -- forgetting ----------------------------------------------------------

    async def weigh_history(
        self, document_id: DocumentId, recall: Callable[[], Awaitable[tuple[int, bytes]]]
    ) -> dict[str, int]:
        """Name and bytes of what is kept for earlier versions only of the document whose state ``recall`` gives.

        Raises:
            StoreError: it cannot be told now.
        """
        sizes = await self._worker.run(self._store.sizes, document_id)
        if not sizes:
            return {}
        _, state = await recall()
        live = await self._worker.run(_names_in, [state])
        return {name: size for name, size in sizes.items() if name not in live}

    async def collect(self, document_id: DocumentId, journal: Journal) -> None:
        """Let go of what no version in ``journal`` needs any more (BIG-9).

        Raises:
            StoreError: the journal or the outputs cannot be read; nothing that is needed was let go of.
        """
        if not await self._worker.run(self._store.sizes, document_id):
            return
        wanted = {name for of, name in self._waiting if of == document_id}
        replay = await journal.replay(document_id)
        if replay is None:
            return
        wanted |= await self._worker.run(_names_in, replay_bytes(replay))
        after = 0
        while page := await journal.history(document_id, after=after, limit=_PAGE):
            wanted |= await self._worker.run(_names_in, [entry.update for entry in page])
            after = page[-1].sequence
        wanted |= {name for of, name in self._waiting if of == document_id}
        deleted = await self._worker.run(self._store.sweep, document_id, wanted, self._grace_s)
        if deleted:
            _log.info("%d big outputs of %s are not kept any more", deleted, document_id)


class _Getter:
    """Gets big outputs of one document."""

    def __init__(
        self, store: OutputStore, document_id: DocumentId, waiting: dict[str, bytes]
    ) -> None:
        self._store = store
        self._document_id = document_id
        self._waiting = waiting

    def __call__(self, held: StandIn) -> bytes | None:
        # Whatever document a stand-in names: of another's outputs nothing is given away.
        name = held.sha256
        waiting = self._waiting.get(name)
        return self._store.get(self._document_id, name) if waiting is None else waiting


class _Putter:
    """Puts big outputs of one document."""

    def __init__(self, store: OutputStore, document_id: DocumentId) -> None:
        self._store = store
        self._document_id = document_id

    def __call__(self, name: str, data: bytes) -> None:
        self._store.put(self._document_id, name, data)


def replay_bytes(replay: Replay) -> list[bytes]:
    """Everything that rebuilds a document."""
    tail = [entry.update for entry in replay.tail]
    return [replay.snapshot.state, *tail] if replay.snapshot else tail


def weight(entry: Entry, sizes: dict[str, int]) -> int:
    """Bytes of an entry and of the big outputs it names, which are taken out of ``sizes``."""
    named = _names_in([entry.update]) if sizes else ()
    return len(entry.update) + sum(sizes.pop(name, 0) for name in named)


def _names_in(updates: Sequence[bytes] | Iterable[bytes]) -> set[str]:
    """Whatever may be the name of a big output: text in updates is UTF-8 as it is, so none is overlooked."""
    found: set[bytes] = set()
    for update in updates:
        for start in range(0, len(update), _WINDOW):
            found.update(_NAMES.findall(update, start, start + _WINDOW + _NAME_BYTES - 1))
    return {name.decode() for name in found}
