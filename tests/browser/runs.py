"""The runs of a notebook's cells, through what is seen of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from playwright.async_api import Locator

from tests.browser.window import Document

_WAIT_S = 60

_OUTPUTS = """path => seen.widget(path).content.widgets.map(
  ({ node }) => [...node.querySelectorAll('.jp-OutputArea-output')].map(o => o.innerText.trim()))"""

_SHOWN = f"""({{ path, expected }}) => {{
  const outputs = ({_OUTPUTS})(path);
  return JSON.stringify(outputs) === JSON.stringify(expected);
}}"""

_PRINTED = f"""({{ path, number, output, text }}) =>
  ({_OUTPUTS})(path)[number]?.[output] === text"""


class Runs:
    """What an open notebook shows of its runs."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def cell(self, number: int) -> Locator:
        return self.document.node.locator(".jp-Cell").nth(number)

    def mark(self, number: int) -> Locator:
        """The line below a cell's code."""
        return self.cell(number).locator(".tandem-RunMark-text")

    def output(self, number: int) -> Locator:
        """All that a cell shows."""
        return self.cell(number).locator(".jp-OutputArea-output")

    def prompt(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-InputPrompt")

    @property
    def queue(self) -> Locator:
        """The button in the toolbar."""
        return self.document.node.locator(".tandem-QueueItem button")

    async def outputs(self) -> list[list[str]]:
        """The outputs of every cell."""
        found: list[list[str]] = await self.document.page.evaluate(_OUTPUTS, self.document.path)
        return found

    async def show(self, *outputs: list[str]) -> None:
        """Return when the cells have exactly these outputs."""
        try:
            await self.document.wait(_SHOWN, expected=list(outputs))
        except AssertionError as error:
            raise AssertionError(f"{outputs} are not shown, but {await self.outputs()}") from error

    async def prints(self, number: int, output: int, text: str) -> None:
        """Return when an output of a cell is exactly this text."""
        try:
            await self.document.wait(_PRINTED, number=number, output=output, text=text)
        except AssertionError as error:
            raise AssertionError(f"{text} is not shown, but {await self.outputs()}") from error

    async def run(self, number: int) -> None:
        """Run a cell by its shortcut."""
        await self.document.command_mode(number)
        await self.document.press("Control+Enter")

    async def run_all(self) -> None:
        """Ask for all cells; not until they have run."""
        await self.document.page.evaluate(
            "() => { void jupyterapp.commands.execute('notebook:run-all-cells'); }"
        )


async def comes_true(holds: Callable[[], bool]) -> None:
    """Return when something is so that no window shows."""
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it does not come true"
        await asyncio.sleep(0.05)
