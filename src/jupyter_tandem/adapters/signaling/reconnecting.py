"""What relays over a network have in common: a bounded queue, and coming back when the product does."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from typing import ClassVar, Final

logger = logging.getLogger("jupyter_tandem.signaling")

_QUEUE: Final = 2_000
"""Messages that wait while the product is slow: some two seconds of a busy server; older ones help nobody."""

_FAREWELL_S: Final = 1.0
_CANCEL_AGAIN_S: Final = 0.2
_FIRST_DELAY_S: Final = 0.25
_LONGEST_DELAY_S: Final = 5.0


class ReconnectingRelay(abc.ABC):
    """Implements :class:`jupyter_tandem.ports.relay.Relay` but for the carrying.

    A subclass names its product and what its failures raise, carries messages between :attr:`queue` and
    :meth:`deliver` in :meth:`serve`, and says :meth:`now_connected` when it does.
    """

    product: ClassVar[str]
    failures: ClassVar[tuple[type[Exception], ...]]

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)
        self._receive: Callable[[bytes], None] | None = None
        self._changed: Callable[[bool], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = False
        self._told = ""

    @abc.abstractmethod
    async def serve(self) -> None:
        """Connect and carry messages until that fails; then raise one of :attr:`failures`.

        Anything else that is raised is tried again as well, and told of where nobody has asked for details.
        """

    def deliver(self, message: bytes) -> None:
        """Give a message that has come to whoever listens."""
        if self._receive is not None:
            self._receive(message)

    def now_connected(self) -> None:
        """Note that messages come and go."""
        if not self._connected:
            logger.info("connected to %s", self.product)
            self._set_connected(True)

    async def start(
        self, receive: Callable[[bytes], None], changed: Callable[[bool], None]
    ) -> None:
        """Begin to connect."""
        self._receive = receive
        self._changed = changed
        self._task = asyncio.create_task(self._keep_serving(), name=f"{self.product} relay")

    def publish(self, message: bytes) -> bool:
        """Queue one message, unless the product is away or 2,000 wait for it."""
        if not self._connected:
            return False
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            return False
        return True

    @property
    def connected(self) -> bool:
        """Whether messages come and go, as far as is known."""
        return self._connected

    async def close(self) -> None:
        """Send what is queued if that takes less than a second, and disconnect."""
        if self._task is None:
            return
        if self._connected:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.queue.join(), _FAREWELL_S)
        self._receive = self._changed = None
        # More than once: before Python 3.12 wait_for can swallow a cancellation.
        while not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_CANCEL_AGAIN_S)
        self._task = None
        self._connected = False

    async def _keep_serving(self) -> None:
        delay_s = _FIRST_DELAY_S
        while True:
            try:
                await self.serve()
            except Exception as error:  # noqa: BLE001  (whatever it answers, it may be well again later)
                if self._connected:
                    delay_s = _FIRST_DELAY_S
                self._tell(error)
            self._set_connected(False)
            self._forget_queue()
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries
            delay_s = min(_LONGEST_DELAY_S, 2 * delay_s)

    def _tell(self, error: Exception) -> None:
        # The error's class only: its text may hold the address with its password.
        name = type(error).__name__
        if isinstance(error, self.failures):
            level = logging.WARNING if self._connected else logging.DEBUG
            logger.log(
                level, "%s is away (%s); rooms go on inside each process", self.product, name
            )
        elif name != self._told:
            logger.error(
                "%s cannot be used (%s); rooms go on inside each process", self.product, name
            )
        self._told = name

    def _set_connected(self, connected: bool) -> None:
        if connected is not self._connected:
            self._connected = connected
            if self._changed is not None:
                self._changed(connected)

    def _forget_queue(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
            self.queue.task_done()
