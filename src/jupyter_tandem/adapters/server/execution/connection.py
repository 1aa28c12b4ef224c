"""A connection to one kernel by ``jupyter_client``, which local, provisioned and gateway kernels all have."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from queue import Empty
from typing import TYPE_CHECKING, Any, Final

from jupyter_client.session import Session
from jupyter_core.utils import ensure_async
from zmq import ZMQError

from jupyter_tandem.adapters.server.execution.channels import (
    begin,
    begin_stdin,
    end,
    hear,
    may_be_asked,
    say,
)
from jupyter_tandem.adapters.server.execution.side_shell import SideShell
from jupyter_tandem.ports.kernels import KernelMessage
from jupyter_tandem.protocol.reason import (
    DIED,
    NO_ANSWER,
    RESTARTED,
    SHUT_DOWN,
    WENT_AWAY,
    Reason,
    not_interrupted,
    unavailable,
)

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

    from jupyter_tandem.ports.kernels import KernelListener

_log = logging.getLogger(__name__)

READY_S: Final = 60.0
"""How long a kernel is given to say its first word; slow file systems and images take half a minute."""

NUDGE_S: Final = 0.5
"""How often a kernel is asked whether it is there: what it published before we subscribed is lost."""

TURN_S: Final = 0.01
"""How long messages are taken in one go; a kernel that prints without end must leave others their turn."""

ALIVE_S: Final = 1.0
"""How often it is looked whether the kernel's process is there."""


class KernelConnection:
    """:class:`~jupyter_tandem.ports.kernels.Kernel`, heard by one listener."""

    def __init__(
        self, manager: Any, kernel_id: str, identity: str, listener: KernelListener
    ) -> None:
        """Nothing is connected before :meth:`open`."""
        self._manager = manager
        self._id = kernel_id
        self._listener = listener
        key, config = manager.session.key, manager.session.config
        self._session = Session(key=key, config=config, session=identity)
        self._client: Any = manager.client(session=self._session)
        self._side = SideShell(self._client, self._session)
        self._tasks: list[asyncio.Task[None]] = []
        self._question: dict[str, Any] | None = None
        self._process = ""
        self._published = asyncio.Event()
        self._replied = asyncio.Event()
        self._shell_replied = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._closed = False

    @property
    def id(self) -> str:
        """See the port."""
        return self._id

    @property
    def name(self) -> str:
        """See the port."""
        return str(self._manager.kernel_name)

    async def open(self, kernels: MappingKernelManager, *, busy: bool) -> None:
        """Connect; return when the kernel answers, and what it publishes and asks arrives.

        One that is ``busy`` answers when it has done its work: it is asked and not waited for.

        Raises:
            KernelUnavailable: it took too long.
        """
        await begin(self._client)
        for channel in ("iopub", "shell", "control"):
            self._spawn(self._listen(channel))
        if busy:
            say(self._client.shell_channel, self._session, self._session.msg("kernel_info_request"))
        else:
            await self._ready(kernels)
        begin_stdin(self._client)
        self._spawn(self._listen("stdin"))
        if not busy:
            await may_be_asked(self._client)
        self._watch_restarts(kernels)
        self._spawn(self._look(kernels))

    async def close(self) -> None:
        """See the port."""
        if self._closed:
            return
        self._closed = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._side.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        end(self._client)

    # -- Kernel ------------------------------------------------------------------------------------

    def execute(self, message: str, code: str, *, stop_on_error: bool, ask: bool) -> None:
        """See the port."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": ask,
            "stop_on_error": stop_on_error,
        }
        request = self._session.msg("execute_request", content)
        request["header"]["msg_id"] = request["msg_id"] = message
        say(self._client.shell_channel, self._session, request)

    def answer(self, value: str) -> None:
        """See the port."""
        question, self._question = self._question, None
        reply = self._session.msg("input_reply", {"value": value}, parent=question)
        say(self._client.stdin_channel, self._session, reply)

    def send_comm(self, comm: str, data: Mapping[str, Any]) -> None:
        """See the port."""
        self._side.send("comm_msg", {"comm_id": comm, "data": data})

    async def interrupt(self) -> None:
        """See the port."""
        try:
            await ensure_async(self._manager.interrupt_kernel())
        except (RuntimeError, OSError, ZMQError) as error:
            raise unavailable(not_interrupted(error)) from error

    async def caught_up(self) -> None:
        """See the port: requests are answered in order, and we have asked for the kernel's name."""
        await self._shell_replied.wait()

    # -- inside ------------------------------------------------------------------------------------

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _listen(self, name: str) -> None:
        channel = getattr(self._client, f"{name}_channel")
        turn_ends = time.monotonic() + TURN_S
        while True:
            try:
                message = await hear(channel, self._session)
            except (Empty, ValueError, TypeError, KeyError, RecursionError):
                # Not signed by this kernel, said twice, or nested too deep to be read: not for us.
                continue
            try:
                self._hear(name, message)
            except Exception:  # noqa: BLE001  (one message must not keep what follows it from being heard)
                _log.exception("A message of kernel %s on %s was not understood", self._id, name)
            # A socket that has more is read without a pause, and nobody else would get a turn.
            if time.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = time.monotonic() + TURN_S

    def _hear(self, channel: str, message: dict[str, Any]) -> None:
        kind = message["header"]["msg_type"]
        if channel == "iopub":
            self._published.set()
        elif kind == "kernel_info_reply":
            self._side.learned(message["content"])
            self._replied.set()
            if channel == "shell":
                self._shell_replied.set()
        elif kind == "create_subshell_reply":
            self._side.created(message["content"])
        if channel == "control" or self._closed:
            return
        if kind == "input_request":
            self._question = message
        header, parent = message["header"], message.get("parent_header") or {}
        farewell = self._farewell(kind, message["content"], _signature(header, parent))
        if farewell is not None and self._unsubscribe is not None:
            self._lose(farewell)
            return
        date = header.get("date") or ""
        self._listener.heard(
            KernelMessage(
                channel=channel,
                kind=kind,
                parent=str(parent.get("msg_id", "")),
                content=message["content"],
                metadata=message.get("metadata") or {},
                date=date if isinstance(date, str) else date.isoformat(),
                own=str(parent.get("session", "")) == self._session.session,
            )
        )

    async def _ready(self, kernels: MappingKernelManager) -> None:
        try:
            await asyncio.wait_for(self._nudge(kernels), READY_S)
        except asyncio.TimeoutError as error:
            raise unavailable(NO_ANSWER) from error

    async def _nudge(self, kernels: MappingKernelManager) -> None:
        while not (self._published.is_set() and self._replied.is_set()):
            if self._id not in kernels:
                raise unavailable(SHUT_DOWN)
            for channel in (self._client.shell_channel, self._client.control_channel):
                say(channel, self._session, self._session.msg("kernel_info_request"))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._both(), NUDGE_S)

    async def _both(self) -> None:
        await self._published.wait()
        await self._replied.wait()

    def _farewell(self, kind: str, content: Mapping[str, Any], process: str) -> Reason | None:
        """What it means for us that the kernel goes, or is another process now, if it does or is.

        Most kernel processes sign with a name of their own. (That one *starts* may be heard late.)
        """
        if kind == "shutdown_reply":
            return RESTARTED if content.get("restart") else SHUT_DOWN
        if not process:
            return None
        before, self._process = self._process, process
        return RESTARTED if before and before != process else None

    # -- the kernel's end --------------------------------------------------------------------------

    def _watch_restarts(self, kernels: MappingKernelManager) -> None:
        """Hear when the server itself finds the kernel dead, whether it starts it anew or not."""

        def died() -> None:
            self._lose(DIED)

        events = ("restart", "dead")
        with contextlib.suppress(NotImplementedError, AttributeError):
            for event in events:
                kernels.add_restart_callback(self._id, died, event)

        def unsubscribe() -> None:
            with contextlib.suppress(NotImplementedError, AttributeError, KeyError, ValueError):
                for event in events:
                    self._manager.remove_restart_callback(died, event)

        self._unsubscribe = unsubscribe

    async def _look(self, kernels: MappingKernelManager) -> None:
        """Notice what nobody tells of: a kernel that was shut down, and a connection that has ended."""
        listening = {task for task in self._tasks if task is not asyncio.current_task()}
        while True:
            ended, others = await asyncio.wait(
                listening, timeout=ALIVE_S, return_when=asyncio.FIRST_COMPLETED
            )
            if ended and others:
                # What came before the end on other channels is heard, among it perhaps why it ended.
                await asyncio.wait(others, timeout=ALIVE_S)
            if self._id not in kernels:
                self._lose(SHUT_DOWN)
                return
            for task in ended:
                _log.warning("Kernel %s is heard no more: %r", self._id, task.exception())
                self._lose(WENT_AWAY)
                return

    def _lose(self, reason: Reason) -> None:
        if not self._closed and self._unsubscribe is not None:
            unsubscribe, self._unsubscribe = self._unsubscribe, None
            unsubscribe()
            self._listener.lost(reason)


def _signature(header: Mapping[str, Any], parent: Mapping[str, Any]) -> str:
    """With which name a kernel's process signs a message, or ``""``: those of Julia and R use that of whoever asked.

    Source: the message headers of IJulia and IRkernel; the protocol leaves it open
    (https://jupyter-client.readthedocs.io/en/stable/messaging.html#message-header).
    """
    name = str(header.get("session", ""))
    return "" if name == str(parent.get("session", "")) else name
