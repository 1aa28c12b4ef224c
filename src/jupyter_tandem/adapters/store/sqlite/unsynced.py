"""What is on its way to the journal, in files that outlive the process: written at once, never synced.

The system keeps what was written to a file when the process is killed, though not when the power fails. So who takes
the lease after a killed server finds in its journal also what others had seen and no commit had taken yet.
Two pages take turns: one is written while the commit of what the other holds is under way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from jupyter_tandem.adapters.store.sqlite.database import sync_directory
from jupyter_tandem.adapters.store.sqlite.document import Ledger, Standing
from jupyter_tandem.adapters.store.sqlite.unsynced_page import Page, delete, page_path, record
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.types import DocumentId

_log = logging.getLogger(__name__)

PAGE_BYTES: Final = 64 * 1024
"""More than that is not logged until a commit has taken what is there."""

SLOW_S: Final = 0.02
"""A write that takes longer was made to wait, and everybody with it: for the disk, or for another process."""

SLOW_WRITES: Final = 3
"""So many slow ones on end are the disk's: one that syncs whatever is written, as some network shares do."""

PAUSE_S: Final = 60.0
"""How long nothing is logged after a write that failed, or where all are slow."""

_REMEMBERED: Final = 10_000


class UnsyncedLog:
    """The log of one holder of the lease.

    :meth:`log`, :meth:`turn` and :meth:`stop` are called on the event loop, the others on the writing thread. Each page
    belongs to one of them at a time, which is why there is no lock.
    """

    def __init__(self, directory: Path, ledger: Ledger, monotonic: Callable[[], float]) -> None:
        """One in ``directory``, which logs nothing before :meth:`begin`."""
        self._directory = directory
        self._ledger = ledger
        self._monotonic = monotonic
        self._pages: list[Page] = []
        self._current: Page | None = None
        self._turned: Page | None = None
        self._spare: Page | None = None
        self._resumes_at = 0.0
        self._slow = 0
        self._read: dict[DocumentId, Standing] = {}

    def read(self, standing: Standing) -> None:
        """A journal was read, and will be written. Any thread may say so."""
        self._read[standing.head.document_id] = standing
        if len(self._read) > _REMEMBERED:
            self._read.pop(next(iter(self._read)), None)

    def begin(self, token: int) -> None:
        """Log from now on, on empty pages, as the holder with this ``token``. Blocks until their names are on disk."""
        self._close(self._pages)
        self._current = self._turned = self._spare = None
        # Another server may have written them since.
        self._read.clear()
        try:
            for number in (1, 2):
                self._pages.append(Page(page_path(self._directory, token, number)))
            sync_directory(self._directory)
        except OSError as error:
            _log.warning("Edits that wait for the disk will not outlive a killed server: %s", error)
            return
        self._resumes_at, self._slow = 0.0, 0
        self._current, self._spare = self._pages

    def log(self, entries: Sequence[Entry]) -> bool:
        """Write entries down that will be appended soon, without waiting; whether all of them were.

        What is larger than the rest of a page is not, nor what follows something that is not there: nobody could put
        it back.
        """
        page, begun = self._current, self._monotonic()
        if page is None or begun < self._resumes_at:
            return False
        if page.used + sum(len(entry.update) for entry in entries) > PAGE_BYTES:
            return False
        ends: dict[DocumentId, tuple[int, int]] = {}
        records = []
        for entry in entries:
            # In this order: what a commit takes off a page is in the ledger before.
            logged = ends.get(entry.document_id) or self._logged(page, entry.document_id)
            standing = self._standing(entry.document_id)
            if standing is None or entry.sequence != _reached(standing, logged) + 1:
                return False
            ends[entry.document_id] = standing.key, entry.sequence
            records.append(record(standing, entry))
        data = b"".join(records)
        if page.used + len(data) > PAGE_BYTES:
            return False
        written = page.write(data)
        if written:
            page.ends.update(ends)
        self._slow = self._slow + 1 if self._monotonic() - begun > SLOW_S else 0
        if not written or self._slow >= SLOW_WRITES:
            self._resumes_at = begun + PAUSE_S
        return written

    def turn(self, entries: Sequence[Entry]) -> None:
        """These are committed now. If they are all that was logged, what comes goes to the other page, if that is free."""
        current, spare = self._current, self._spare
        if spare is None or current is None or not current.used:
            return
        last = {entry.document_id: entry.sequence for entry in entries}
        if all(
            last.get(document_id, 0) >= end[1] or self._has(document_id, *end)
            for document_id, end in current.ends.items()
        ):
            self._spare, self._current = None, spare
            # Last: from here on it is the writing thread's.
            self._turned = current

    def stop(self) -> None:
        """Log nothing more before :meth:`begin`."""
        self._current = None

    def committed(self) -> None:
        """The ledger has moved: clear the page that was turned if the journal has all that it holds."""
        page = self._turned
        if page is None or not self._has_all(page):
            return
        try:
            page.clear()
        except OSError as error:
            # Whoever reads it finds that the journal has it all; the next commit tries again.
            _log.debug("%s: %s", page.path, error)
            return
        self._turned = None
        self._spare = page

    def end(self) -> None:
        """After :meth:`stop`: leave nothing behind but what the journal lacks."""
        left = [page for page in self._pages if not self._has_all(page)]
        for page in left:
            page.close()
        self._close([page for page in self._pages if page not in left])
        self._pages.clear()
        self._turned = self._spare = None

    def _close(self, pages: Sequence[Page]) -> None:
        for page in pages:
            page.close()
            delete(page.path)
        self._pages.clear()

    def _logged(self, page: Page, document_id: DocumentId) -> tuple[int, int] | None:
        found, turned = page.ends.get(document_id), self._turned
        return turned.ends.get(document_id) if found is None and turned is not None else found

    def _standing(self, document_id: DocumentId) -> Standing | None:
        return self._ledger.known(document_id) or self._read.get(document_id)

    def _has_all(self, page: Page) -> bool:
        return all(self._has(document_id, *end) for document_id, end in page.ends.items())

    def _has(self, document_id: DocumentId, key: int, sequence: int) -> bool:
        standing = self._ledger.known(document_id)
        return standing is not None and (standing.key != key or standing.head.sequence >= sequence)


def _reached(standing: Standing, logged: tuple[int, int] | None) -> int:
    """The last sequence of a journal, with what was logged of it."""
    reached = standing.head.sequence
    return max(reached, logged[1]) if logged is not None and logged[0] == standing.key else reached
