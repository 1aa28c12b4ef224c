"""Turns the CRDT library's failures into one error."""

from __future__ import annotations

from types import TracebackType
from typing import Final

from jupyter_tandem.errors import DocumentError, TandemError

_PANIC: Final = "PanicException"
"""Name of what a Rust panic becomes: a ``BaseException`` whose class cannot be imported."""


class CrdtGuard:
    """Context in which anything the CRDT library raises becomes :class:`DocumentError`.

    Attributes:
        tripped: Whether that happened; what the library holds in memory must not be used any more.
    """

    __slots__ = ("tripped",)

    def __init__(self) -> None:
        self.tripped = False

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Translate; interrupts, exhausted memory and Tandem's own errors pass unchanged."""
        if kind is None or issubclass(kind, (TandemError, MemoryError)):
            return
        if issubclass(kind, Exception) or kind.__name__ == _PANIC:
            self.tripped = True
            raise DocumentError("An edit does not fit the document and was not applied.") from error
