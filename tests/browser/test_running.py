"""Cells are run by the server, and everybody sees it."""

from __future__ import annotations


import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.runs import Runs
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.spec("RUNUI-1", "RUNUI-6")
async def test_one_runs_and_both_see_the_outputs_once(
    house: House, ana: Window, bo: Window
) -> None:
    house.write("run.ipynb", "print('tree')\n6 * 7", "x = 1")
    hers, his = Runs(await ana.open("run.ipynb")), Runs(await bo.open("run.ipynb"))
    await hers.run(0)
    for runs in (hers, his):
        await runs.show(["tree", "42"], [])
        await expect(runs.mark(0)).to_have_text(re.compile(r"^run by Ana .*, \d+\S* s$"))
    await his.document.type(" + 0", 0)
    await expect(hers.mark(0)).to_have_text(re.compile("changed by Bo since you last ran it"))
    await expect(his.mark(0)).to_have_text(re.compile("changed since it ran"))
