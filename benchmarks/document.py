"""What a room and its documents cost without any network: CPU of pure functions."""

from __future__ import annotations

import time
from typing import Any

from pycrdt import Doc, Text

from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.inputs import Dialect, Join, Turn
from jupyter_tandem.core.reconcile import reconcile
from jupyter_tandem.core.room import Room
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.limits import Limits
from jupyter_tandem.types import DocumentId, DocumentKind, LineageId, Rights, Role, SessionId, User

TEXT = DocumentKind("text", "file")
NOTEBOOK = DocumentKind("json", "notebook")
EDITS = 5_000


def turn() -> dict[str, float]:
    """Microseconds per one-character edit: decoded, checked, applied, framed; one or twenty in a turn."""
    return {"us_alone": _turns(1), "us_of_twenty": _turns(20)}


def _turns(size: int) -> float:
    document = Document(TEXT, 1)
    document.load([seed(TEXT, "x" * 20_000, 2)])
    room = Room(DocumentId("d"), document, LineageId("L"), 1, Limits())
    session = SessionId(1)
    ana = User("ana", "Ana", "Ana", "A")
    room.handle(Join(session, ana, Rights.of(Role.EDITOR), Dialect.TANDEM, LineageId("L")), 0, 0)
    frames = [(session, f.encode(f.SyncStep2(b"\x00\x00"))), *((session, u) for u in _typed())]
    started = time.perf_counter()
    for first in range(0, len(frames), size):
        room.handle(Turn(tuple(frames[first : first + size])), 0, 0)
    return (time.perf_counter() - started) / EDITS * 1e6


def _typed() -> list[bytes]:
    doc: Doc[Any] = Doc()
    text = doc.get("source", type=Text)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    for at in range(EDITS):
        text.insert(at, "a")
    doc.unobserve(subscription)
    return [f.encode(f.Update(update)) for update in made]


def notebook(megabytes: float) -> dict[str, Any]:
    """A notebook whose outputs make up most of it."""
    cells = []
    for number in range(int(megabytes * 20)):
        output = {"output_type": "stream", "name": "stdout", "text": "lorem ipsum dolor\n" * 2_800}
        cells.append(
            {
                "id": f"c{number}",
                "cell_type": "code",
                "execution_count": number,
                "metadata": {},
                "source": f"x = {number}\n" * 20,
                "outputs": [output],
            }
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def seeding() -> dict[str, float]:
    """Milliseconds to make a 10 MB notebook's first update, to load it, to read it back."""
    content = notebook(10)
    started = time.perf_counter()
    update = seed(NOTEBOOK, content, 2)
    seeded = time.perf_counter()
    document = Document(NOTEBOOK, 3)
    document.load([update])
    loaded = time.perf_counter()
    document.content()
    read = time.perf_counter()
    document.close()
    return {
        "seed_ms": (seeded - started) * 1e3,
        "load_ms": (loaded - seeded) * 1e3,
        "content_ms": (read - loaded) * 1e3,
    }


def merging() -> dict[str, float]:
    """Milliseconds to merge a change on disk into a 1 MB notebook that people have changed, too."""
    base, theirs = notebook(1), notebook(1)
    theirs["cells"][3]["source"] += "# theirs\n"
    document = Document(NOTEBOOK, 2)
    document.load([seed(NOTEBOOK, base, 3)])
    ours = notebook(1)
    ours["cells"][9]["source"] += "# ours\n"
    document.update_to(ours)
    state = document.encode()
    started = time.perf_counter()
    merged = reconcile(NOTEBOOK, state, base, theirs, 4)
    elapsed = time.perf_counter() - started
    document.close()
    if merged.update is None or merged.conflicts:
        raise AssertionError("the merge did not do what it is measured for")
    return {"merge_ms": elapsed * 1e3}
