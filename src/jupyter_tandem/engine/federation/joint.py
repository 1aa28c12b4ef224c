"""Work that several ask for at once, and that is done once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Result = TypeVar("_Result")


class Joint(Generic[_Key, _Result]):
    """The work that is under way. Runs on the event loop's thread."""

    def __init__(self) -> None:
        """Nothing is."""
        self._under_way: dict[_Key, asyncio.Task[_Result]] = {}

    async def do(self, key: _Key, work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """What comes of ``work``, or of that which is under way under the same ``key``.

        It goes on when those who asked have gone: others may have joined them. When it has ended, whoever asks has it
        done anew.

        Raises:
            Exception: what the work raises, to everybody who waits for it.
        """
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(work())
            self._under_way[key] = task
            task.add_done_callback(lambda ended: self._ended(key, ended))
        return await asyncio.shield(task)

    def _ended(self, key: _Key, task: asyncio.Task[_Result]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            # Nobody may be left to hear of it.
            task.exception()
