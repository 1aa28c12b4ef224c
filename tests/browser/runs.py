"""The runs of a notebook's cells, through what is seen of them."""

from __future__ import annotations

from playwright.async_api import Locator

from tests.browser.window import Document

_OUTPUTS = """path => seen.widget(path).content.widgets.map(
  ({ node }) => [...node.querySelectorAll('.jp-OutputArea-output')].map(o => o.innerText.trim()))"""

_SHOWN = f"""({{ path, expected }}) => {{
  const outputs = ({_OUTPUTS})(path);
  return JSON.stringify(outputs) === JSON.stringify(expected);
}}"""


class Runs:
    """What an open notebook shows of its runs."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def cell(self, number: int) -> Locator:
        return self.document.node.locator(".jp-Cell").nth(number)

    def mark(self, number: int) -> Locator:
        """The line below a cell's code."""
        return self.cell(number).locator(".tandem-RunMark-text")

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
        await self.document.wait(_SHOWN, expected=list(outputs))

    async def run(self, number: int) -> None:
        """Run a cell by its shortcut."""
        await self.document.command_mode(number)
        await self.document.press("Control+Enter")

    async def run_all(self) -> None:
        await self.document.window.command("notebook:run-all-cells")
