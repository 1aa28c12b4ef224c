"""Somebody without an account of the Hub: what their browser does, without the browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import requests
from pycrdt import Doc
from requests.cookies import get_cookie_header
from websockets.exceptions import InvalidStatus

from tests.integration.hub.colleague import Colleague
from tests.integration.hub.real_hub import RealHub
from tests.integration.server.client import PATIENCE_S, listening

FROM_THE_PAGE = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}


class Stranger:
    """Keeps cookies as a browser does, by path, and comes through the Hub's proxy."""

    def __init__(self, hub: RealHub, address: str = "") -> None:
        """Come from ``address``, as a proxy in front of the Hub's says."""
        self.hub = hub
        self.session = requests.Session()
        if address:
            self.session.headers["X-Forwarded-For"] = address
        self.proof = ""

    async def ask(self, method: str, where: str, **how: Any) -> requests.Response:
        """One request to a path of the Hub, or to a whole address."""
        how.setdefault("allow_redirects", False)
        url = where if where.startswith("http") else f"{self.hub.url}{where}"
        return await asyncio.to_thread(self.session.request, method, url, timeout=60, **how)

    async def view(self, where: str, method: str = "GET", **how: Any) -> requests.Response:
        """One request to a path of the guest view, as its pages make them."""
        headers = {"X-XSRFToken": self.xsrf, **how.pop("headers", {})}
        return await self.ask(method, f"/services/tandem/g/{where}", headers=headers, **how)

    @property
    def xsrf(self) -> str:
        """What JupyterLab finds among its cookies."""
        found = [cookie.value or "" for cookie in self.session.cookies if cookie.name == "_xsrf"]
        return found[0] if found else ""

    @property
    def secret(self) -> str:
        """What the cookie of a guest holds."""
        (found,) = (c for c in self.session.cookies if c.name.startswith("tandem-guest"))
        return found.value or ""

    # -- the page of links -----------------------------------------------------

    async def tell(self, what: str, **body: Any) -> requests.Response:
        """What the script of the page of links sends."""
        if not self.proof:
            self.proof = (await self.view("tandem/api/link/proof")).json()["proof"]
        headers = {"X-XSRFToken": self.proof, **FROM_THE_PAGE, **body.pop("headers", {})}
        where = f"/services/tandem/g/tandem/api/link/{what}"
        return await self.ask("POST", where, json=body, headers=headers)

    async def come_in(self, secret: str, name: str = "Zoë") -> str:
        """Use a link; the path of the document in the guest view."""
        reply = await self.tell("redeem", secret=secret, display_name=name)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["path"])

    # -- rooms -----------------------------------------------------------------

    async def session_of(self, path: str, kind: str = "notebook") -> tuple[str, str]:
        """Room and session of a document."""
        form = "json" if kind == "notebook" else "text"
        body = {"format": form, "type": kind}
        reply = await self.view(f"api/collaboration/session/{path}", "PUT", json=body)
        assert reply.status_code in {200, 201}, reply.text
        return f"{form}:{kind}:{reply.json()['fileId']}", reply.json()["sessionId"]

    @contextlib.asynccontextmanager
    async def in_room(
        self, room: str, session: str = "", doc: Doc[Any] | None = None
    ) -> AsyncIterator[Colleague]:
        """Be connected to a room."""
        where = f"{self.hub.url}/services/tandem/g/api/collaboration/room/{room}"
        request = requests.Request("GET", where).prepare()
        cookie = get_cookie_header(self.session.cookies, request) or ""
        url = f"{where.replace('http', 'ws', 1)}?tandem=1&sessionId={session}"
        headers = {"Cookie": cookie}
        async with listening(Colleague(doc), url, headers, proxy=None) as client:
            yield client

    @contextlib.asynccontextmanager
    async def in_document(self, path: str, doc: Doc[Any] | None = None) -> AsyncIterator[Colleague]:
        """Be in the room of a document, synchronised."""
        kind = "notebook" if path.endswith(".ipynb") else "file"
        room, session = await self.session_of(path, kind)
        async with self.in_room(room, session, doc) as client:
            await asyncio.wait_for(client.synced.wait(), PATIENCE_S)
            yield client

    async def refused(self, room: str) -> int:
        """The status with which a handshake is refused; 101 when it is not."""
        try:
            async with self.in_room(room):
                return 101
        except InvalidStatus as error:
            return error.response.status_code


async def restart_service(hub: RealHub, guests: str) -> None:
    """Start the service anew, with other guests; alice's and bob's servers are back on return."""
    await hub.service.end()
    command = hub.service.command
    if "--guests" in command:
        del command[command.index("--guests") :]
    command += ["--guests", guests]
    await hub.service.start()
    await hub.until_up(f"{hub.service_url}/readyz")
    # A server that does not know yet that the service was away says that it is connected.
    await asyncio.gather(*(until_told(hub, name, guests) for name in ("alice", "bob")))


async def until_told(hub: RealHub, name: str, guests: str) -> None:
    """Return when ``name``'s server knows what links for anyone may give."""
    roles = {"none": None, "view": "viewer", "comment": "commenter", "edit": "editor"}
    for _ in range(1_200):
        offer = (await hub.at(name, "GET", "tandem/api/me")).body["guests"]
        if (None if offer is None else offer["role"]) == roles[guests]:
            await hub.until_connected(name)
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{offer} in place of {guests}\n{hub.service.tail()}")
