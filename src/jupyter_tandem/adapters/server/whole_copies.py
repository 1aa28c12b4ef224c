"""Puts big outputs into notebooks that front ends save under another name (BIG-10).

A front end saves a copy by sending what it has, and of big outputs it has stand-ins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final
from weakref import WeakSet

from jupyter_tandem.core.big_output import Fetch, stand_ins, with_big

_hooks: Final[WeakSet[Callable[..., None]]] = WeakSet()

_of_a_room: Final[ContextVar[bool]] = ContextVar("of_a_room", default=False)


@contextlib.contextmanager
def saving_a_room() -> Iterator[None]:
    """Within the block, this task saves a document: it has put in what may be there, and nothing is added."""
    token = _of_a_room.set(True)
    try:
        yield
    finally:
        _of_a_room.reset(token)


def make_hook(fetch: Fetch) -> Callable[..., None]:
    """A pre-save hook for a contents manager.

    Whoever may save through the contents manager may read every file of the server, so whose outputs they are
    is not asked.
    """

    def bring_big_outputs(*, model: dict[str, Any], **_: Any) -> None:
        content = model.get("content")
        if _of_a_room.get() or model.get("type") != "notebook" or not isinstance(content, dict):
            return
        if stand_ins(content):
            model["content"], _missing = with_big(content, fetch)

    _hooks.add(bring_big_outputs)
    return bring_big_outputs


def is_of_tandem(hook: Callable[..., None]) -> bool:
    """Whether :func:`make_hook` made this hook, which does nothing in :func:`saving_a_room`."""
    return hook in _hooks
