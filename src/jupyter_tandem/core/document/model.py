"""A document as other server extensions know it: the models of ``jupyter_ydoc``."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from pycrdt import Doc

if TYPE_CHECKING:
    from jupyter_ydoc.ybasedoc import YBaseDoc
    from pycrdt import TransactionEvent

    from jupyter_tandem.types import DocumentKind


Model: TypeAlias = "YBaseDoc"
"""A document in the form of ``jupyter_ydoc``, for those who may not import it."""


def model_of(kind: DocumentKind, state: bytes) -> Model:
    """A model of its own that holds ``state``; what is done to it stays in it."""
    # Imported here because the registry imports every package that has a document type.
    from jupyter_ydoc import YUnicode, ydocs

    crdt: Doc[Any] = Doc()
    crdt.apply_update(state)
    model: Model = ydocs.get(kind.type, YUnicode)(crdt)
    return model


class ModelPeer:
    """Keeps a model and a room together, until the model is dropped by whoever asked for it."""

    def __init__(self, model: Model, on_edit: Callable[[bytes], None]) -> None:
        """Call ``on_edit`` with every update that is made to ``model``, from within its transaction."""
        self._model = weakref.ref(model)
        self._on_edit = on_edit
        self._taking = False
        self._subscription = model.ydoc.observe(self._changed)

    def take(self, update: bytes) -> None:
        """Bring what others did into the model."""
        model = self._model()
        if model is None:
            return
        self._taking = True
        try:
            model.ydoc.apply_update(update)
        finally:
            self._taking = False

    def _changed(self, event: TransactionEvent) -> None:
        if not self._taking:
            self._on_edit(event.update)
