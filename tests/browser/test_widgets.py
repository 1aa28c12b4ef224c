"""ipywidgets talk to the kernel themselves; what they show is everybody's who may use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.house import House
from tests.browser.runs import Runs
from tests.browser.window import Window, window
from tests.integration.server.host import ANA, BO, EVE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_PATH = "widgets.ipynb"

_SLIDER = """
import ipywidgets
slider = ipywidgets.IntSlider(value=3, description='trees')
said = ipywidgets.Output()

def changed(change):
    with said:
        print('now', change.new)

slider.observe(changed, 'value')
display(slider, said)
with said:
    print('begun')
print('beside')
"""

_HARMLESS = (
    # JupyterLab on comms that a page was not there to see opened.
    "Comm not found for comm id",
    # Of ipywidgets, of a view that came before its widget; it is tried again.
    "widget model not found",
)


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, house: House) -> AsyncIterator[dict[str, Window]]:
    """Three people have a front end that shows widgets."""
    async with AsyncExitStack() as stack:
        found = {}
        for token in (ANA, BO, EVE):
            here = window(browser, house, token, front_end="widgets")
            found[token] = await stack.enter_async_context(here)
            found[token].complaints.expect(*_HARMLESS)
            await found[token].lab()
        yield found


@pytest.fixture
def eve_runs_nothing(house: House) -> Iterator[None]:
    house.deny("eve", "execute.kernels")
    yield
    house.allow("eve", "execute.kernels")


class Widgets(Runs):
    """What a notebook shows of a slider and of what is said about it."""

    @property
    def slider(self) -> Locator:
        return self.cell(0).get_by_role("slider")

    @property
    def readout(self) -> Locator:
        return self.cell(0).locator(".widget-readout")

    @property
    def said(self) -> Locator:
        return self.cell(0).locator(".jupyter-widgets .jp-OutputArea-output")

    async def stand_at(self, value: int, *said: str) -> None:
        """Return when slider and words are shown so."""
        await expect(self.readout).to_have_text(str(value))
        await expect(self.said).to_have_text("".join(f"{line}\n" for line in said))

    async def move(self) -> None:
        """One step up, by the keyboard."""
        await self.slider.focus()
        await self.document.press("ArrowRight")


@pytest.mark.spec("RUNUI-12", "RUN-36")
async def test_sliders_stay_in_step_for_those_who_may_run_code(
    house: House, eve_runs_nothing: None, windows: dict[str, Window]
) -> None:
    windows[EVE].complaints.expect("403")
    house.write(_PATH, _SLIDER, "print(slider.value)")
    hers = Widgets(await windows[ANA].open(_PATH))
    # Two who open it in the same moment might start a kernel each.
    await hers.document.kernel_is_up()
    his = Widgets(await windows[BO].open(_PATH))
    await his.document.kernel_is_up()
    evil = Widgets(await windows[EVE].open(_PATH))
    await hers.run(0)
    for runs in (hers, his):
        await runs.stand_at(3, "begun")
    await hers.move()
    for runs in (hers, his):
        await runs.stand_at(4, "begun", "now 4")
    await his.move()
    for runs in (hers, his):
        await runs.stand_at(5, "begun", "now 4", "now 5")

    static = ["IntSlider(value=3, description='trees')", "Output()", "beside"]
    await evil.show(static, [])
    await expect(evil.slider).to_have_count(0)

    # Somebody comes later, and the kernel has what everybody sees.
    await his.run(1)
    await expect(hers.output(0).last).to_have_text("beside\n")
    await expect(hers.output(1)).to_have_text("5\n")
    await windows[BO].lab()
    his = Widgets(await windows[BO].open(_PATH))
    await his.stand_at(5, "begun", "now 4", "now 5")
