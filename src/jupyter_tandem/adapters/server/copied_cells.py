"""Writes a notebook most of whose cells are in its file already: their text is copied (FILE-42).

Who saves is the contents manager, as with every notebook; it is given those cells only that are not copied.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import nbformat as typed_nbformat
from nbformat import ValidationError
from nbformat.v4 import rwbase as typed_rwbase

from jupyter_tandem.adapters.server.atomic_contents import AtomicWriting
from jupyter_tandem.adapters.server.large_notebook import (
    FORMAT,
    SEPARATOR,
    Layout,
    cells_of,
    frame,
)
from jupyter_tandem.adapters.server.local_file import Signature
from jupyter_tandem.ports.files import Patch

nbformat: Any = typed_nbformat
rwbase: Any = typed_rwbase

_STEP_BYTES: Final = 1 << 20
_SEPARATOR: Final = SEPARATOR.encode()


@dataclass(frozen=True, slots=True)
class WrittenCells:
    """What is known of the cells of a version that was written here.

    Attributes:
        layout: Where they are in the file.
        safe: For each 1 when nothing in it asks for trust, else 0.
    """

    layout: Layout
    safe: bytes


def safety(notary: Any, cells: Any) -> bytes:
    """Which cells nobody has to trust, as a notary sees it."""
    return bytes(
        bool(notary.check_cells(nbformat.NotebookNode(nbformat=FORMAT, cells=[cell])))
        for cell in cells
    )


class CellCopies:
    """What one patch makes of one version of a file. For one save, in one thread."""

    def __init__(self, patch: Patch, path: Path, version: str, written: WrittenCells) -> None:
        """``written`` tells of the ``version`` of the file at ``path``."""
        self._patch = patch
        self._path = path
        self._version = version
        self._written = written
        self._places = written.layout.places()
        self._source: IO[bytes] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The notebook with those cells only that are not copied."""
        cells = [cell for cell in self._patch.cells if not isinstance(cell, int)]
        return {**self._patch.frame, "cells": cells}

    @property
    def all_safe(self) -> bool:
        """Whether nothing in the cells that are copied asks for trust."""
        return all(self._written.safe[cell] for cell in self._patch.cells if isinstance(cell, int))

    def begin(self) -> bool:
        """Open the file; whether it is this version, the patch is one of it, and what is new in it is sound."""
        if self._patch.before != len(self._places) or not self._patch.cells or not self._is_sound():
            return False
        try:
            self._source = self._path.open("rb")
        except OSError:
            return False
        return Signature.of(os.fstat(self._source.fileno())).version == self._version

    def end(self) -> None:
        """Close the file; again does nothing."""
        if self._source is not None:
            self._source.close()

    def write(self, notebook: Any, file: IO[bytes], safe: bytes) -> WrittenCells:
        """Write the whole notebook; ``safe`` is the :func:`safety` of the cells in ``notebook``, which are not copied.

        Closes what is copied from: not every system replaces a file that is open.
        """
        head, tail = (text.encode() for text in frame(notebook))
        new = zip(cells_of(notebook), safe, strict=True)
        lengths, flags = array("Q"), bytearray()
        separator = head
        for first, count in self._runs():
            file.write(separator)
            if first is None:
                text, flag = next(new)
                lengths.append(file.write(text.encode()))
                flags.append(flag)
            else:
                self._copy(first, count, file)
                lengths.extend(self._written.layout.lengths[first : first + count])
                flags += self._written.safe[first : first + count]
            separator = _SEPARATOR
        file.write(tail)
        self.end()
        return WrittenCells(Layout(len(head), lengths), bytes(flags))

    def notebook_of(self, notebook: Any) -> Any:
        """The whole notebook, of which ``notebook`` has the cells that are not copied; others are read as they are asked for."""
        return nbformat.NotebookNode({**notebook, "cells": _AllCells(self, notebook["cells"])})

    def cells(self, new: Any) -> Iterator[Any]:
        """Every cell, in memory one by one; ``new`` are those that are not copied."""
        coming = iter(new)
        for cell in self._patch.cells:
            yield self._read(cell) if isinstance(cell, int) else next(coming)

    # -- inside ----------------------------------------------------------------

    def _is_sound(self) -> bool:
        """Whether nbformat has nothing to say of what is new."""
        try:
            notebook = nbformat.from_dict(self.content)
            nbformat.validate(notebook)
            return bool(nbformat.reader.get_version(notebook)[0] == FORMAT)
        except (ValidationError, AttributeError, KeyError, TypeError, ValueError):
            return False

    def _runs(self) -> Iterator[tuple[int | None, int]]:
        """Cells that follow one another in the file: the first one and how many. ``None``: one that is not copied."""
        run: list[int] = []
        for cell in itertools.chain(self._patch.cells, [None]):
            if isinstance(cell, int) and run and cell == run[-1] + 1:
                run.append(cell)
                continue
            if run:
                yield run[0], len(run)
            run = [cell] if isinstance(cell, int) else []
            if not isinstance(cell, int) and cell is not None:
                yield None, 1

    def _copy(self, first: int, count: int, file: IO[bytes]) -> None:
        last = first + count - 1
        left = self._places[last] + self._written.layout.lengths[last] - self._places[first]
        source = self._opened()
        source.seek(self._places[first])
        while left:
            step = source.read(min(left, _STEP_BYTES))
            if not step:
                raise OSError(f"{self._path} is shorter than it was")
            file.write(step)
            left -= len(step)

    def _read(self, cell: int) -> Any:
        source = self._opened()
        source.seek(self._places[cell])
        text = source.read(self._written.layout.lengths[cell])
        # As nbformat reads it, without another copy of every line.
        cell = json.loads(text, object_hook=nbformat.NotebookNode)
        alone = nbformat.NotebookNode(metadata=nbformat.NotebookNode(), cells=[cell])
        [found] = rwbase.strip_transient(rwbase.rejoin_lines(alone))["cells"]
        return found

    def _opened(self) -> IO[bytes]:
        if self._source is None:
            raise OSError(f"{self._path} was not opened")
        return self._source


class _AllCells(list[Any]):
    """What goes through them need not have them all."""

    def __init__(self, copies: CellCopies, new: Any) -> None:
        super().__init__()
        self._copies = copies
        self._new = new

    def __iter__(self) -> Iterator[Any]:
        return self._copies.cells(self._new)


class CopyingTwin:
    """How a twin (:mod:`.contents_twin`) saves what is in :class:`CellCopies`.

    Attributes:
        written: What was written.
    """

    def __init__(self, twin: Any, copies: CellCopies, writing: AtomicWriting) -> None:
        """Nothing changes before :meth:`install`."""
        self._twin = twin
        self._copies = copies
        self._writing = writing
        self._usual_check = twin.check_and_sign
        self._asynchronous = asyncio.iscoroutinefunction(twin._save_notebook)  # noqa: SLF001
        self._safe = b""
        self.written: WrittenCells | None = None

    def install(self) -> None:
        """Take the twin's own ways' place."""
        self._twin.check_and_sign = self._check_and_sign
        self._twin._save_notebook = self._save_async if self._asynchronous else self._save  # noqa: SLF001

    def _check_and_sign(self, notebook: Any, path: str = "") -> None:
        """As the manager's: what is signed is the whole notebook, if nothing in it asks for trust."""
        notary = self._twin.notary
        self._safe = safety(notary, notebook["cells"])
        trusted = all(self._safe) and self._copies.all_safe
        notary.check_cells = lambda _: trusted
        self._twin.check_and_sign = self._usual_check
        self._usual_check(self._copies.notebook_of(notebook), path)

    def _save(self, path: str, notebook: Any, **_: Any) -> None:
        with self._twin.perm_to_403(path), self._writing.patching(path) as file:
            self.written = self._copies.write(notebook, file, self._safe)

    async def _save_async(self, path: str, notebook: Any, **_: Any) -> None:
        self._save(path, notebook)
