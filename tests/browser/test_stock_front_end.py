"""The front end of jupyter-collaboration, without Tandem's labextension, against Tandem's server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.house import House
from tests.browser.people import People
from tests.browser.runs import Runs, comes_true
from tests.browser.window import Document, Window, window
from tests.integration.server.host import EVE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_SLIDE = """(slider, value) => {
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  set.call(slider, value);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stock(browser: Browser, house: House, everybody: People) -> AsyncIterator[Window]:
    """Eve, whose JupyterLab does not know Tandem; she has no other window."""
    await everybody.leave(EVE)
    async with window(browser, house, EVE, front_end="stock") as found:
        await found.lab()
        yield found


async def both_open(path: str, house: House, ana: Window, eve: Window) -> tuple[Document, Document]:
    house.write(path, "x = 1", "y = 2")
    hers, his = await ana.open(path), await eve.open(path)
    for document in (hers, his):
        await document.kernel_is_up()
    await hers.is_saved()
    assert (await his.status()).label == "", "this is not the stock front end"
    return hers, his


async def test_ours_and_the_stock_front_end_edit_one_notebook(
    house: House, ana: Window, stock: Window
) -> None:
    hers, his = await both_open("stock.ipynb", house, ana, stock)
    await hers.type(" # ana 🌲", 0)
    await his.type(" # eve é", 1)
    for document in (hers, his):
        await document.shows("x = 1 # ana 🌲", "y = 2 # eve é")
    await his.press("Control+s")
    await his.wait(
        "({ path }) => !seen.widget(path).context.model.dirty && "
        "!seen.widget(path).hasClass('jp-mod-dirty')"
    )
    await hers.stands("^In file")
    expected = "x = 1 # ana 🌲\ny = 2 # eve é"
    await comes_true(lambda: house.text_of("stock.ipynb") == expected)
    await expect(stock.page.locator(".jp-Dialog")).to_have_count(0)


@pytest.mark.spec("RUN-35")
async def test_the_stock_front_end_has_the_server_run_cells(
    house: House, ana: Window, stock: Window
) -> None:
    path = "stock-runs.ipynb"
    house.write(path, "print('tree')\n6 * 7", "1 / 0")
    hers = Runs(await ana.open(path))
    # Two who open it in the same moment might start a kernel each.
    await hers.document.kernel_is_up()
    his = Runs(await stock.open(path))
    assert (await his.document.status()).label == "", "this is not the stock front end"
    await his.document.kernel_is_up()
    await his.run(0)
    for runs in (hers, his):
        await runs.show(["tree", "42"], [])
        await expect(runs.prompt(0)).to_have_text("[1]:")
    await expect(hers.mark(0)).to_have_text(re.compile("^run by Eve"))
    await hers.run(1)
    for runs in (hers, his):
        await expect(runs.output(1)).to_contain_text("ZeroDivisionError")


async def test_the_stock_front_end_goes_back_in_time(
    house: House, ana: Window, stock: Window
) -> None:
    hers, his = await both_open("timeline.ipynb", house, ana, stock)
    await hers.type(" # ana", 0)
    await his.shows("x = 1 # ana", "y = 2")
    await stock.page.locator("[title='Document Timeline']").first.click()
    slider = stock.page.locator(".jp-Slider")
    await slider.wait_for()
    await slider.evaluate(_SLIDE, "0")
    await his.shows("x = 1", "y = 2")
    await hers.shows("x = 1 # ana", "y = 2")
    await stock.page.locator(".jp-restoreBtn").click()
    await hers.shows("x = 1", "y = 2")
    await hers.type(" # again", 1)
    await his.shows("x = 1", "y = 2 # again")


async def test_each_front_end_shows_who_uses_the_other(
    house: House, ana: Window, stock: Window
) -> None:
    """User menu, panel of collaborators and what they have open come from the global awareness."""
    hers, his = await both_open("who.ipynb", house, ana, stock)
    await hers.type(" # ana", 0)
    await expect(stock.page.locator(".jp-remote-userFlag-name").first).to_have_text("Ana")
    await his.type(" # eve", 1)
    await expect(ana.page.locator(".jp-remote-userFlag-name").first).to_have_text("Eve")
    for here, other in ((ana, "Eve"), (stock, "Ana")):
        await here.page.evaluate("() => jupyterapp.shell.activateById('jp-collaboration-panel')")
        listed = here.page.locator(".jp-Collaborator", has_text=other)
        await expect(listed.first).to_be_visible()
        file = listed.first.locator(".jp-CollaboratorFile", has_text="who.ipynb")
        await expect(file).to_have_count(1)
