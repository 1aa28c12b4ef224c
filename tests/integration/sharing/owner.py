"""The sharing API of a real server, as its callers use it."""

from __future__ import annotations

import asyncio
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.integration.server.host import ANA, Server


@dataclass
class Reply:
    """What a request brought."""

    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


def send(
    server: Server,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """One request, redirects not followed; ``path`` is used as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if raw is not None else {}
        connection.request(method, path, raw, sent | (headers or {}))
        response = connection.getresponse()
        return Reply(response.status, response.msg, response.read())
    finally:
        connection.close()


class Owner:
    """Somebody with a token."""

    def __init__(self, server: Server, token: str = ANA) -> None:
        self.server = server
        self.token = token

    async def call(self, method: str, where: str, body: Any = None, /, **query: Any) -> Reply:
        """One request below ``tandem/api/``."""
        where = f"/tandem/api/{where}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Authorization": f"token {self.token}"}
        return await asyncio.to_thread(send, self.server, method, where, body, headers)

    async def link(self, path: str, **wish: Any) -> tuple[dict[str, Any], str]:
        """Make a link; it and its secret."""
        reply = await self.call("POST", "links", {"path": path, **wish})
        assert reply.status == 201, reply.raw
        return reply.body, reply.body["address"].partition("#")[2]

    async def share(self, path: str, name: str, role: str, **wish: Any) -> dict[str, Any]:
        """Share with a user by name."""
        subject = {"kind": "user", "name": name}
        reply = await self.call(
            "POST", "grants", {"path": path, "subject": subject, "role": role, **wish}
        )
        assert reply.status == 201, reply.raw
        found: dict[str, Any] = reply.body
        return found

    async def rename(self, path: str, to: str) -> None:
        """As the file browser does it."""
        headers = {"Authorization": f"token {self.token}"}
        where = f"/api/contents/{quote(path)}"
        reply = await asyncio.to_thread(send, self.server, "PATCH", where, {"path": to}, headers)
        assert reply.status == 200, reply.raw

    async def view(self, path: str) -> dict[str, Any]:
        """All about a file or folder."""
        reply = await self.call("GET", f"shares?path={quote(path)}")
        assert reply.status == 200, reply.raw
        found: dict[str, Any] = reply.body
        return found

    async def audit(self) -> list[dict[str, Any]]:
        """Every entry of the audit log."""
        reply = await self.call("GET", "audit")
        assert reply.status == 200, reply.raw
        found: list[dict[str, Any]] = reply.body["entries"]
        return found
