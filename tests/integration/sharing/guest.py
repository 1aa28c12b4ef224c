"""A guest: what their browser does, without the browser."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

from pycrdt import Doc
from websockets.exceptions import InvalidStatus

from tests.integration.server.client import PATIENCE_S, StockClient, listening
from tests.integration.server.host import Server
from tests.integration.sharing.owner import Reply, send


class Guest:
    """Keeps cookies as a browser does, by path; sends what pages send."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.proof = ""

    # -- HTTP ----------------------------------------------------------------

    async def call(
        self,
        method: str,
        where: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        everywhere: bool = False,
    ) -> Reply:
        """One request to a path; cookies are sent where they belong, or ``everywhere``."""
        sent = dict(headers or {})
        if everywhere or where.startswith("/tandem/g/"):
            sent["Cookie"] = self.cookie
            sent.setdefault("X-XSRFToken", self.cookies.get("_xsrf", ""))
        reply = await asyncio.to_thread(send, self.server, method, where, body, sent)
        for header in reply.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        return reply

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def api(self, where: str, **options: Any) -> Any:
        """The JSON at a path of the guest view."""
        reply = await self.call("GET", f"/tandem/g/{where}", **options)
        assert reply.status == 200, (where, reply.status, reply.raw)
        return reply.body

    # -- the link's page -----------------------------------------------------

    async def open_page(self) -> Reply:
        page = await self.call("GET", "/tandem/l")
        found = re.search(rb'data-proof="([^"]+)"', page.raw)
        assert found is not None
        self.proof = found[1].decode()
        return page

    async def ask(self, what: str, **body: Any) -> Reply:
        """What the page's script sends."""
        if not self.proof:
            await self.open_page()
        return await self.call(
            "POST", f"/tandem/g/tandem/api/link/{what}", body, {"X-XSRFToken": self.proof}
        )

    async def redeem(self, secret: str, name: str = "", password: str = "") -> Reply:
        body = {"secret": secret, "display_name": name, "password": password}
        return await self.ask("redeem", **body)

    # -- rooms ---------------------------------------------------------------

    async def room(self, path: str, form: str = "json", kind: str = "notebook") -> tuple[str, str]:
        reply = await self.call(
            "PUT",
            f"/tandem/g/api/collaboration/session/{path}",
            {"format": form, "type": kind},
        )
        assert reply.status in (200, 201), (reply.status, reply.raw)
        return f"{form}:{kind}:{reply.body['fileId']}", reply.body["sessionId"]

    @contextlib.asynccontextmanager
    async def entering(
        self, room: str, session: str = "", *, query: str = "", doc: Doc[Any] | None = None
    ) -> AsyncIterator[StockClient]:
        """Be connected to a room; the first synchronisation is under way."""
        url = f"{self.server.url.replace('http', 'ws')}/tandem/g/api/collaboration/room/{room}"
        url += f"?sessionId={session}&{query}"
        async with listening(StockClient(doc), url, {"Cookie": self.cookie}) as client:
            yield client

    @contextlib.asynccontextmanager
    async def in_document(self, path: str, **options: Any) -> AsyncIterator[StockClient]:
        """Be in the room of a shared file, synchronised."""
        room, session = await self.room(path)
        async with self.entering(room, session, **options) as client:
            await asyncio.wait_for(client.synced.wait(), PATIENCE_S)
            yield client

    async def refused(self, room: str) -> int:
        """The HTTP status with which a handshake is refused; 101 when it is not."""
        try:
            async with self.entering(room):
                return 101
        except InvalidStatus as error:
            return error.response.status_code
