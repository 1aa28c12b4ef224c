"""kill -9 at any point: acknowledged, logged ⊆ recovered ⊆ sent, and no gap."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from jupyter_tandem.adapters.store import SqliteStore
from jupyter_tandem.adapters.store.sqlite.inspection import inspect
from jupyter_tandem.ports.store import FileBase, Holder, Store
from tests.fault.store import journal_writer as writer

pytestmark = pytest.mark.fault

WRITER = Path(writer.__file__)
KILLS = int(os.environ.get("TANDEM_KILLS", "30"))
SEED = int(os.environ.get("TANDEM_SEED", "1"))


class Witness:
    """What the killed processes said they were about to write, and had written."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str], int] = defaultdict(int)
        self.acked: dict[tuple[str, str], int] = defaultdict(int)
        self.logged: dict[tuple[str, str], int] = defaultdict(int)
        self._intended: dict[str, FileBase | None] = {}

    def hear(self, said: str) -> None:
        # The last line may have been cut by the kill: then it was not said.
        for line in said.split("\n")[:-1]:
            verb, *about = line.split()
            if verb != "ready":
                kind, document_id, sequence = about
                book = {"sent": self.sent, "acked": self.acked, "logged": self.logged}[verb]
                book[kind, document_id] = int(sequence)

    async def examine(self, directory: Path) -> None:
        store = SqliteStore.open(directory)
        assert (
            await store.lease.acquire(Holder("heir", "", os.getpid(), os.uname().nodename)) is None
        )
        await self.look_into(store)
        await store.close()
        assert inspect(directory).findings == []

    async def look_into(self, store: Store) -> None:
        for document_id in writer.DOCUMENTS:
            replay = await store.journal.replay(document_id)
            if replay is None:
                assert not self.acked["entry", document_id]
                continue
            end = replay.head.sequence
            assert self.acked["entry", document_id] <= end <= self.sent["entry", document_id]
            assert self.logged["entry", document_id] <= end
            covered = replay.snapshot.sequence if replay.snapshot else 0
            assert covered >= self.acked["snapshot", document_id]
            if replay.snapshot:
                assert replay.snapshot.state == writer.state(document_id, covered)
            assert list(replay.tail) == [
                writer.entry(document_id, sequence) for sequence in range(covered + 1, end + 1)
            ]
            for entry in await store.journal.history(document_id):
                assert entry == writer.entry(document_id, entry.sequence)
            await self._examine_bases(store, document_id)
            # The next process goes on from what was recovered.
            self.sent["entry", document_id] = end

    async def _examine_bases(self, store: Store, document_id: writer.DocumentId) -> None:
        bases = await store.bases.bases(document_id)
        acked, sent = self.acked["base", document_id], self.sent["base", document_id]
        if bases.common is None:
            assert not acked
        else:
            assert acked <= bases.common.sequence <= sent
            assert bases.common == writer.base(document_id, bases.common.sequence)
        if bases.intended is not None:
            # Of the last one, or of one before: killed when it was said and not yet written.
            possible = (writer.base(document_id, sent), self._intended.get(document_id))
            assert bases.intended in possible
        self._intended[document_id] = bases.intended


def run_until_dead(place: Path | str, *arguments: object, after_s: float | None = None) -> str:
    """Everything the writer said until it died, by its failpoint or by us."""
    with subprocess.Popen(
        [sys.executable, WRITER, place, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if after_s is not None:
            time.sleep(after_s)  # the moment of the kill is what is being tried
            process.kill()
        said += process.stdout.read()
        assert process.wait() == -9
    return said


@pytest.mark.spec("JOURNAL-3", "JOURNAL-4", "JOURNAL-15", "JOURNAL-16", "JOURNAL-21", "JOURNAL-40")
async def test_killed_at_failpoints(tmp_path: Path) -> None:
    witness = Witness()
    for failpoint in ("begun", "written", "committed"):
        for count in (6, 7, 11, 18, 29, 47, 76, 123):
            seed = f"{SEED}/{failpoint}/{count}"
            witness.hear(run_until_dead(tmp_path, seed, failpoint, count))
            await witness.examine(tmp_path)


@pytest.mark.spec("JOURNAL-3", "JOURNAL-4", "JOURNAL-15", "JOURNAL-16", "JOURNAL-21", "JOURNAL-40")
async def test_killed_at_random_instants(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    witness = Witness()
    for kill in range(KILLS):
        witness.hear(run_until_dead(tmp_path, f"{SEED}/{kill}", after_s=chance.uniform(0, 0.12)))
        await witness.examine(tmp_path)
    # Where the disk is slow the first ones were killed before they had written much.
    while min(witness.acked["entry", document_id] for document_id in writer.DOCUMENTS) <= KILLS:
        witness.hear(run_until_dead(tmp_path, f"{SEED}/more", after_s=1.0))
        await witness.examine(tmp_path)
