"""Finds updates that may bring the metadata key by which JupyterLab trusts a cell's outputs."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.notebook_form import TRUSTED
from jupyter_tandem.protocol.keys import KeyedItems

_PLAIN: Final = TRUSTED.encode()


class TrustWatch:
    """Watches all updates of one document, in order.

    Cheap until the key was seen once. From then on items are followed, because an item that takes the place
    of an earlier one has its key without saying so.
    """

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items = KeyedItems(TRUSTED)

    def suspects(self, update: bytes) -> bool:
        """Whether the document may hold the key after ``update``, which is well-formed.

        False alarms are possible (the word occurs in a text); misses are not.
        """
        spelled = _PLAIN in update
        if not spelled and not self._items:
            return False
        return self._items.note(update) or spelled
