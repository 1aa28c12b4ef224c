"""What the engine needs of kernels (on one server: its kernel and session managers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jupyter_tandem.protocol.reason import Reason


@dataclass(frozen=True, slots=True)
class KernelMessage:
    """A message of a kernel, as far as runs are concerned.

    Attributes:
        channel: ``iopub``, ``shell`` or ``stdin``.
        kind: The message's type.
        parent: Id of the request it belongs to, or ``""``.
        content: As the kernel sent it.
        metadata: As the kernel sent it.
        date: When it was sent, ISO 8601.
        own: Whether it follows from a request of this very connection.
    """

    channel: str
    kind: str
    parent: str
    content: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    date: str = ""
    own: bool = False


class KernelListener(Protocol):
    """Hears what a kernel says. Called on the event loop, message by message, in order of each channel."""

    def heard(self, message: KernelMessage) -> None:
        """The kernel said something, to whomever."""

    def lost(self, reason: Reason) -> None:
        """The kernel has died, was shut down, or was restarted by somebody else, or the connection to it has ended. Called at
        most once, after all that was heard before.
        """


class Kernel(Protocol):
    """A connection to a kernel."""

    @property
    def id(self) -> str:
        """The kernel's id on this server."""

    @property
    def name(self) -> str:
        """Name of its kernel spec."""

    def execute(self, message: str, code: str, *, stop_on_error: bool, ask: bool) -> None:
        """Ask the kernel to run ``code``; returns at once.

        Args:
            message: Id of the request, which answers name as their parent.
            code: What to run.
            stop_on_error: Whether the kernel drops requests that wait behind this one when it fails.
            ask: Whether the code may ask people for input.
        """

    def answer(self, value: str) -> None:
        """Answer the kernel's question."""

    def send_comm(self, comm: str, data: Mapping[str, Any]) -> None:
        """Send ``data`` to the kernel's end of a comm; beside the cell it runs, where the kernel can do that."""

    async def interrupt(self) -> None:
        """Interrupt what the kernel does.

        Raises:
            KernelUnavailable: it could not be told.
        """

    async def caught_up(self) -> None:
        """Return when the kernel has dealt with everything it was asked before the connection was made."""

    async def close(self) -> None:
        """Leave; the kernel goes on. The listener hears nothing more."""


class Kernels(Protocol):
    """Finds and starts the kernels of documents."""

    async def kernel_of(self, path: str) -> str | None:
        """Id of the kernel of the kernel session at ``path``, or ``None``."""

    async def start(self, path: str, name: str | None) -> str:
        """Start a kernel session at ``path``; the kernel's id. Of two that are started at once both get the first.

        Args:
            path: The document's file.
            name: Kernel spec the document wants; the server's default where that is ``None`` or unknown.

        Raises:
            KernelUnavailable: it cannot be started; the message says why.
        """

    async def connect(
        self, kernel_id: str, listener: KernelListener, identity: str, *, busy: bool = False
    ) -> Kernel:
        """Connect to a running kernel; on return it answers and is heard.

        Args:
            kernel_id: Which kernel.
            listener: Hears it from now on.
            identity: Names the connection to the kernel: one that comes again under the same name gets answers
                to what it asked before.
            busy: Whether it is known to be at work; then it is not waited for.

        Raises:
            KernelUnavailable: there is no such kernel (any more), or it does not answer.
        """

    async def lives(self, kernel_id: str) -> bool:
        """Whether there is such a kernel, also one that an earlier server had started."""

    async def adopt(self, kernel_id: str, path: str) -> None:
        """Make a living kernel that of ``path``, unless it is.

        Raises:
            KernelUnavailable: it cannot be.
        """

    async def restart(self, kernel_id: str) -> None:
        """Start the kernel anew under its id. Connections to it should be closed before.

        Raises:
            KernelUnavailable: it did not come back.
        """
