"""Text that is long is shown by its beginning and its end, and all of it on request."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.runs import Runs
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("RUNUI-14")
async def test_a_long_text_is_shown_in_full_by_keyboard(house: House, ana: Window) -> None:
    house.write("long.ipynb", "for n in range(20_000): print('line', n)")
    hers = Runs(await ana.open("long.ipynb"))
    # A notebook takes the focus when its kernel has started.
    await hers.document.kernel_is_up()
    await hers.run(0)
    await expect(hers.mark(0)).to_have_text(re.compile(r"^run by Ana .*\d s$"))
    output, last = hers.output(0), re.compile(r"line 19999\s*$")
    await expect(output.locator("pre")).to_have_count(2)
    await expect(output.locator("pre").nth(1)).to_have_text(last)
    await expect(output).not_to_contain_text("line 10000")
    button = output.get_by_role("button", name="Show more (184 kB)", expanded=False)
    await button.press("Enter")
    less = output.get_by_role("button", name="Show less", expanded=True)
    await expect(less).to_be_focused()
    await expect(output.locator("pre")).to_have_count(1)
    await expect(output.locator("pre")).to_have_text(
        re.compile(r"^line 0\s[^x]*line 10000\s[^x]*line 19999\s*$")
    )
    await less.press("Space")
    await expect(button).to_be_focused()
    await expect(output.locator("pre").nth(1)).to_have_text(last)
