"""What must be true whatever happened: judged while a simulation runs and after it has come to rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.document import Document
from jupyter_tandem.ports.store import Entry
from jupyter_tandem.protocol.update import inspect
from jupyter_tandem.testing.simulation_client import SimulatedClient
from jupyter_tandem.testing.simulation_server import replayed
from jupyter_tandem.types import DocumentId, DocumentKind


class PromiseBroken(AssertionError):
    """Something is not as it was promised."""


class Tokens:
    """Characters that are typed once in a simulation and never again: each can be looked for.

    Attributes:
        deleted: Those that somebody deleted.
        volatile: Cells that were deleted or moved: what others typed into them meanwhile went with them.
        forbidden: Those that were typed by somebody who may not.
        acknowledged: Those whose edit was acknowledged.
    """

    def __init__(self) -> None:
        """None was typed."""
        self._next = 0
        self._made_by: dict[bytes, str] = {}
        self._home: dict[str, str] = {}
        self._named = {""}
        self.deleted: set[str] = set()
        self.volatile: set[str] = set()
        self.forbidden: set[str] = set()
        self.acknowledged: set[str] = set()

    def fresh(self, home: str = "") -> str:
        """One more, for the cell ``home``; every third takes four bytes of UTF-8 and two units of UTF-16."""
        self._next += 1
        token = chr((0x20000 if self._next % 3 == 0 else 0x4E00) + self._next)
        self._home[token] = home
        return token

    def name(self, cell: str) -> str:
        """``cell`` is an id that a person or a program gave a cell."""
        self._named.add(cell)
        return cell

    def home(self, token: str) -> str:
        """The cell that ``token`` was typed into, empty in a text."""
        return self._home[token]

    def typed(self, update: bytes, tokens: str) -> None:
        """``update`` holds ``tokens``."""
        self._made_by[update] = tokens

    def uproot(self, cell: Mapping[str, Any]) -> None:
        """``cell`` was deleted or moved. Some may have typed into it when its id was another.

        Two people who write into the same empty notebook make two cells of one id; the later is given another
        (CONTENT-3).
        """
        homes = {self._home[token] for token in self.within(cell["source"])}
        self.volatile |= {cell["id"], *homes} - {""}

    def uproot_all_but(self, notebook: Mapping[str, Any]) -> None:
        """Every cell that is not in ``notebook`` may have been moved."""
        self.volatile |= set(self._home.values()) - {"", *_ids(notebook)}

    def acknowledge(self, updates: Iterable[bytes]) -> None:
        """These updates are durable."""
        for update in updates:
            self.acknowledged.update(self._made_by.get(update, ""))

    def expected(self) -> set[str]:
        """Those that must be in the document."""
        kept = self.acknowledged - self.deleted
        # Which of several cells of one id has which other id depends on how many of them one sees (CONTENT-3): when one
        # of them went, it may have been any that had a name which nobody gave it.
        nameless = any(home not in self._named for home in self.volatile)
        return {token for token in kept if not self._went(self._home[token], nameless=nameless)}

    def _went(self, home: str, *, nameless: bool) -> bool:
        return home in self.volatile or (nameless and home not in self._named)

    @staticmethod
    def within(content: Any) -> Counter[str]:
        """How often each token stands in a document."""
        text = content if isinstance(content, str) else _sources(content)
        return Counter(character for character in text if ord(character) >= 0x4E00)


class Oracle:
    """Remembers what was promised, and compares.

    Attributes:
        broken: What was found while the simulation ran.
    """

    def __init__(self, document_id: DocumentId, kind: DocumentKind, disk: MemoryDisk) -> None:
        """Nothing was promised yet."""
        self._document_id = document_id
        self._kind = kind
        self._disk = disk
        self._durable: dict[int, int] = {}
        self._shown: dict[int, int] = {}
        self._promised: list[bytes] = []
        self._strict = True
        self.broken: list[str] = []
        self.tokens = Tokens()

    # -- while it runs -------------------------------------------------------

    def written(self, entries: Sequence[Entry]) -> None:
        """The disk has these entries now."""
        for entry in entries:
            _reach(self._durable, entry.update)

    def shown(self, update: bytes) -> None:
        """The server is about to pass this on to somebody."""
        _reach(self._shown, update)

    def acknowledged(self, client: SimulatedClient, updates: list[bytes]) -> None:
        """P1: an acknowledgement is never ahead of the disk."""
        for update in updates:
            for author, (_, end) in inspect(update).blocks.items():
                if self._durable.get(author, 0) < end:
                    self.broken.append(f"{client}: an edit was acknowledged that is not on disk")
        self._promised += updates
        self.tokens.acknowledge(updates)

    def refused(self, client: SimulatedClient, code: int, reason: str) -> None:
        """P6: nobody who may be here is sent away for good."""
        if not client.barred and not client.person.rogue:
            self.broken.append(f"{client} was sent away: {code} {reason}")

    def merged(self, client: SimulatedClient, base: Any, ours: Any) -> None:  # noqa: ARG002
        """Lines that came in at two places of two histories may rightly be in both; cells may not.

        A cell that others put behind one that was moved goes along with it (MERGE-10), and is moved, too.
        """
        self._strict = False
        if isinstance(base, dict) and isinstance(ours, dict) and _moved(base, ours):
            self.tokens.uproot_all_but(ours)

    def new_lineage(self) -> None:
        """The journal is gone; what was promised must be in the file."""
        self._promised.clear()
        self._durable.clear()
        self._shown.clear()

    # -- after a crash, and at the end ---------------------------------------

    def check_course(self) -> None:
        """Nothing was found on the way."""
        if self.broken:
            raise PromiseBroken("; ".join(self.broken))

    def check_shown(self) -> None:
        """What anybody was shown outlives the server, where it is written down before."""
        for author, end in self._shown.items():
            if self._durable.get(author, 0) < end:
                raise PromiseBroken(f"an edit of {author} was shown and is gone with the server")

    async def check_disk(self) -> str | None:
        """P1, P3: what a restart would find holds everything promised, in one sequence without gaps.

        Returns:
            The fingerprint of what would be found; ``None`` when there is no journal yet.
        """
        sequences, updates = await replayed(self._disk, self._document_id)
        if not updates:
            if self._promised:
                raise PromiseBroken("the journal is gone")
            return None
        if sequences != list(range(sequences[0], sequences[0] + len(sequences))):
            raise PromiseBroken(f"the sequence has gaps: {sequences}")
        document = Document(self._kind, 1)
        document.load(updates)
        for update in self._promised:
            if document.apply([update]) is not None:
                raise PromiseBroken("an acknowledged edit is not in the journal")
        fingerprint = document.fingerprint()
        document.close()
        return fingerprint

    def check_content(self, content: Any, where: str) -> None:
        """P5: nothing is there twice, nothing acknowledged is missing, nothing forbidden is there."""
        counts = Tokens.within(content)
        tokens = self.tokens
        doubled = [token for token, count in counts.items() if count > 1]
        if doubled and self._strict:
            raise PromiseBroken(f"{where}: doubled {doubled!r}")
        missing = tokens.expected() - set(counts)
        if missing:
            raise PromiseBroken(f"{where}: lost {sorted(missing)!r}")
        intruders = tokens.forbidden & set(counts)
        if intruders:
            raise PromiseBroken(f"{where}: written without the right to: {sorted(intruders)!r}")
        if isinstance(content, dict):
            _check_cells(content, where)

    def check_agreement(self, prints: dict[str, str]) -> None:
        """P2: everybody holds the same document."""
        if len(set(prints.values())) > 1:
            raise PromiseBroken(f"not the same document: {json.dumps(prints, indent=1)}")


def _reach(ends: dict[int, int], update: bytes) -> None:
    for author, (_, end) in inspect(update).blocks.items():
        ends[author] = max(end, ends.get(author, 0))


def _ids(notebook: Mapping[str, Any]) -> list[str]:
    return [cell.get("id", "") for cell in notebook["cells"]]


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether cells that are in both stand in another order."""
    old, new = _ids(before), _ids(after)
    return [cell for cell in old if cell in new] != [cell for cell in new if cell in old]


def _check_cells(content: dict[str, Any], where: str) -> None:
    ids = Counter(_ids(content))
    doubled = [cell_id for cell_id, count in ids.items() if count > 1]
    if doubled:
        raise PromiseBroken(f"{where}: cells with the same id: {doubled}")


def _sources(notebook: Any) -> str:
    return "\n".join(cell["source"] for cell in notebook["cells"])
