"""People whose browsers do not reach each other meet through a TURN server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from examples.lite.run import signaling
from tests.browser.lite.couple import room
from tests.browser.lite.place import TEXT, visitor
from tests.integration.signaling.serving import free_port
from tests.integration.signaling.turn import turn_server

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("LITE-3", "LITE-21", "SIGNAL-27")
async def test_a_relay_with_credentials_of_the_signaling_server(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    port = free_port()
    config = {
        "fullWebRtcSignalingUrls": [f"ws://127.0.0.1:{port}"],
        # As if no other way led from one to the other.
        "iceTransportPolicy": "relay",
    }
    name = room()
    async with turn_server(tmp_path) as turn:
        with signaling(port, *turn.options):
            async with visitor(browser, site, config) as ada, visitor(browser, site, config) as bob:
                await asyncio.gather(
                    ada.visit(room=name, username="Ada"), bob.visit(room=name, username="Bob")
                )
                hers, his = await asyncio.gather(ada.open(TEXT), bob.open(TEXT))
                await asyncio.gather(ada.is_with(hers, 1), bob.is_with(his, 1))
                await hers.type("by a long way\n")
                await his.includes("by a long way")
                await ada.share(hers)
                someone = ada.page.get_by_role("listitem").filter(has_text="Bob")
                await expect(someone).to_contain_text("through a relay")
