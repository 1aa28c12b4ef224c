"""Documents and front ends that edit them, linked by hand."""

from __future__ import annotations

from typing import Any

from pycrdt import Array, Doc

from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.types import DocumentKind
from tests.unit.core.notebooks import NOTEBOOK, code, markdown, notebook, stream

ERROR = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]}
FULL = notebook(
    code("a", "x = 1", outputs=[stream("1\n"), ERROR], execution_count=2, metadata={"tags": ["t"]}),
    markdown("b", "# é😀", attachments={"a.png": {"image/png": "iVBO"}}),
    {"id": "c", "cell_type": "raw", "source": "raw", "metadata": {}},
    title="A",
)


class Peer:
    """A front end: a pycrdt document whose updates are caught."""

    def __init__(self, client: int, *updates: bytes) -> None:
        self.doc = Doc(client_id=client)
        self.updates: list[bytes] = []
        for update in updates:
            self.doc.apply_update(update)
        self.doc.observe(lambda event: self.updates.append(event.update))

    @property
    def cells(self) -> Array:
        return self.doc.get("cells", type=Array)

    def emitted(self) -> list[bytes]:
        updates, self.updates[:] = list(self.updates), []
        return updates


def live(content: Any = FULL, kind: DocumentKind = NOTEBOOK) -> tuple[Document, bytes]:
    state = seed(kind, content, 1)
    document = Document(kind, 2)
    document.load([state])
    return document, state
