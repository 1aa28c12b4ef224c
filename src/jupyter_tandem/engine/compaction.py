"""Compaction: a journal's prefix becomes a snapshot, after it was proven to say the same."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Final, TypeAlias

from jupyter_tandem.core.document import Document, unite
from jupyter_tandem.engine.outputs.shelf import weight
from jupyter_tandem.engine.settings import RoomSettings
from jupyter_tandem.engine.worker import Worker
from jupyter_tandem.errors import StoreCorrupt
from jupyter_tandem.ports.store import Entry, Journal, Replay, Snapshot
from jupyter_tandem.protocol.portions import Cuts
from jupyter_tandem.protocol.update import decode_state_vector, encode_state_vector
from jupyter_tandem.types import Address

_log = logging.getLogger(__name__)

_FEW: Final = 16
"""Fewer entries than this are replayed as fast as a snapshot, however large they are."""

_PIECE_BYTES: Final = 1024 * 1024
"""Compared in one step: a tenth of a millisecond."""

_Proof: TypeAlias = tuple[str, dict[int, int]]
"""Fingerprint of the content and number of known edits per client: what equal documents have in common."""


def rebuild(address: Address, replay: Replay, client_id: int) -> Document:
    """The document a replay describes.

    Raises:
        DocumentError: an update cannot be applied.
    """
    document = Document(address.kind, client_id)
    document.load(replay_updates(replay))
    return document


def replay_updates(replay: Replay) -> list[bytes]:
    """The snapshot, if any, and the updates after it."""
    updates = [entry.update for entry in replay.tail]
    return [replay.snapshot.state, *updates] if replay.snapshot else updates


def reopen(address: Address, replay: Replay, client_id: int) -> tuple[Document, bytes]:
    """The document a replay describes, and the whole of it as one update: the journal's own where it has one.

    Raises:
        DocumentError: an update cannot be applied.
    """
    document, cuts = _loaded(address, replay, client_id)
    first, *later = replay_updates(replay)
    if not later:
        return document, first
    whole = None if cuts is None else cuts.extended(later, unite)
    return document, document.encode() if whole is None else whole


def _loaded(address: Address, replay: Replay, client_id: int) -> tuple[Document, Cuts | None]:
    """As :func:`rebuild`, and where the first of the updates can be cut."""
    document = Document(address.kind, client_id)
    first, *later = replay_updates(replay)
    cuts = Cuts.of(first)
    document.load(itertools.chain((first,) if cuts is None else cuts.portions(), later))
    return document, cuts


def tail_is_long(tail: Sequence[Entry], settings: RoomSettings) -> bool:
    """Whether ``tail`` has grown beyond what is comfortable to replay.

    A single entry, such as a notebook's first content, is as good as a snapshot of it.
    """
    if len(tail) < _FEW:
        return False
    if len(tail) >= settings.snapshot_entries:
        return True
    return sum(len(entry.update) for entry in tail) >= settings.snapshot_bytes


async def compact(
    address: Address,
    journal: Journal,
    settings: RoomSettings,
    worker: Worker,
    outputs: Mapping[str, int] | None = None,
) -> bool:
    """Prove a snapshot of everything durable, write it, then drop what history need not keep.

    Order: state proven equal to the replay it stands for → written → read back, the same bytes → old entries
    pruned. From when it is written on, everybody who opens the document gets it. Stopping anywhere leaves a
    journal that rebuilds the same document.

    Args:
        address: Of which document.
        journal: Where it is.
        settings: How much history is kept.
        worker: Proves it.
        outputs: Name and bytes of its big outputs; entries that name them count for that much more.

    Returns:
        Whether a snapshot was made.

    Raises:
        StoreCorrupt: the state says something else than the journal, and was not written; or what was read
            back differs. Nothing was deleted.
        StoreError: the store failed; nothing was deleted that was not proven.
    """
    document_id = address.document_id
    before = await journal.replay(document_id)
    if before is None or not before.tail:
        return False
    sequence = before.head.sequence
    state, expected = await worker.run(_squash, address, before)
    # It holds a large document a second time.
    del before
    if await worker.run(_fingerprint, address, state) != expected:
        raise StoreCorrupt("The snapshot would differ from the journal; it was not written.")
    await journal.put_snapshot(document_id, Snapshot(sequence, state))
    after = await journal.replay(document_id)
    if after is None or after.snapshot is None or after.snapshot.sequence < sequence:
        raise StoreCorrupt("The snapshot that was just written cannot be found.")
    if not await worker.run(_same, after.snapshot.state, state):
        raise StoreCorrupt("The snapshot is not what was written; the journal is kept as it is.")
    del after
    entries = await journal.history(document_id, limit=10 * settings.history_entries)
    # People go on meanwhile: what came since is in no snapshot.
    proven = [entry for entry in entries if entry.sequence <= sequence]
    through = await worker.run(_beyond_history, proven, settings, dict(outputs or {}))
    if through > 0:
        await journal.prune(document_id, through=through)
    _log.info("Journal of %s: snapshot at %d (%d bytes)", document_id, sequence, len(state))
    return True


def _beyond_history(
    entries: Sequence[Entry], settings: RoomSettings, outputs: dict[str, int]
) -> int:
    """The last sequence that history need not keep."""
    kept_bytes = 0
    for kept, entry in enumerate(reversed(entries)):
        kept_bytes += weight(entry, outputs)
        if kept >= settings.history_entries or kept_bytes > settings.history_bytes:
            return entry.sequence
    return 0


# Documents used to prove equality never write: any client id does.
_READER_ID = 1


def _squash(address: Address, replay: Replay) -> tuple[bytes, _Proof]:
    document, cuts = _loaded(address, replay, _READER_ID)
    with closing(document):
        proof = _proof(document)
        return _squashed(document, cuts), proof


def _squashed(document: Document, cuts: Cuts | None) -> bytes:
    """The document without what history needs. A large one is not encoded as a whole: nothing else gets on meanwhile."""
    if cuts is None:
        return document.encode()
    rest = document.encode(encode_state_vector(cuts.rest_since))
    shortened = cuts.shortened(rest)
    return document.encode() if shortened is None else shortened


def _fingerprint(address: Address, state: bytes) -> _Proof:
    with closing(Document(address.kind, _READER_ID)) as document:
        document.load([state])
        return _proof(document)


def _same(found: bytes, written: bytes) -> bool:
    """Whether both are equal. Piece by piece: a comparison lets nothing else get on meanwhile."""
    pieces = range(0, len(written), _PIECE_BYTES)
    return len(found) == len(written) and all(
        found[start : start + _PIECE_BYTES] == written[start : start + _PIECE_BYTES]
        for start in pieces
    )


def _proof(document: Document) -> _Proof:
    # The CRDT library writes equal state vectors in any order of clients: only what they say can be compared.
    return document.fingerprint(), decode_state_vector(document.state_vector())
