"""What changes at the Hub acts at the service, by asking: it pushes nothing."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect

from jupyter_tandem.protocol.federation import Welcome, decode_federation
from tests.integration.hub.colleague import share
from tests.integration.hub.reader import Reader
from tests.integration.hub.real_hub import SERVICE_TOKEN, RealHub
from tests.integration.hub.test_credentials import WRITE

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="package")]


@asynccontextmanager
async def connected(hub: RealHub, name: str) -> AsyncIterator[tuple[ClientConnection, str]]:
    """A connection like that of a server of ``name``'s, and the id of its token."""
    scopes = [WRITE, f"access:servers!server={name}/", "read:users:name!user"]
    made = await hub.api("POST", f"users/{name}/tokens", {"scopes": scopes})
    url = hub.service_url.replace("http", "ws") + "/api/federation?server="
    headers = {"Authorization": f"token {made.body['token']}"}
    async with connect(url, additional_headers=headers, proxy=None) as line:
        assert isinstance(decode_federation(await line.recv(decode=False)), Welcome)
        yield line, made.body["id"]


async def shown_out(line: ClientConnection) -> None:
    await asyncio.wait_for(line.wait_closed(), 60)
    assert line.close_code == 4403


@pytest.mark.spec("HUB-12")
async def test_who_is_deleted_at_the_hub_is_shown_out(hub: RealHub) -> None:
    await hub.add("erin", serve=False)
    async with connected(hub, "erin") as (line, _):
        assert (await hub.api("DELETE", "users/erin")).status == 204
        await shown_out(line)


@pytest.mark.spec("HUB-12")
async def test_a_withdrawn_token_ends_its_own_connection_and_no_other(hub: RealHub) -> None:
    for name in ("erin", "frank"):
        await hub.add(name, serve=False)
    async with connected(hub, "erin") as (line, token), connected(hub, "frank") as (other, _):
        assert (await hub.api("DELETE", f"users/erin/tokens/{token}")).status == 204
        await shown_out(line)
        assert other.close_code is None
        assert (await hub.api("DELETE", "users/frank")).status == 204
        await shown_out(other)


@pytest.mark.spec("HUB-12", "PAGES-1")
async def test_logging_out_at_the_hub_ends_the_login_at_the_pages(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    bob, thief = Reader(hub), Reader(hub)
    assert notebook in (await bob.log_in("bob")).text
    # Whoever has kept the cookies of the pages: logging out takes them from bob's own browser alone.
    for cookie in bob.session.cookies:
        if cookie.path.startswith("/services/tandem"):
            thief.session.cookies.set_cookie(cookie)
    assert notebook in (await thief.get("")).text
    left = await bob._ask("GET", f"{hub.url}/hub/logout")
    assert "/hub/login" in left.url
    for _ in range(600):
        page = await thief.get("")
        if "/hub/login" in page.url:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("still in")
    assert notebook not in page.text


@pytest.mark.spec("HUB-12", "HUB-26")
async def test_the_hub_is_asked_for_groups_once_and_about_each_token_once(hub: RealHub) -> None:
    for name in ("alice", "bob", "carol", "dora"):
        await hub.until_connected(name)
    first, servers = await _asked(hub)
    for _ in range(600):
        later, _ = await _asked(hub)
        lists = later["list"] - first["list"]
        if lists >= 6:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("the Hub is not asked for lists")
    tokens, persons = (later[what] - first[what] for what in ("token", "person"))
    assert servers >= 4
    # A list for each connection would be as many as there are questions about tokens, of which there is one for each.
    assert 2 * lists <= tokens <= 10 * servers * (lists + 1)
    assert persons < lists * servers / 2


@pytest.mark.spec("HUB-26", "HUBRUN-6")
async def test_groups_of_somebody_without_a_server_are_known_too(hub: RealHub) -> None:
    told = await hub.ask("GET", f"{hub.url}/hub/api/users/dora", token=SERVICE_TOKEN)
    assert told.body["groups"] == ["team"]


async def _asked(hub: RealHub) -> tuple[dict[str, float], float]:
    """How often the Hub was asked for what, and how many servers are connected."""
    page = (await hub.ask("GET", f"{hub.service_url}/metrics", token="")).body.decode()
    found = re.findall(r'^tandem_hub_asked_total\{what="(\w+)"\} (\S+)$', page, re.MULTILINE)
    servers = re.search(r"^tandem_hub_servers (\S+)$", page, re.MULTILINE)
    assert servers is not None
    counts = {"list": 0.0, "token": 0.0, "person": 0.0, **{w: float(n) for w, n in found}}
    return counts, float(servers[1])
