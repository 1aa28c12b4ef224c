"""How content of each family lies in the shared types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pycrdt import Doc

from jupyter_tandem.core.content import Family, family
from jupyter_tandem.core.document.notebook import SharedNotebook
from jupyter_tandem.core.document.plain import SharedBlob, SharedForeign, SharedText
from jupyter_tandem.types import DocumentKind


class Shared(Protocol):
    """Reads and writes content of one family."""

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""

    def read(self) -> Any:
        """The content; not yet in normal form."""

    def writer(self, wanted: Any) -> Callable[[], None]:
        """What makes them hold ``wanted`` (in normal form), in a transaction."""

    def close(self) -> None:
        """The document is not used any more; again does nothing."""


def shared_types(kind: DocumentKind, crdt: Doc[Any]) -> Shared:
    """Those of a document of ``kind``, in ``crdt``."""
    match family(kind):
        case Family.NOTEBOOK:
            return SharedNotebook(crdt)
        case Family.TEXT:
            return SharedText(crdt)
        case Family.BLOB:
            return SharedBlob(crdt)
        case Family.OTHER:
            return SharedForeign(crdt, kind.type)
