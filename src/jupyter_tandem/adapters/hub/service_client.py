"""The service, as a single-user server reaches it: HTTP for questions, one WebSocket for documents."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from jupyter_tandem.errors import (
    HubUnreachable,
    error_told,
)
from jupyter_tandem.ports.federation import HubLine, Offered, Registered
from jupyter_tandem.protocol.federation import HEADER_BYTES
from jupyter_tandem.types import DocumentKind, FileId, LineageId

_log = logging.getLogger(__name__)

TIMEOUT_S: Final = 20.0
"""For a question; a service that is busy with a large document answers within a few seconds."""

UPLOAD_S: Final = 120.0
"""For handing over a document of a hundred megabytes."""

PING_S: Final = 20.0
"""How often a quiet connection is tried. Proxies cut those that are quiet for 60 s."""


_NONSENSE: Final = "The Hub's sharing service says what nobody understands."

_ELSEWHERE: Final = (
    "The Hub's sharing service is not where this server looks for it ({status}). "
    "Tell an administrator of the Hub; the log of this server says where that is."
)


class ServiceClient:
    """:class:`jupyter_tandem.ports.federation.HubService`."""

    def __init__(self, url: str, token: str, server: str, limit: int) -> None:
        """Reach the service.

        Args:
            url: Where it answers, with its prefix.
            token: This server's own.
            server: This server's name at the Hub.
            limit: Longest frame of a document, in bytes.
        """
        self._url = url.rstrip("/") + "/"
        self._headers = {"Authorization": f"token {token}"}
        self._server = server
        self._limit = limit
        self._client = AsyncHTTPClient(force_instance=True)

    @property
    def server(self) -> str:
        """This server's name at the Hub."""
        return self._server

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # -- the connection ------------------------------------------------------

    async def connect(self) -> HubLine:
        """See the port."""
        address = self._url.replace("http", "ws", 1) + "api/federation"
        query = urlencode({"server": self._server})
        try:
            connection = await connect(
                f"{address}?{query}",
                additional_headers=self._headers,
                max_size=self._limit + HEADER_BYTES,
                compression=None,
                ping_interval=PING_S,
                ping_timeout=PING_S * 2,
                proxy=None,
                open_timeout=TIMEOUT_S,
            )
        except InvalidStatus as error:
            raise HubUnreachable(self._refusal(error)) from error
        except (OSError, InvalidHandshake, InvalidURI, ValueError, asyncio.TimeoutError) as error:
            raise HubUnreachable(
                f"The Hub's sharing service at {self._url} cannot be reached "
                f"({type(error).__name__}). Documents are shared again when it answers."
            ) from error
        return WebSocketLine(connection)

    def _refusal(self, error: InvalidStatus) -> str:
        """Why there is no connection, for the log: where to look is in it."""
        status, body = error.response.status_code, error.response.body
        told = _object(bytes(body or b""))
        message = str(told.get("message", "")) if "reason" in told else ""
        if message and status == 403:
            return f"The Hub's sharing service does not let this server in: {message}"
        if message or status >= 500:
            return (
                f"The Hub's sharing service at {self._url} answers with {status}. {message}".strip()
            )
        return (
            f"What answers at {self._url} is not the Hub's sharing service ({status}). "
            "Is that its address (TANDEM_HUB_URL)?"
        )

    # -- questions -----------------------------------------------------------

    async def register(
        self,
        kind: DocumentKind,
        file_id: FileId,
        name: str,
        lineage: LineageId,
        state: bytes,
        within: Mapping[str, str],
    ) -> Registered:
        """See the port."""
        query = urlencode(
            {
                "server": self._server,
                "file_id": file_id,
                "format": kind.format,
                "type": kind.type,
                "name": name,
                "lineage": lineage,
                "within": json.dumps(dict(within)),
            }
        )
        answer = await self.ask("POST", f"api/documents?{query}", state, timeout_s=UPLOAD_S)
        try:
            return Registered(_string(answer, "id"), LineageId(_string(answer, "lineage")))
        except (KeyError, TypeError) as error:
            raise HubUnreachable(_NONSENSE) from error

    async def offered(self) -> Sequence[Offered]:
        """See the port."""
        answer = await self.ask("GET", "api/documents")
        try:
            return [Offered.read(told) for told in answer["with_me"]]
        except (KeyError, TypeError, ValueError) as error:
            raise HubUnreachable(_NONSENSE) from error

    async def ask(
        self, method: str, path: str, body: bytes | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> dict[str, Any]:
        """Ask the service; its answer's JSON object, empty where there is none.

        Raises:
            HubUnreachable: it does not answer. TandemError: as it answers.
        """
        request = HTTPRequest(
            self._url + path,
            method=method,
            headers={**self._headers, "Content-Type": "application/json"},
            body=body,
            request_timeout=timeout_s,
            connect_timeout=TIMEOUT_S,
            follow_redirects=False,
        )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError, ValueError) as error:
            # A ValueError is an address that is none.
            raise HubUnreachable(
                f"The Hub's sharing service does not answer ({type(error).__name__}). Try again later."
            ) from error
        return _read(response)

    async def ask_json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """As :meth:`ask`, with a JSON body."""
        return await self.ask(method, path, None if body is None else json.dumps(body).encode())

    @staticmethod
    def grant_path(grant_id: str) -> str:
        """Where a grant is."""
        return f"api/grants/{quote(grant_id, safe='')}"


class WebSocketLine:
    """:class:`jupyter_tandem.ports.federation.HubLine` over one WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        """Talk over an open connection."""
        self._connection = connection
        self._queue: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._filled = asyncio.Event()
        self._sender = asyncio.get_running_loop().create_task(self._send())

    @property
    def backlog_bytes(self) -> int:
        """See the port."""
        return self._waiting_bytes

    def send(self, message: bytes) -> None:
        """See the port."""
        self._queue.append(message)
        self._waiting_bytes += len(message)
        self._filled.set()

    async def receive(self) -> bytes | None:
        """See the port."""
        try:
            message = await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            _log.info("The connection to the Hub's sharing service ended: %s", error)
            return None
        return message

    async def close(self) -> None:
        """See the port."""
        self._sender.cancel()
        await asyncio.wait({self._sender})
        await self._connection.close()

    async def _send(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._queue:
                    message = self._queue.popleft()
                    await self._connection.send(message)
                    self._waiting_bytes -= len(message)


def _read(response: HTTPResponse) -> dict[str, Any]:
    found = _object(response.body)
    if response.code < 300 and (found or not response.body):
        return found
    if "reason" in found and found.get("message"):
        raise error_told(found["reason"], str(found["message"]))
    if response.code >= 500:
        raise HubUnreachable(
            f"The Hub's sharing service does not answer ({response.code}). Try again later."
        )
    raise HubUnreachable(_ELSEWHERE.format(status=response.code))


def _object(body: bytes | None) -> dict[str, Any]:
    """The JSON object in a body; empty where there is something else."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _string(found: Mapping[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value
