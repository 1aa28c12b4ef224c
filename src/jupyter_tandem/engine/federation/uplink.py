"""A single-user server's connection to the service, made again whenever it is lost (HUB-8)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from jupyter_tandem.errors import HubUnreachable, MalformedFrame
from jupyter_tandem.ports.federation import HubLine, HubService
from jupyter_tandem.protocol.federation import (
    FEDERATION_VERSION,
    FederationMessage,
    Welcome,
    decode_federation,
    encode_federation,
)

_log = logging.getLogger(__name__)

RECONNECT_S: Final = (0.5, 1.0, 2.0, 4.0, 6.0)
"""Waits between attempts, each times 0.5 to 1; the last one repeats. Everybody is to be back within 10 s, of which this
leaves four to busy machines; a thousand servers that come back ask some 220 times a second, and a Hub answers 360."""


class Listener(Protocol):
    """Hears what comes over the connection."""

    def welcomed(self, body: Mapping[str, Any]) -> None:
        """The service is there."""

    def heard(self, message: FederationMessage) -> None:
        """It says something."""

    def lost(self) -> None:
        """It is not there (any more). May come several times."""


class Uplink:
    """Connects, and connects again. :meth:`post` reaches nobody while :attr:`connected` is false."""

    def __init__(
        self, service: HubService, may_connect: Callable[[], bool], listener: Listener
    ) -> None:
        """Connect to ``service`` as long as ``may_connect``; nothing happens before :meth:`run`."""
        self._service = service
        self._may_connect = may_connect
        self._listener = listener
        self._line: HubLine | None = None
        self._told = ""

    @property
    def connected(self) -> bool:
        """Whether the service is there."""
        return self._line is not None

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait to be sent."""
        return 0 if self._line is None else self._line.backlog_bytes

    def post(self, message: FederationMessage) -> None:
        """Send a message."""
        if self._line is not None:
            self._line.send(encode_federation(message))

    async def run(self) -> None:
        """Connect again and again; ends when it is cancelled."""
        attempt = 0
        loop = asyncio.get_running_loop()
        while True:
            if self._may_connect():
                since = await self._connect_once()
                lasted = since is not None and loop.time() - since > RECONNECT_S[-1]
                attempt = 0 if lasted else attempt + 1
                self._told = "" if lasted else self._told
            longest_s = RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)]
            await asyncio.sleep(longest_s * random.uniform(0.5, 1.0))  # noqa: S311  (spreads load)

    async def _connect_once(self) -> float | None:
        """When the connection came to be that has ended now; ``None``: none did."""
        try:
            line = await self._service.connect()
        except HubUnreachable as error:
            self._tell_once(str(error))
            self._listener.lost()
            return None
        since = asyncio.get_running_loop().time()
        try:
            while (data := await line.receive()) is not None:
                self._take(decode_federation(data), line)
        except MalformedFrame as error:
            self._tell_once(f"The Hub's sharing service speaks another language: {error}")
        finally:
            self._line = None
            self._listener.lost()
            await line.close()
        return since

    def _tell_once(self, trouble: str) -> None:
        """Into the log, once until a connection lasts or there is other trouble: attempts are many."""
        if trouble != self._told:
            _log.warning("%s", trouble)
        self._told = trouble

    def _take(self, message: FederationMessage, line: HubLine) -> None:
        if not isinstance(message, Welcome):
            self._listener.heard(message)
            return
        if message.body.get("protocol") != FEDERATION_VERSION:
            raise MalformedFrame("upgrade jupyter-tandem here or at the Hub.")
        self._line = line
        _log.info("Connected to the Hub's sharing service")
        self._listener.welcomed(message.body)
