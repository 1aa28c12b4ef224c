"""A cell that prints, draws and fails while nobody is there, or nobody can be reached."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.house import House
from tests.browser.people import People
from tests.browser.runs import Runs, comes_true
from tests.browser.window import Window
from tests.integration.server.host import ANA, BO

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PRINTS_MOST_S = 120.0
"""By then the cell has ended by itself, should the test be gone."""

_CELL = """
import os, time
import matplotlib.pyplot as plt

def draw(*heights):
    plt.plot(heights)
    plt.show()

printed = 0
def say():
    global printed
    print('line', printed)
    printed += 1

say()
draw(1, 3, 2)
ends = time.monotonic() + {most_s}
while not os.path.exists({gate!r}) and time.monotonic() < ends:
    say()
    time.sleep(0.02)
draw(2, 1)
open({gate!r} + '.said', 'w').write(str(printed))
raise ValueError('the end')
"""


def long_cell(gate: str) -> str:
    """A cell that prints and draws until the file ``gate`` is there, and fails then."""
    return _CELL.format(gate=gate, most_s=PRINTS_MOST_S)


def all_of(outputs: list[dict[str, Any]]) -> list[str]:
    """What each output is, with the lines a stream holds."""
    return [
        "".join(output["text"])
        if output["output_type"] == "stream"
        else ", ".join(sorted(output["data"]))
        if "data" in output
        else f"{output['ename']}: {output['evalue']}"
        for output in outputs
    ]


async def begin(house: House, name: str, ana: Window, bo: Window) -> tuple[Runs, Runs]:
    """Both have the notebook open, and see that the cell prints."""
    path = f"{name}.ipynb"
    house.write(path, long_cell(name))
    hers, his = Runs(await ana.open(path)), Runs(await bo.open(path))
    for runs in (hers, his):
        await runs.document.kernel_is_up()
    await hers.run(0)
    for runs in (hers, his):
        await expect(runs.output(0).locator("img")).to_have_count(1)
        await expect(runs.output(0)).to_contain_text(["line 0", "", re.compile("line 5\n")])
    return hers, his


async def finish(house: House, name: str) -> int:
    """Let the cell end; how many lines it has printed."""
    (house.root / name).touch()
    said = house.root / f"{name}.said"
    await comes_true(lambda: said.exists() and said.read_text() != "")
    return int(said.read_text())


async def everything_is_there(house: House, name: str, lines: int, *who: Runs) -> None:
    """In order, once, in every window and in the file."""
    text = [f"line {n}" for n in range(lines)]
    for runs in who:
        await expect(runs.mark(0)).to_have_text(re.compile("failed$"))
        await expect(runs.output(0)).to_have_count(5)
        await expect(runs.output(0).nth(4)).to_contain_text("ValueError: the end")
        await expect(runs.output(0).locator("img")).to_have_count(2)
        # JupyterLab draws a long text piece by piece.
        await runs.prints(0, 0, text[0])
        await runs.prints(0, 2, "\n".join(text[1:]))

    def kept() -> list[str]:
        return all_of(house.notebook(f"{name}.ipynb")["cells"][0]["outputs"])

    await comes_true(lambda: len(kept()) == 5)
    picture = "image/png, text/plain"
    rest = "".join(f"{line}\n" for line in text[1:])
    assert kept() == ["line 0\n", picture, rest, picture, "ValueError: the end"]


@pytest.mark.spec("RUN-19", "RUNUI-4")
async def test_every_output_of_a_cell_that_ends_with_all_browsers_closed(
    house: House, people: People, ana: Window, bo: Window
) -> None:
    name = "long-closed"
    await begin(house, name, ana, bo)
    await people.leave(ANA)
    await people.leave(BO)
    lines = await finish(house, name)
    hers = Runs(await (await people.come(ANA)).open(f"{name}.ipynb"))
    his = Runs(await (await people.come(BO)).open(f"{name}.ipynb"))
    await everything_is_there(house, name, lines, hers, his)


@pytest.mark.spec("RUN-19", "RUNUI-1", "RUNUI-4")
async def test_every_output_of_a_cell_that_ends_while_the_network_is_cut(
    house: House, ana: Window, bo: Window
) -> None:
    name = "long-cut"
    hers, his = await begin(house, name, ana, bo)
    for here in (ana, bo):
        await here.go_offline()
    for runs in (hers, his):
        await runs.document.stands("^Offline")
    lines = await finish(house, name)
    for here in (ana, bo):
        await here.go_online()
    await everything_is_there(house, name, lines, hers, his)
