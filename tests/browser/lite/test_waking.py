"""Whoever slept a minute is back with everything; the minute is the one in which the other tests ran."""

from __future__ import annotations

import pytest

from tests.browser.lite.sleeping import Sleepers

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.slow
@pytest.mark.spec("LITE-15", "LITE-17")
async def test_who_slept_is_back_with_everything(
    sleepers: Sleepers, request: pytest.FixtureRequest
) -> None:
    ada, hers, bob, his = sleepers.ada, sleepers.hers, sleepers.bob, sleepers.his
    await ada.is_with(hers, 0)
    await hers.type("while bob slept\n")
    await sleepers.wake_after(request.config.getoption("--lite-sleep-s"))
    await his.includes("while bob slept")
    await his.type("awake\n")
    await hers.includes("awake")
    await ada.is_with(hers, 1)
    await bob.is_with(his, 1)
    await hers.shows(*await his.sources())
