"""The Hub itself, and its proxy, go away and come back."""

from __future__ import annotations

import signal

import pytest

from tests.integration.hub.colleague import in_document, share, until_listed
from tests.integration.hub.real_hub import RealHub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.fault,
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.mark.spec("HUB-23", "PAGES-10")
async def test_people_stay_together_while_the_hub_is_killed_and_comes_back_with_its_proxy(
    hub: RealHub, notebook: str
) -> None:
    await share(hub, "alice", notebook, "bob")
    path = f"alice/{notebook}"
    await until_listed(hub, "bob", path)
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
    ):
        await hub.hub.end(signal.SIGKILL)
        await bob.type(0, " # without the Hub")
        await alice.until(lambda: "without the Hub" in alice.sources()[0])
        reply = await hub.ask("GET", f"{hub.service_url}/api/documents", token="somebody-new")
        assert reply.status == 503
        page = await hub.ask("GET", f"{hub.service_url}/", token="somebody-new")
        assert page.status == 503
        assert b"Please wait a moment" in page.body
        await hub.hub.start()
        await hub.until_up(f"{hub.url}/hub/health")
    for name in ("alice", "bob"):
        await hub.until_connected(name)
    async with (
        in_document(hub, "alice", notebook) as alice,
        in_document(hub, "bob", f"Shared:{path}") as bob,
    ):
        assert alice.sources() == bob.sources() == ["x = 1 # without the Hub", "y = 2"]
        await alice.type(1, " # again")
        await bob.until(lambda: "again" in bob.sources()[1])
