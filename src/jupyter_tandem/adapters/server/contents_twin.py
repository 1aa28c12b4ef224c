"""Reads and writes large notebooks through a contents manager's twin in a worker thread.

Jupyter Server's own managers make and sign a notebook on the event loop: a third of a second for ten thousand cells,
in which nobody's typing arrives. Whatever else a manager is made to do is done on the loop by the manager itself:
hooks and managers of others expect to be called there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

from jupyter_server.services.contents.filecheckpoints import (
    AsyncFileCheckpoints,
    AsyncGenericFileCheckpoints,
    FileCheckpoints,
    GenericFileCheckpoints,
)
from jupyter_server.services.contents.filemanager import (
    AsyncFileContentsManager,
    FileContentsManager,
)
from jupyter_server.services.contents.largefilemanager import (
    AsyncLargeFileManager,
    LargeFileManager,
)
from nbformat.sign import NotebookNotary, SQLiteSignatureStore

from jupyter_tandem.adapters.server.atomic_contents import AtomicWriting
from jupyter_tandem.adapters.server.cell_by_cell import CellByCell
from jupyter_tandem.adapters.server.copied_cells import CellCopies, CopyingTwin, WrittenCells
from jupyter_tandem.adapters.server.whole_copies import is_of_tandem
from jupyter_tandem.collector import paused

T = TypeVar("T")

LARGE_BYTES: Final = 256 * 1024
"""A file from which on its twin reads and writes it: below, the thread costs as much as it spares."""

LARGE_CELLS: Final = 300
"""Cells from which on a notebook is large, whatever its file was before."""

_MANAGERS: Final = {
    FileContentsManager,
    AsyncFileContentsManager,
    LargeFileManager,
    AsyncLargeFileManager,
}
_CHECKPOINTS: Final = {
    FileCheckpoints,
    AsyncFileCheckpoints,
    GenericFileCheckpoints,
    AsyncGenericFileCheckpoints,
}
_IN_MEMORY: Final = ":memory:"


class ContentsTwin:
    """Makes a twin for each call: two threads share nothing, least of all the connection to the signatures."""

    def __init__(self, contents_manager: Any) -> None:
        """Do what ``contents_manager`` would do."""
        self._manager = contents_manager

    @property
    def possible(self) -> bool:
        """Whether the manager is one of Jupyter Server's, as it came: nothing in it expects the event loop."""
        manager = self._manager
        return (
            type(manager) in _MANAGERS
            and type(manager.checkpoints) in _CHECKPOINTS
            and not {"get", "save", "check_and_sign"} & vars(manager).keys()
            and manager.pre_save_hook is None
            and manager.post_save_hook is None
            # Nothing else tells which hooks were registered.
            and not manager._post_save_hooks  # noqa: SLF001
            and all(map(is_of_tandem, manager._pre_save_hooks))  # noqa: SLF001
            and type(manager.notary) is NotebookNotary
            and isinstance(manager.notary.store, SQLiteSignatureStore)
            and manager.notary.db_file != _IN_MEMORY
        )

    async def save(self, model: dict[str, Any], path: str) -> WrittenCells | None:
        """As ``ContentsManager.save``, with its errors; tells where cells are that were written one by one."""

        def work(twin: Any) -> WrittenCells | None:
            cells = CellByCell(twin)
            cells.install()
            _finish(twin.save(model, path))
            return cells.written

        return await self._do(work)

    async def patch(
        self, copies: CellCopies, model: dict[str, Any], path: str, writing: AtomicWriting
    ) -> WrittenCells | None:
        """As :meth:`save` of the whole notebook; ``None``: the patch does not fit, and nothing was written."""

        def work(twin: Any) -> WrittenCells | None:
            copying = CopyingTwin(twin, copies, writing)
            copying.install()
            try:
                if copies.begin():
                    _finish(twin.save({**model, "content": copies.content}, path))
            finally:
                copies.end()
            return copying.written

        return await self._do(work)

    async def get(self, path: str, **asked: Any) -> Any:
        """As ``ContentsManager.get``, with its errors."""

        def work(twin: Any) -> Any:
            CellByCell(twin).install()
            return _finish(twin.get(path, **asked))

        return await self._do(work)

    async def _do(self, work: Callable[[Any], T]) -> T:
        loop = asyncio.get_running_loop()

        def tell(data: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._manager.emit, data)

        return await asyncio.to_thread(self._in_thread, work, tell)

    def _in_thread(self, work: Callable[[Any], T], tell: Callable[[dict[str, Any]], None]) -> T:
        manager = self._manager
        twin = type(manager)(parent=manager.parent, config=manager.config, log=manager.log)
        for name in manager.trait_names(config=True):
            value = getattr(manager, name)
            if isinstance(value, str | int) and value != getattr(twin, name):
                setattr(twin, name, value)
        twin.emit = tell
        twin.atomic_writing = manager.atomic_writing
        try:
            with paused():
                return work(twin)
        finally:
            twin.notary.store.close()


def _finish(result: Any) -> Any:
    return asyncio.run(result) if asyncio.iscoroutine(result) else result
