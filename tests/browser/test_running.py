"""Cells are run by the server, and everybody sees it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.house import House
from tests.browser.people import People
from tests.browser.runs import Runs, comes_true
from tests.browser.window import Window, window
from tests.integration.server.host import ANA, BO

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_UNTIL = "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.02)"
"""A cell that runs until a file is there."""

_COUNT = "count = globals().get('count', 0) + 1\nprint(count)"


@pytest.mark.spec("RUN-38", "RUNUI-1", "RUNUI-4", "RUNUI-6")
async def test_one_runs_and_both_see_the_outputs_once(
    house: House, ana: Window, bo: Window
) -> None:
    house.write("run.ipynb", "print('tree')\n6 * 7", "x = 1")
    hers, his = Runs(await ana.open("run.ipynb")), Runs(await bo.open("run.ipynb"))
    await hers.run(0)
    for runs in (hers, his):
        await runs.show(["tree", "42"], [])
        await expect(runs.mark(0)).to_have_text(re.compile(r"^run by Ana .*\d s$"))
    await his.document.type(" + 0", 0)
    await expect(hers.mark(0)).to_have_text(re.compile("changed by Bo since you last ran it$"))
    await expect(his.mark(0)).to_have_text(re.compile("changed since it ran$"))
    hers = Runs(await ana.open("run.ipynb"))
    await expect(hers.mark(0)).to_have_text(re.compile("changed by Bo since you last ran it$"))


@pytest.mark.spec("RUNUI-3", "RUNUI-4", "RUNUI-8")
async def test_two_run_all_at_the_same_time(house: House, ana: Window, bo: Window) -> None:
    """One after the other, each cell as often as it was asked for."""
    wait = _UNTIL.format("both")
    house.write("all.ipynb", f"{wait}\n{_COUNT}", _COUNT, _COUNT)
    hers, his = Runs(await ana.open("all.ipynb")), Runs(await bo.open("all.ipynb"))
    # They count in one kernel, the one that JupyterLab starts.
    for runs in (hers, his):
        await runs.document.kernel_is_up()
    await hers.run_all()
    await expect(his.queue).to_have_text("2 wait")
    await his.run_all()
    for runs in (hers, his):
        await expect(runs.queue).to_have_text("5 wait")
        await expect(runs.prompt(2)).to_have_text("[*]:")
    await his.queue.click()
    rows = bo.page.get_by_role("list", name="Queue").get_by_role("listitem")
    who = ["Ana runs it", *["Ana wants to run it"] * 2, *["Bo wants to run it"] * 3]
    await expect(rows).to_contain_text(who)
    await bo.page.keyboard.press("Escape")
    (house.root / "both").touch()
    for runs in (hers, his):
        await runs.show(["4"], ["5"], ["6"])
        await expect(runs.queue).to_have_text("Kernel idle")
        await expect(runs.mark(2)).to_have_text(re.compile("^run by Bo"))


@pytest.mark.spec("RUNUI-4")
async def test_outputs_arrive_with_every_browser_closed(
    house: House, people: People, ana: Window
) -> None:
    house.write(
        "away.ipynb", f"print('begin')\n{_UNTIL.format('go')}\nprint('end')\n'done'", "1 + 1"
    )
    hers = Runs(await ana.open("away.ipynb"))
    await hers.document.kernel_is_up()
    await hers.run_all()
    await hers.show(["begin"], [])
    await people.leave(ANA)
    await people.leave(BO)
    (house.root / "go").touch()
    await comes_true(lambda: "'done'" in str(house.notebook("away.ipynb")["cells"][0]["outputs"]))
    again = Runs(await (await people.come(ANA)).open("away.ipynb"))
    await again.show(["begin\nend", "'done'"], ["2"])


@pytest.fixture
def eve_runs_nothing(house: House) -> Iterator[None]:
    house.deny("eve", "execute.kernels")
    yield
    house.allow("eve", "execute.kernels")


@pytest.mark.spec("RUNUI-11")
async def test_who_may_not_run_code_is_told_why(
    house: House, eve: Window, eve_runs_nothing: None
) -> None:
    house.write("denied.ipynb", "open('ran', 'w')")
    eve.complaints.expect("403")
    evil = Runs(await eve.open("denied.ipynb"))
    await evil.document.is_saved()
    button = evil.document.node.locator("[data-command='notebook:run-cell-and-select-next']")
    await expect(button).to_have_attribute("aria-disabled", "true")
    await expect(button).to_have_attribute("title", re.compile("You may not run code"))
    await evil.run(0)
    await eve.is_told("You may not run code in this document")
    await evil.queue.click()
    await expect(eve.page.locator(".tandem-QueuePopup")).to_contain_text("You may not run code")
    await eve.page.keyboard.press("Escape")
    await evil.show([])
    assert not (house.root / "ran").exists()


@pytest.mark.spec("RUNUI-9")
async def test_the_kernel_asks_and_is_answered(
    house: House, people: People, ana: Window, bo: Window
) -> None:
    house.write("ask.ipynb", "input('Name: ')", "import getpass; len(getpass.getpass())")
    hers, his = Runs(await ana.open("ask.ipynb")), Runs(await bo.open("ask.ipynb"))
    # A notebook takes the focus when its kernel has started.
    for runs in (hers, his):
        await runs.document.kernel_is_up()
    await hers.run(0)
    field = hers.cell(0).get_by_label("Name:")
    await expect(field).to_be_focused()
    await expect(his.cell(0).locator("form")).to_contain_text("Ana ran the cell and is asked")
    await ana.page.keyboard.type("dd Ada\n")
    for runs in (hers, his):
        await runs.show(["Name: dd Ada", "'dd Ada'"], [])
        await expect(runs.cell(0).locator("form")).to_have_count(0)

    await hers.run(1)
    await expect(hers.cell(1).locator("input[type=password]")).to_be_visible()
    await people.leave(ANA)
    await his.cell(1).locator("input[type=password]").fill("secret")
    await his.cell(1).get_by_role("button", name="Answer").click()
    await his.show(["Name: dd Ada", "'dd Ada'"], ["········", "6"])


@pytest.mark.spec("RUNUI-6", "RUNUI-7")
async def test_somebody_interrupts_and_restarts(house: House, ana: Window, bo: Window) -> None:
    house.write(
        "stop.ipynb",
        "import time\nx = 1\nprint('begin')\nwhile True: time.sleep(0.02)",
        "1 + 1",
        "'x' in globals()",
    )
    hers, his = Runs(await ana.open("stop.ipynb")), Runs(await bo.open("stop.ipynb"))
    for runs in (hers, his):
        await runs.document.kernel_is_up()
    await hers.run_all()
    await expect(his.mark(0)).to_have_text(re.compile("^Ana runs it"))
    # A kernel that has not begun is not interrupted.
    await expect(his.output(0).first).to_contain_text("begin")
    await his.document.command_mode(2)
    await his.document.chord("ii")
    await expect(hers.mark(0)).to_have_text(re.compile("interrupted"))
    await expect(hers.mark(1)).to_have_text("not run: An earlier cell did not end well.")

    await his.run(0)
    await expect(hers.mark(0)).to_have_text(re.compile("^Bo runs it"))
    await hers.document.command_mode(2)
    await hers.document.chord("00")
    dialog = ana.page.get_by_role("dialog").filter(has_text="everybody who works in this notebook")
    await expect(dialog).to_contain_text("A cell that runs or waits is stopped.")
    await dialog.get_by_role("button", name="Restart").click()
    await expect(his.mark(0)).to_have_text(re.compile("interrupted: The kernel was restarted."))
    await his.run(2)
    await expect(hers.output(2)).to_have_text("False")


@pytest.mark.fault
@pytest.mark.spec("RUNUI-2", "RUNUI-10")
async def test_the_server_is_killed_while_a_cell_runs(
    house: House, people: People, ana: Window
) -> None:
    house.write("killed.ipynb", f"print('begin')\n{_UNTIL.format('never')}", "1 + 1")
    hers = Runs(await ana.open("killed.ipynb"))
    await hers.document.kernel_is_up()
    await hers.run_all()
    await hers.show(["begin"], [])
    people.brace()
    await house.end(signal.SIGKILL)
    await hers.document.stands("^Offline")
    await hers.run(1)
    await ana.is_told("Nothing was run: there is no connection")
    await house.rise()
    await ana.is_told("A cell was interrupted.*A cell that waited was not run")
    await expect(hers.mark(0)).to_have_text(re.compile("interrupted: The server stopped"))
    await expect(hers.mark(1)).to_have_text("not run: it waited when the server stopped")
    await hers.show(["begin"], [])
    await ana.page.get_by_role("button", name="Run them").first.click()
    await hers.show(["begin"], ["2"])
    # What JupyterLab itself asks of a kernel, it asks the new one.
    await hers.document.kernel_is_up()


@pytest.mark.spec("RUNUI-4")
async def test_cells_run_in_notebook_as_well(house: House, browser: Browser) -> None:
    house.write("seven.ipynb", "6 * 7")
    async with window(browser, house, ANA) as ana:
        hers = Runs(await ana.notebook("seven.ipynb"))
        await hers.document.command_mode(0)
        await hers.document.press("Shift+Enter")
        await hers.show(["42"], [])
        await expect(hers.mark(0)).to_have_text(re.compile("^run by Ana"))
        await expect(hers.queue).to_have_text("Kernel idle")
