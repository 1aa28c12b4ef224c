"""Keeps account of writes that were begun: what one left that was cut short is no foreign change (FILE-61)."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from jupyter_tandem.engine.file_bridge_work import base_over_left
from jupyter_tandem.errors import FileChanged, FileError, FileMissing, StoreError
from jupyter_tandem.ports.files import Files, FileStamp
from jupyter_tandem.ports.store import FileBase, FileBases, FileBaseStore
from jupyter_tandem.types import Address, DocumentKind

T = TypeVar("T")

Run = Callable[..., Awaitable[Any]]
"""Runs a function in a worker thread and returns its result."""

_AS_TEXT: Final = DocumentKind("text", "file")
_AS_BYTES: Final = DocumentKind("base64", "blob")


class BegunWrites:
    """Of one file.

    Attributes:
        in_doubt: Whether the file may be what is left of a write. It is not written before it was looked at:
            only one begun version is remembered.
    """

    def __init__(self, address: Address, files: Files, bases: FileBaseStore) -> None:
        """Nothing was begun, as far as is known."""
        self.in_doubt = False
        self._document_id = address.document_id
        self._kind = address.kind
        self._file_id = address.file_id
        self._files = files
        self._bases = bases

    async def carry_out(
        self, base: FileBase, before: FileStamp | None, write: Callable[[], Awaitable[T]]
    ) -> T:
        """Remember that ``base`` is being written over ``before``, and do it by ``write``.

        Raises:
            FileChanged: nothing was written, and the file is to be looked at.
            FileError, StoreError: what else went wrong.
        """
        if self.in_doubt:
            raise FileChanged("The last write of the file may have been cut short.")
        await self._bases.intend(self._document_id, base)
        self.in_doubt = True
        try:
            written = await write()
        except FileError as error:
            if await self._is_untouched(error, before):
                await self.call_off()
            raise
        self.in_doubt = False
        return written

    async def call_off(self) -> None:
        """The write has left nothing. So what other programs do to the file later is not taken for that."""
        if not self.in_doubt:
            return
        self.in_doubt = False
        with contextlib.suppress(StoreError):
            common = (await self._bases.bases(self._document_id)).common
            if common is not None:
                await self._bases.settle(self._document_id, common)

    async def left(self, bases: FileBases, run: Run) -> tuple[FileStamp, bytes] | None:
        """If what the file holds, a document or not, was left by the write that was begun last: its stamp and a base.

        It is read as text, or in base64, and judged by ``run``. What cannot be read so is read as a document next.
        Of a file that is replaced whole nothing is ever left: whatever is missing at its end was taken away.

        Raises:
            FileMissing: there is no file.
        """
        if bases.intended is None or not await self._files.in_place(self._file_id):
            return None
        for kind in (_AS_TEXT, _AS_BYTES):
            with contextlib.suppress(FileError):
                found = await self._files.read(self._file_id, kind)
                base = await run(base_over_left, self._kind, bases, kind, found.content)
                return None if base is None else (found.stamp, base)
        return None

    async def _is_untouched(self, error: FileError, before: FileStamp | None) -> bool:
        if isinstance(error, FileChanged):
            return True
        try:
            present = await self._files.stamp(self._file_id)
        except FileMissing:
            return True
        except FileError:
            return False
        return before is not None and present.same_version(before)
