"""Big outputs: where they are kept, and who asks for them (docs/spec/big-outputs.md)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from jupyter_tandem.ports.reception import Call
from jupyter_tandem.types import DocumentId


class OutputStore(Protocol):
    """Keeps big outputs by document and name. The name is the SHA-256 of the bytes, in hexadecimal digits.

    Every call blocks: it belongs into a worker thread. Any number of threads may call at once.
    """

    def put(self, document_id: DocumentId, name: str, data: bytes) -> None:
        """Keep ``data``; **durable (fsync) on return**. What was condemned is wanted again.

        Raises:
            StoreUnavailable: it cannot be kept now; may be repeated.
        """

    def get(self, document_id: DocumentId, name: str) -> bytes | None:
        """What is kept under ``name``, also when it was condemned; ``None`` when it is not there or damaged.

        Raises:
            StoreUnavailable: it cannot be read now.
        """

    def sizes(self, document_id: DocumentId) -> dict[str, int]:
        """Name and bytes of everything kept for a document; no bytes for what is condemned.

        Raises:
            StoreUnavailable: it cannot be read now.
        """

    def sweep(self, document_id: DocumentId, wanted: Collection[str], grace_s: float) -> int:
        """Condemn what is not ``wanted``, and delete what was condemned longer than ``grace_s`` seconds ago.

        What is wanted is condemned no more.

        Returns:
            How many were deleted.

        Raises:
            StoreUnavailable: not all of it could be done; may be repeated.
        """


class Outputs(Protocol):
    """Hands out big outputs."""

    async def read(self, call: Call, name: str) -> bytes:
        """The canonical text of a big output of the document ``call.room``: JSON in UTF-8.

        Raises:
            AccessDenied: the visitor may not read the document. Blocked: they sent broken frames too often.
            NotFound: there is no such document or no such output. StoreUnavailable: it cannot be read now.
        """
