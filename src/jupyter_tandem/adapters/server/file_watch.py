"""Notices what happens to the files of open documents."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from watchfiles import Change, awatch

from jupyter_tandem.trouble import Trouble

_log = logging.getLogger(__name__)

POLL_S: Final = 30.0
"""Period of the safety net: network file systems and other machines send no events."""

STEP_S: Final = 0.25
"""How often a thread looks whether the file system told anything; what it told is passed on with the next look, within
half a second (FILE-18 promises one). Each look takes some 0.06 ms of a core, in every server and always."""

_NO_LONGER_MS: Final = 1
"""A burst of events is passed on with the second look, whether it is over or not."""

_SETTLE_S: Final = 0.1
"""Documents are often opened several at a time; their folders are watched together."""


AGAIN_S: Final = 1.0
"""How long after a failure folders are watched again; what happened meanwhile is found then."""


class FolderWatch:
    """Watches folders, not below them, with the file system's own events.

    The set of folders may change at any time; what happens while the watch is renewed is found by
    ``renewed``.
    """

    def __init__(
        self,
        changed: Callable[[set[str]], None],
        renewed: Callable[[], None],
        step_s: float = STEP_S,
    ) -> None:
        """Call ``changed`` with absolute paths within two steps, and ``renewed`` when anything may have happened."""
        self._changed = changed
        self._step_ms = round(step_s * 1000)
        self._renewed = renewed
        self._folders: frozenset[Path] = frozenset()
        self._watched: dict[Path, int] = {}
        self._stop = asyncio.Event()

    def set_folders(self, folders: Iterable[Path]) -> None:
        """Watch these folders from now on."""
        wanted = frozenset(folders)
        if wanted != self._folders:
            self._folders = wanted
            self._stop.set()

    def check(self) -> None:
        """Renew the watch when a watched folder was replaced by another one of its name."""
        if self._watched != _existing(self._folders):
            self._stop.set()

    async def run(self) -> None:
        """Watch until cancelled, whatever fails meanwhile."""
        trouble = Trouble("Watching folders, again in a moment")
        while True:
            with trouble.outlived():
                await self._run_once()
            if trouble:
                await asyncio.sleep(AGAIN_S)

    async def _run_once(self) -> None:
        await asyncio.sleep(_SETTLE_S)
        self._stop.clear()
        self._watched = _existing(self._folders)
        self._renewed()
        if not self._watched or not await self._watch():
            await self._stop.wait()

    async def _watch(self) -> bool:
        """Pass on events until the set of folders changes; ``False`` when there are no events to be had."""
        try:
            async for changes in awatch(
                *self._watched,
                watch_filter=_any,
                debounce=_NO_LONGER_MS,
                step=self._step_ms,
                stop_event=self._stop,
                recursive=False,
                ignore_permission_denied=True,
            ):
                self._changed({path for _, path in changes})
        except FileNotFoundError:
            self._stop.set()
        except (OSError, RuntimeError) as error:
            # Too many watches, as a rule (fs.inotify.max_user_watches).
            _log.warning("Files are only looked at every %.0f s: %s", POLL_S, error)
            return False
        return True


def _any(change: Change, path: str) -> bool:
    del change, path
    return True


def _existing(folders: Iterable[Path]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    for folder in folders:
        try:
            status = folder.stat()
        except OSError:
            continue
        found[folder] = status.st_ino
    return found


async def poll(period_s: float, look: Callable[[], Awaitable[None]]) -> None:
    """Call ``look`` about every ``period_s`` seconds until cancelled, whatever it raises.

    The period varies by a fifth, so that many servers on one network file system do not knock together.
    """
    trouble = Trouble("Looking at files, again in a while")
    while True:
        await asyncio.sleep(period_s * random.uniform(0.8, 1.2))  # noqa: S311
        with trouble.outlived():
            await look()
