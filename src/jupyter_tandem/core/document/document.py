"""One shared document in memory."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pycrdt import Doc, Map, merge_updates

from jupyter_tandem.core.content import Family, family, normalise
from jupyter_tandem.core.document.cell_changes import CellChanges
from jupyter_tandem.core.document.emission import Emission
from jupyter_tandem.core.document.fingerprint import fingerprint
from jupyter_tandem.core.document.guard import CrdtGuard
from jupyter_tandem.core.document.history import History
from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.document.notebook import SharedNotebook
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.document.shared import shared_types
from jupyter_tandem.core.document.source_scan import SourceScan
from jupyter_tandem.core.value import same_value
from jupyter_tandem.errors import DocumentError
from jupyter_tandem.protocol.portions import PORTION_BYTES, join, portions
from jupyter_tandem.protocol.update import decode_state_vector
from jupyter_tandem.types import DocumentKind

_LOAD_BATCH: Final = 1_000
"""Updates applied in one transaction while loading: enough to pay the transaction's cost once per many."""

_STATE: Final = "state"


class Document:
    """One shared document: updates go in, merged updates and content come out.

    Whoever feeds it checks updates with :func:`jupyter_tandem.protocol.update.inspect` first. Not safe for
    use by several threads at once. Call :meth:`close` when done with it.

    Attributes:
        kind: What kind of document it is.
        bytes_taken: How much was put into it so far: no less than it takes as one update.
        suspected: Whether the updates that were applied last might have brought trust.
        stripped: What removed the trust they brought, if they did.
    """

    __slots__ = (
        "_cells",
        "_changes",
        "_closed",
        "_crdt",
        "_deferred",
        "_emission",
        "_guard",
        "_history",
        "_shared",
        "_since",
        "bytes_taken",
        "kind",
        "stripped",
        "suspected",
    )

    def __init__(self, kind: DocumentKind, client_id: int) -> None:
        """Make an empty document.

        Args:
            kind: What kind of document it is.
            client_id: The Yjs client id its own edits carry; no other live document may use it.
        """
        self.kind = kind
        self.bytes_taken = 0
        self._crdt: Doc[Any] = Doc(client_id=client_id)
        self._guard = CrdtGuard()
        self._shared = shared_types(kind, self._crdt)
        self._history: History | None = None
        self._since: list[bytes] | None = None
        self._deferred: list[bytes] = []
        self.suspected = False
        self.stripped: bytes | None = None
        self._emission = Emission(self._crdt)
        self._cells: RunCells | None = None
        self._closed = False
        self._changes: CellChanges | None = None

    @property
    def client_id(self) -> int:
        """The Yjs client id its own edits carry."""
        return self._crdt.client_id

    def close(self) -> None:
        """Free its memory, that of many cells in steps, between which other threads get on: not on the event loop.

        Who uses the document afterwards gets a :class:`DocumentError`, and no empty document. Closing twice does nothing.
        """
        if self._closed:
            return
        self._closed = True
        self._end_watches()
        if isinstance(self._shared, SharedNotebook) and not self.damaged:
            with contextlib.suppress(DocumentError), self._guard:
                self._shared.take_apart()

    def _end_watches(self) -> None:
        self._emission.close()
        self._shared.close()
        if self._changes is not None:
            self._changes.close()

    def __del__(self) -> None:
        # Nothing to end where making the document failed.
        if hasattr(self, "_changes") and not self._closed:
            self._end_watches()

    @property
    def damaged(self) -> bool:
        """Whether the CRDT library failed: rebuild the document from the journal."""
        return self._guard.tripped

    # -- updates -----------------------------------------------------------------------------------

    def load(self, updates: Iterable[bytes]) -> None:
        """Apply journalled updates, in order, as they are.

        Raises:
            DocumentError: one cannot be applied; :attr:`damaged` is set.
        """
        batch: list[bytes] = []
        self._emission.close()
        size = 0
        for update in itertools.chain.from_iterable(map(self._portions, updates)):
            batch.append(update)
            size += len(update)
            if len(batch) == _LOAD_BATCH or size >= PORTION_BYTES:
                self._change(lambda: self._apply(batch))
                batch.clear()
                size = 0
        self._change(lambda: self._apply(batch))
        self._emission.begin()
        self._history = self._since = None

    def _portions(self, update: bytes) -> Iterable[bytes]:
        self.bytes_taken += len(update)
        if len(update) < PORTION_BYTES:
            return (update,)
        if isinstance(self._shared, SharedNotebook):
            self._shared.large = True
        return portions(update)

    def fill(self, wanted: Any, state: Mapping[str, Any]) -> bytes:
        """Make a new document hold ``wanted`` (in normal form) and ``state``; a large notebook in portions.

        A large notebook's cells are taken out of ``wanted`` meanwhile.

        Returns:
            One update with all of it.

        Raises:
            DocumentError: ``wanted`` cannot be held.
        """
        made: list[bytes] = []
        for write in self._fillers(wanted, state):
            update = self._change(write)
            if update is not None:
                made.append(update)
        return (made[0] if len(made) == 1 else join(made)) or self.encode()

    def apply(self, updates: Sequence[bytes]) -> bytes | None:
        """Apply updates in one transaction, and remove the trust they bring to cells.

        Returns:
            One update with everything that changed, without trust, or ``None`` when nothing did.

        Raises:
            DocumentError: one cannot be applied, and none of them counts. :attr:`damaged` is set unless it was
                refused before anything happened: it cuts a character in two or nests types too deep.
        """
        self.settle()
        if self._history is None:
            # Many documents are only read or written; one that is large had better be taught before.
            self._history = self.make_history(self.encode())
        self._history.admit(updates, self.state_vector)
        self.suspected, self.stripped = self._history.suspects(updates), None
        if self.suspected:
            return self._apply_without_trust(updates)
        return self._change(lambda: self._apply(updates))

    def defer(self, update: bytes) -> None:
        """Apply an update later, but before anything else happens to the document or is read from it.

        Only for what is typed on behind an update that was applied (:mod:`jupyter_tandem.core.fast_path`): it fits,
        since that one did, and does nothing else.
        """
        self._deferred.append(update)

    @property
    def deferred(self) -> int:
        """How many updates :meth:`defer` has put off."""
        return len(self._deferred)

    def settle(self) -> None:
        """Apply what was put off, in one transaction.

        Raises:
            DocumentError: it cannot be applied; :attr:`damaged` is set.
        """
        self._refuse_when_closed()
        if self._deferred:
            deferred, self._deferred = self._deferred, []
            # A document that was damaged meanwhile is about to be rebuilt from the journal, which has them.
            if not self.damaged:
                self.apply(deferred)

    def watch_sources(self) -> SourceScan | None:
        """Look at what the next edits change in the sources of cells; ``None``: there are no cells.

        Whoever asked closes it.
        """
        self.settle()
        shared = self._shared
        return shared.watch_sources() if isinstance(shared, SharedNotebook) else None

    def watch_cells(self) -> CellChanges | None:
        """Look from now on at which cells change; ``None``: there are none. Ends with the document."""
        self.settle()
        shared = self._shared
        if self._changes is None and isinstance(shared, SharedNotebook):
            self._changes = CellChanges(shared.cells(), shared.row, shared.meta(), self._guard)
        return self._changes

    def write_state(self, values: Mapping[str, Any]) -> bytes | None:
        """Set keys of the ``state`` map that have another value.

        Returns:
            The update, or ``None`` when all had these values.

        Raises:
            DocumentError: a value is of no JSON type.
        """
        self.settle()
        return self._change(lambda: self._set_state(values))

    def update_to(self, content: Any) -> bytes | None:
        """Make the document hold ``content`` with few edits, in one transaction.

        Cells are matched by id (by content where there is none); sources and stream outputs change by the
        characters that differ; a cell moves only where the order changed.

        Returns:
            The update, or ``None`` when it held that content already.

        Raises:
            DocumentError: ``content`` is not of this kind; the document is unchanged.
        """
        self.settle()
        wanted = normalise(self.kind, content)
        with self._guard:
            write = self._shared.writer(wanted)
        update = self._change(write)
        self._note(update)
        return update

    def run_cells(self) -> RunCells:
        """Its cells, for reading.

        Raises:
            DocumentError: it is no notebook.
        """
        return self._run_cells()

    def write_cells(self, write: Callable[[RunCells], None]) -> bytes | None:
        """Let ``write`` change cells in one transaction.

        Returns:
            The update, or ``None`` when nothing changed.

        Raises:
            DocumentError: it is no notebook, or the CRDT library failed; then :attr:`damaged` is set.
        """
        cells = self._run_cells()
        update = self._change(lambda: write(cells))
        self._note(update)
        return update

    # -- its history -------------------------------------------------------------------------------------

    @property
    def taught(self) -> bool:
        """Whether the watches know its history."""
        return self._history is not None

    def begin_teaching(self, least_bytes: int = 0, state: bytes | None = None) -> bytes | None:
        """The state that :meth:`make_history` needs, to call it in another thread.

        Without that the first edit to be applied waits for it: most of a second for ten thousand cells.

        Args:
            least_bytes: Smaller documents are not worth it.
            state: The document as one update, where the caller has it.

        Returns:
            ``None`` when the history is known, or the state has less than ``least_bytes``.
        """
        if self._history is not None:
            return None
        state = self.encode() if state is None else state
        if len(state) < least_bytes:
            return None
        self._since = []
        return state

    def make_history(self, state: bytes) -> History:
        """What the watches know of ``state``. Touches nothing of the document."""
        return History(state, trust=family(self.kind) is Family.NOTEBOOK)

    def teach(self, history: History) -> None:
        """Take the history made of what :meth:`begin_teaching` gave; ignored where it is too late."""
        since, self._since = self._since, None
        if since is not None and self._history is None:
            for update in since:
                history.note(update)
            self._history = history

    # -- what it holds -------------------------------------------------------------------------------

    def state_vector(self) -> bytes:
        """Which edits are known, in Yjs' encoding."""
        self.settle()
        with self._guard:
            return self._crdt.get_state()

    def encode(self, since: bytes | None = None) -> bytes:
        """One update with all edits that a holder of the state vector ``since`` lacks (``None``: with all).

        Raises:
            MalformedFrame, LimitExceeded: ``since`` is no state vector.
        """
        if since is not None:
            decode_state_vector(since)
        self.settle()
        with self._guard:
            return self._crdt.get_update(since)

    def content(self, of_cell: Callable[[dict[str, Any]], Any] | None = None) -> Any:
        """The content in normal form (:func:`jupyter_tandem.core.content.normalise`), for the Contents API.

        Args:
            of_cell: What is wanted of a notebook's cell; everything when left out.

        Raises:
            DocumentError: the shared types hold no document of this kind.
        """
        self.settle()
        shared = self._shared
        with self._guard:
            if of_cell is not None and isinstance(shared, SharedNotebook):
                content = shared.read(of_cell)
            else:
                content = shared.read()
        return normalise(self.kind, content)

    def fingerprint(self) -> str:
        """A hash of everything in the document, equal on all peers that have the same edits.

        Yjs peers can make the same one: CONTENT-20 says how.
        """
        self.settle()
        with self._guard:
            state = as_json(self._crdt.get(_STATE, type=Map))
            return fingerprint({**self._shared.roots(), _STATE: state})

    # -- inside --------------------------------------------------------------------------------------

    def _run_cells(self) -> RunCells:
        self.settle()
        if self._cells is None:
            if not isinstance(self._shared, SharedNotebook):
                raise DocumentError("Only notebooks have cells to run.")
            self._cells = RunCells(self._shared.cells(), self._shared.row, self._shared.meta())
        return self._cells

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise DocumentError("The document was closed.")

    def _change(self, action: Callable[[], object]) -> bytes | None:
        self._refuse_when_closed()
        if self.damaged:
            raise DocumentError("The document was damaged by an edit and is being loaded again.")
        with self._guard:
            update = self._emission.of(action)
        if update is not None:
            self.bytes_taken += len(update)
        return update

    def _fillers(self, wanted: Any, state: Mapping[str, Any]) -> Iterator[Callable[[], object]]:
        if isinstance(self._shared, SharedNotebook):
            writes = self._shared.fillers(wanted)
        else:
            with self._guard:
                writes = iter((self._shared.writer(wanted),))
        first = next(writes)

        def begin() -> None:
            first()
            self._set_state(state)

        yield begin
        yield from writes

    def _note(self, update: bytes | None) -> None:
        """See to it that the watches learn of an edit that was made here."""
        if update is None:
            return
        if self._history is not None:
            self._history.note(update)
        elif self._since is not None:
            self._since.append(update)

    def _apply(self, updates: Sequence[bytes]) -> None:
        apply_update = self._crdt.apply_update
        for update in updates:
            apply_update(update)

    def _apply_without_trust(self, updates: Sequence[bytes]) -> bytes | None:
        """Apply in one transaction, strip in another, and give out what both did as one update."""
        shared = self._shared
        if not isinstance(shared, SharedNotebook):
            raise DocumentError("Only notebooks hold trust.")
        scan = shared.watch_trust()
        try:
            brought = self._change(lambda: self._apply(updates))
        finally:
            scan.close()
        stripped = self.stripped = self._change(scan.strip)
        with self._guard:
            return merge_updates(brought, stripped) if brought and stripped else brought

    def _set_state(self, values: Mapping[str, Any]) -> None:
        state = self._crdt.get(_STATE, type=Map)
        for key, value in values.items():
            if key not in state or not same_value(state[key], value):
                state[key] = value
