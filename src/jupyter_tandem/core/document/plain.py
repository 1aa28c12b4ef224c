"""Shared documents that are one text, one blob, or known only to another package."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from pycrdt import Array, Doc, Map, Text

from jupyter_tandem.core.document.json_form import as_json
from jupyter_tandem.core.document.text import write_text
from jupyter_tandem.core.value import same_value
from jupyter_tandem.errors import DocumentError

if TYPE_CHECKING:
    from jupyter_ydoc.ybasedoc import YBaseDoc

_SOURCE: Final = "source"
_BYTES: Final = "bytes"
_STATE: Final = "state"


class SharedText:
    """``source``: Text."""

    __slots__ = ("_crdt",)

    def __init__(self, crdt: Doc[Any]) -> None:
        self._crdt = crdt

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""
        return {_SOURCE: self.read()}

    def close(self) -> None:
        """Nothing is held."""

    def read(self) -> str:
        """The text."""
        return str(self._crdt.get(_SOURCE, type=Text))

    def writer(self, wanted: str) -> Callable[[], None]:
        """What makes the shared text ``wanted``, in a transaction, by replacing what differs."""
        return lambda: write_text(self._crdt.get(_SOURCE, type=Text), wanted)


class SharedBlob:
    """``source``: Map{bytes}."""

    __slots__ = ("_crdt",)

    def __init__(self, crdt: Doc[Any]) -> None:
        self._crdt = crdt

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""
        return {_SOURCE: {_BYTES: self._bytes()}}

    def close(self) -> None:
        """Nothing is held."""

    def read(self) -> str:
        """The bytes as base64 text."""
        return base64.b64encode(self._bytes()).decode("ascii")

    def writer(self, wanted: str) -> Callable[[], None]:
        """What replaces the bytes, in a transaction, by those of the base64 text ``wanted`` if they differ.

        Raises:
            DocumentError: ``wanted`` is not base64.
        """
        content = _decoded(wanted)
        return lambda: self._replace(content)

    def _replace(self, content: bytes) -> None:
        if content != self._bytes():
            self._source()[_BYTES] = content

    def _source(self) -> Map[Any]:
        source: Map[Any] = self._crdt.get(_SOURCE, type=Map)
        return source

    def _bytes(self) -> bytes:
        held = self._source().get(_BYTES, b"")
        return bytes(held) if isinstance(held, (bytes, bytearray)) else b""


def _decoded(wanted: str) -> bytes:
    try:
        return base64.b64decode(wanted)
    except (binascii.Error, ValueError, TypeError):
        raise DocumentError("The file's content did not arrive as base64.") from None


class SharedForeign:
    """Whatever the package that registered the type (entry points ``jupyter_ydoc``) makes of it.

    A type nobody registered is one text, as in jupyter-collaboration.
    """

    __slots__ = ("_crdt", "_type")

    def __init__(self, crdt: Doc[Any], document_type: str) -> None:
        self._crdt = crdt
        self._type = document_type

    def roots(self) -> dict[str, Any]:
        """The shared types, for comparing peers."""
        self._model()
        return {
            name: as_json(root) if isinstance(root, (Array, Map)) else str(root)
            for name, root in self._crdt.items()
            if name != _STATE
        }

    def close(self) -> None:
        """Nothing is held."""

    def read(self) -> Any:
        """The content as the type gives it; bytes as base64 text."""
        content = self._model().get()
        return base64.b64encode(content).decode("ascii") if isinstance(content, bytes) else content

    def writer(self, wanted: Any) -> Callable[[], None]:
        """What makes the type take over ``wanted``, in a transaction, unless it holds it already."""
        model = self._model()
        held = model.get()
        content = _decoded(wanted) if isinstance(held, bytes) else wanted
        if same_value(held, content):
            return lambda: None
        return lambda: model.set(content)

    def _model(self) -> YBaseDoc:
        """A model for one use, not made inside a transaction: it would record every edit for undo."""
        # Imported here because the registry imports every package that has a document type.
        from jupyter_ydoc import YUnicode, ydocs

        model: YBaseDoc = ydocs.get(self._type, YUnicode)(self._crdt)
        return model
