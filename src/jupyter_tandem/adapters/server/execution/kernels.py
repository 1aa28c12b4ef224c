"""The server's kernels: found by its kernel sessions, started and restarted by its kernel manager (RUN-30)."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from jupyter_core.utils import ensure_async
from jupyter_server.gateway.managers import GatewayMappingKernelManager
from tornado.web import HTTPError
from websocket import WebSocketException

from jupyter_tandem.adapters.server.execution.connection import KernelConnection
from jupyter_tandem.protocol.reason import (
    KERNEL_GONE,
    not_restarted,
    not_started,
    unavailable,
    unreachable,
    unusable,
)

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
    from jupyter_server.services.sessions.sessionmanager import SessionManager

    from jupyter_tandem.ports.kernels import KernelListener

RESTART_S: Final = 60.0
"""How long a kernel is given to come back; as long as Jupyter Server waits for a kernel's first word."""

_FAILURES: Final = (
    HTTPError,
    RuntimeError,
    ValueError,
    OSError,
    KeyError,
    TimeoutError,
    WebSocketException,
    sqlite3.Error,
)
"""What managers, provisioners, gateways and the sessions' database raise when a kernel cannot be had."""


class ServerKernels:
    """:class:`~jupyter_tandem.ports.kernels.Kernels` of one Jupyter Server."""

    def __init__(self, kernels: MappingKernelManager, sessions: SessionManager) -> None:
        """Use the server's own managers, whatever they are: local, provisioned or of a gateway."""
        # Their signatures say less than they take, and differ between a server's own and a gateway's.
        self._kernels: Any = kernels
        self._sessions: Any = sessions

    async def kernel_of(self, path: str) -> str | None:
        """See the port."""
        with contextlib.suppress(*_FAILURES):
            session: Any = await ensure_async(self._sessions.get_session(path=path))
            kernel_id = session["kernel"]["id"]
            return str(kernel_id)
        return None

    async def start(self, path: str, name: str | None) -> str:
        """See the port."""
        try:
            session: Any = await ensure_async(
                self._sessions.create_session(
                    path=path,
                    name=PurePosixPath(path).name,
                    type="notebook",
                    kernel_name=name if name and await self._knows(name) else None,
                )
            )
        except _FAILURES as error:
            raise unavailable(not_started(error)) from error
        own = str(session["kernel"]["id"])
        # While a kernel starts, the server finds none for the file: a front end that opened it may have made another.
        first = await self.kernel_of(path)
        if first is None or first == own:
            return own
        with contextlib.suppress(*_FAILURES):
            await ensure_async(self._sessions.delete_session(session["id"]))
        return first

    async def connect(
        self, kernel_id: str, listener: KernelListener, identity: str, *, busy: bool = False
    ) -> KernelConnection:
        """See the port."""
        connection = KernelConnection(self._manager(kernel_id), kernel_id, identity, listener)
        try:
            await connection.open(self._kernels, busy=busy)
        except _FAILURES as error:
            await connection.close()
            raise unavailable(unreachable(error)) from error
        except BaseException:
            await connection.close()
            raise
        return connection

    async def lives(self, kernel_id: str) -> bool:
        """See the port. A gateway's kernels are not known to a new server until it asks for them by id; a
        manager of local kernels would start a new one.
        """
        far_away = issubclass(type(self._kernels), GatewayMappingKernelManager)
        if far_away and kernel_id not in self._kernels:
            with contextlib.suppress(*_FAILURES):
                await self._kernels.start_kernel(kernel_id=kernel_id)
                if not self._kernels.get_kernel(kernel_id).has_kernel:
                    self._kernels.remove_kernel(kernel_id)
        return kernel_id in self._kernels

    async def adopt(self, kernel_id: str, path: str) -> None:
        """See the port."""
        if await self.kernel_of(path) == kernel_id:
            return
        name = PurePosixPath(path).name
        try:
            await ensure_async(
                self._sessions.create_session(
                    path=path, name=name, type="notebook", kernel_id=kernel_id
                )
            )
        except _FAILURES as error:
            raise unavailable(unusable(error)) from error

    async def restart(self, kernel_id: str) -> None:
        """See the port."""
        self._manager(kernel_id)
        try:
            came_back: Any = await ensure_async(self._kernels.restart_kernel(kernel_id))
            if asyncio.isfuture(came_back):
                await asyncio.wait_for(came_back, RESTART_S)
        except _FAILURES as error:
            raise unavailable(not_restarted(error)) from error

    async def _knows(self, name: str) -> bool:
        specs = self._kernels.kernel_spec_manager
        return specs is None or name in await ensure_async(specs.get_all_specs())

    def _manager(self, kernel_id: str) -> Any:
        if kernel_id not in self._kernels:
            raise unavailable(KERNEL_GONE)
        return self._kernels.get_kernel(kernel_id)
