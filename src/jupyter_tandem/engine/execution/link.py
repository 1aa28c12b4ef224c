"""A document's connection to its kernel: made when a run needs it, kept while the document is open."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Any

from jupyter_tandem.engine.execution.means import Means
from jupyter_tandem.errors import KernelUnavailable
from jupyter_tandem.ports.kernels import Kernel, KernelListener
from jupyter_tandem.protocol.reason import FILE_ELSEWHERE, NONE, Reason, unavailable
from jupyter_tandem.types import FileId


class KernelLink:
    """Finds, starts and restarts the kernel of one document, and says how it stands.

    Attributes:
        status: As Execution frames tell it; ``None`` before the first run.
    """

    def __init__(
        self, means: Means, file_id: FileId, listener: KernelListener, told: Callable[[], None]
    ) -> None:
        """Not connected. ``told`` is called when the status has changed."""
        self._means = means
        self._file_id = file_id
        self._listener = listener
        self._told = told
        self._kernel: Kernel | None = None
        self._identity = means.entropy.token()
        self._numbers = itertools.count(1)
        self._leaving: set[asyncio.Task[None]] = set()
        self.status: dict[str, Any] | None = None

    @property
    def kernel(self) -> Kernel | None:
        """The kernel, while there is a connection to it."""
        return self._kernel

    def message(self) -> str:
        """A name for the next request: that of this connection, and a number."""
        return f"{self._identity}_{next(self._numbers)}"

    async def reach(self, name: str | None) -> Kernel:
        """The document's kernel, connected; started when there is none (RUN-30).

        Args:
            name: Kernel spec the document wants when one has to be started.

        Raises:
            KernelUnavailable: there is no way to it.
        """
        kernels, kernel = self._means.kernels, self._kernel
        # Somebody may have chosen another kernel for the document.
        path = await self._quick_path()
        current = None if path is None else await kernels.kernel_of(path)
        if kernel is not None and current in (None, kernel.id):
            return kernel
        await self.leave()
        if current is not None:
            try:
                return await self._connect(current)
            except KernelUnavailable:
                # It may have been about to go, as one that is culled.
                if path is None or await kernels.kernel_of(path) is not None:
                    raise
        path = await self._path()
        if path is None:
            raise unavailable(FILE_ELSEWHERE)
        self._tell("", name or "", "starting")
        return await self._connect(await kernels.start(path, name))

    async def at_hand(self) -> Kernel | None:
        """The document's kernel, if there is a connection to it and nobody has chosen another one."""
        kernel = self._kernel
        path = None if kernel is None else await self._quick_path()
        if kernel is None or path is None:
            return None
        found = await self._means.kernels.kernel_of(path)
        return kernel if found == kernel.id and self._kernel is kernel else None

    async def pick_up(self, kernel_id: str, message: str) -> None:
        """Connect to a kernel that survived the server, as whoever sent ``message`` (RUN-18).

        Raises:
            KernelUnavailable: there is no way to it.
        """
        path = await self._path()
        if path is not None:
            await self._means.kernels.adopt(kernel_id, path)
        self._identity, _, number = message.rpartition("_")
        self._numbers = itertools.count(int(number) + 1 if number.isdecimal() else 1)
        await self._connect(kernel_id, busy=True)

    async def answered(self) -> None:
        """Return when the kernel has dealt with everything it was asked before the connection was made."""
        if self._kernel is not None:
            await self._kernel.caught_up()

    async def restart(self) -> None:
        """Start the kernel anew; does nothing when there is none.

        Raises:
            KernelUnavailable: it did not come back.
        """
        path = await self._path()
        current = None if path is None else await self._means.kernels.kernel_of(path)
        await self.leave()
        if current is not None:
            self._tell(current, self._name(), "restarting")
            await self._means.kernels.restart(current)

    async def leave(self) -> None:
        """Close the connection; the kernel goes on."""
        kernel, self._kernel = self._kernel, None
        if kernel is not None:
            await kernel.close()

    async def close(self) -> None:
        """Close this connection, and return when those that were lost are closed, too."""
        await self.leave()
        if self._leaving:
            await asyncio.wait(self._leaving)

    def lost(self, reason: Reason) -> None:
        """The kernel is gone."""
        kernel, self._kernel = self._kernel, None
        self._tell(kernel.id if kernel else "", self._name(), "dead", reason)
        if kernel is not None:
            leaving = asyncio.get_running_loop().create_task(kernel.close())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    def failed(self, reason: Reason) -> None:
        """There is no way to a kernel."""
        self._tell("", self._name(), "dead", reason)

    def state_changed(self, state: str) -> None:
        """The kernel says that it is ``busy`` or ``idle``."""
        if self._kernel is not None and self.status is not None and self.status["state"] != state:
            self._tell(self._kernel.id, self._kernel.name, state)

    # -- inside ------------------------------------------------------------------------------------

    async def _path(self) -> str | None:
        return await self._means.files.path(self._file_id)

    async def _quick_path(self) -> str | None:
        return self._means.path_of(self._file_id) or await self._path()

    async def _connect(self, kernel_id: str, *, busy: bool = False) -> Kernel:
        self._tell(kernel_id, self._name(), "starting")
        kernel = await self._means.kernels.connect(
            kernel_id, self._listener, self._identity, busy=busy
        )
        self._kernel = kernel
        self._tell(kernel.id, kernel.name, "busy" if busy else "idle")
        return kernel

    def _name(self) -> str:
        name = ""
        with contextlib.suppress(KeyError, TypeError):
            name = str(self.status["name"]) if self.status else ""
        return name

    def _tell(self, kernel_id: str, name: str, state: str, reason: Reason = NONE) -> None:
        self.status = {
            "id": kernel_id,
            "name": name,
            "state": state,
            "reason": reason.sentence,
            "why": list(reason.why),
        }
        self._told()
