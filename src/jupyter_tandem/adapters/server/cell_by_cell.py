"""Makes one contents manager read and write notebooks cell by cell."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_tandem.adapters.server import large_notebook
from jupyter_tandem.adapters.server.copied_cells import WrittenCells, safety
from jupyter_tandem.adapters.server.large_notebook import NotSo


class CellByCell:
    """How a twin (:mod:`.contents_twin`) reads and writes text; what is not as usual goes the manager's own way.

    Attributes:
        written: What was written cell by cell.
    """

    def __init__(self, twin: Any) -> None:
        """Nothing changes before :meth:`install`."""
        self._twin = twin
        self.written: WrittenCells | None = None
        # There is no public place between the file and its text.
        self._usual_read = twin._read_notebook  # noqa: SLF001
        self._usual_save = twin._save_notebook  # noqa: SLF001

    def install(self) -> None:
        """Take the twin's own ways' place."""
        asynchronous = asyncio.iscoroutinefunction(self._usual_read)
        self._twin._read_notebook = self._read_async if asynchronous else self._read  # noqa: SLF001
        self._twin._save_notebook = self._save_async if asynchronous else self._save  # noqa: SLF001

    def _read(self, path: str, as_version: int = 4, raw: bool = False, **options: Any) -> Any:
        try:
            return self._in_steps(path, as_version, raw=raw)
        except NotSo:
            return self._usual_read(path, as_version, raw=raw, **options)

    async def _read_async(
        self, path: str, as_version: int = 4, raw: bool = False, **options: Any
    ) -> Any:
        try:
            return self._in_steps(path, as_version, raw=raw)
        except NotSo:
            return await self._usual_read(path, as_version, raw=raw, **options)

    def _in_steps(self, path: str, as_version: int, *, raw: bool) -> Any:
        if as_version != large_notebook.FORMAT or not Path(path).is_file():
            raise NotSo
        with self._twin.open(path, "rb") as file:
            notebook = large_notebook.read(file)
        # Whoever makes a hash of the bytes reads them where they are not given.
        return (notebook, None) if raw else notebook

    def _save(self, path: str, notebook: Any, **options: Any) -> None:
        if not self._saved(path, notebook):
            self._usual_save(path, notebook, **options)

    async def _save_async(self, path: str, notebook: Any, **options: Any) -> None:
        if not self._saved(path, notebook):
            await self._usual_save(path, notebook, **options)

    def _saved(self, path: str, notebook: Any) -> bool:
        if not large_notebook.is_sound(notebook):
            return False
        with self._twin.atomic_writing(path, encoding="utf-8") as file:
            layout = large_notebook.write(notebook, file)
        self.written = WrittenCells(layout, safety(self._twin.notary, notebook["cells"]))
        return True
