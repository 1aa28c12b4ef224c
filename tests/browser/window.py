"""A person's browser window, and the documents in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, JSHandle, Locator, Page, ViewportSize
from playwright.async_api import TimeoutError as NotInTime

from tests.browser.complaints import UNREACHABLE, Complaints
from tests.browser.house import FRONT_END, House
from tests.browser.line import Line

SEEN = Path(__file__).with_name("page.js")
_WAIT_MS = 60_000
SIZE = ViewportSize(width=1280, height=900)


@dataclass(frozen=True)
class Status:
    """What the status item says.

    Attributes:
        tone: ``well``, ``busy``, ``mind`` or ``stop``.
        label: In the toolbar.
        sentence: Behind it.
        told: What a screen reader was told last.
    """

    tone: str
    label: str
    sentence: str
    told: str


class Window:
    """One person's browser with one page, connected through a network of its own."""

    def __init__(self, token: str, context: BrowserContext, line: Line) -> None:
        self.context = context
        self.line = line
        self.complaints = Complaints(context)
        self._token = token
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        assert self._page is not None, "nothing was visited"
        return self._page

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"

    # -- going somewhere -----------------------------------------------------

    async def visit(self, path: str) -> None:
        """Load an address below the server's, as the person whose token it is."""
        if self._page is None:
            self._page = await self.context.new_page()
            self._page.set_default_timeout(_WAIT_MS)
        joint = "&" if "?" in path else "?"
        await self._page.goto(f"{self.url}{path}{joint}token={self._token}")
        await self._page.wait_for_function("() => globalThis.jupyterapp?.shell !== undefined")
        await self._page.evaluate("() => jupyterapp.restored")

    async def lab(self) -> None:
        """Load JupyterLab with nothing open, in a workspace that no other person shares."""
        await self.visit(f"/lab/workspaces/{self._token}?reset")

    async def open(self, path: str, factory: str | None = None) -> Document:
        """Open a file in JupyterLab."""
        await self.command("docmanager:open", path=path, factory=factory)
        return await self.find(path)

    async def notebook(self, path: str) -> Document:
        """Open a notebook in Notebook 7."""
        await self.visit(f"/notebooks/{path}")
        return await self.find(path)

    async def find(self, path: str) -> Document:
        """The document that is open, or about to be."""
        document = Document(self, path)
        await document.wait("({ path }) => seen.opened(path) && seen.sources(path).length > 0")
        return document

    async def command(self, name: str, **arguments: Any) -> None:
        """Carry out a command of the application, as a menu would."""
        await self.page.evaluate(
            "([name, args]) => jupyterapp.commands.execute(name, args).then(() => null)",
            [name, {key: value for key, value in arguments.items() if value is not None}],
        )

    async def close_documents(self) -> None:
        """Close every tab, and nothing is asked; what was told until now is forgotten."""
        await self.page.evaluate(
            """() => {
                 [...jupyterapp.shell.widgets('main')]
                   .filter(({ context }) => context !== undefined).forEach(w => w.dispose());
                 seen.forget();
               }"""
        )
        await self.page.keyboard.press("Escape")

    # -- the network ---------------------------------------------------------

    async def go_offline(self) -> None:
        """Lose the network: the browser knows, and the connections are cut."""
        self.complaints.expect(*UNREACHABLE)
        await self.context.set_offline(True)
        self.line.reset()

    async def go_online(self) -> None:
        await self.context.set_offline(False)

    # -- what is told --------------------------------------------------------

    async def is_told(self, words: str) -> None:
        """Return when a notification with these words has come up in this test, be it gone again."""
        try:
            await self.page.wait_for_function("words => seen.told(words)", arg=words)
        except NotInTime:
            said = await self.page.evaluate("() => seen.notifications()")
            raise AssertionError(f"nobody is told {words!r}, only {said}") from None


class Document:
    """An open document, through what is seen of it."""

    def __init__(self, window: Window, path: str) -> None:
        self.window = window
        self.path = path

    @property
    def page(self) -> Page:
        return self.window.page

    @property
    def node(self) -> Locator:
        """The document's widget, with its toolbar."""
        return (
            self.page.locator(".jp-MainAreaWidget:not(.lm-mod-hidden) >> visible=true")
            .filter(has=self.page.locator(".jp-Toolbar"))
            .first
        )

    async def wait(self, condition: str, **arguments: Any) -> JSHandle:
        """Return when ``condition``, a JavaScript function of ``{path, …}``, holds: what it gave."""
        argument = {"path": self.path, **arguments}
        try:
            return await self.page.wait_for_function(condition, arg=argument)
        except NotInTime:
            raise AssertionError(
                f"{condition} with {arguments} does not come true; there is {await self._all()}"
            ) from None

    async def _all(self) -> Any:
        return await self.page.evaluate(
            """path => {
              const also = seen.notifications();
              return seen.opened(path)
                ? [seen.sources(path), seen.status(path), also] : ['not open', also];
            }""",
            self.path,
        )

    # -- reading -------------------------------------------------------------

    async def sources(self) -> list[str]:
        """The text of every cell, or the one text of a file, as the editors show it."""
        found: list[str] = await self.page.evaluate("path => seen.sources(path)", self.path)
        return found

    async def shows(self, *sources: str) -> None:
        """Return when it shows exactly these cells, or this text."""
        await self.wait("seen.says", expected=list(sources))

    async def includes(self, *texts: str) -> None:
        """Return when it shows all of these texts."""
        await self.wait(
            """({ path, texts }) => {
              const all = seen.opened(path) ? seen.sources(path).join('\\n') : '';
              return texts.every(text => all.includes(text));
            }""",
            texts=list(texts),
        )

    async def status(self) -> Status:
        return Status(**await self.page.evaluate("path => seen.status(path)", self.path))

    async def is_saved(self) -> None:
        """Return when every edit made here is shown as saved."""
        await self.wait("({ path }) => seen.saved(path)")

    async def watch(self) -> None:
        """From now on note what is shown as saved, and every label."""
        await self.page.evaluate("path => seen.watch(path)", self.path)

    async def shown_as_saved(self) -> str:
        """The last text that was shown as saved."""
        found: str = await self.page.evaluate("() => record.saved")
        return found

    async def labels(self) -> list[tuple[float, str]]:
        """All labels until now, each with the page's time in milliseconds when it came up."""
        found = await self.page.evaluate("() => record.upToNow()")
        return [(at, label) for at, label in found]

    async def stands(self, label: str) -> Status:
        """Return when the status item's label matches: all that it says in that moment."""
        found = await self.wait(
            """({ path, label }) => {
              const status = seen.opened(path) ? seen.status(path) : null;
              return status !== null && new RegExp(label).test(status.label) && status;
            }""",
            label=label,
        )
        return Status(**await found.json_value())

    async def kernel_is_up(self) -> None:
        """Return when its kernel has started and JupyterLab has noted in the notebook which one it is: an edit.

        Without a server JupyterLab would ask what to do.
        """
        await self.wait(
            """({ path }) => {
              const { content, sessionContext } = seen.widget(path);
              const language = content.model.sharedModel.getMetadata('language_info');
              return sessionContext.kernelDisplayStatus === 'idle' && language?.version !== undefined;
            }"""
        )

    # -- writing -------------------------------------------------------------

    def editor(self, number: int = 0) -> Locator:
        """The editor of a cell, or of a text."""
        return self.node.locator(".cm-content").nth(number)

    async def go(self, number: int = 0, key: str = "Control+End") -> None:
        """Put the caret into a cell, at its end unless another key says otherwise."""
        await self.editor(number).click()
        await self.page.keyboard.press(key)

    async def type(
        self, text: str, number: int = 0, key: str = "Control+End", *, delay_ms: float = 0
    ) -> None:
        """Type into a cell, or a text."""
        await self.go(number, key)
        await self.page.keyboard.type(text, delay=delay_ms)

    async def command_mode(self, number: int) -> None:
        """Select a cell without editing it."""
        await self.editor(number).click()
        await self.page.keyboard.press("Escape")

    async def chord(self, letters: str) -> None:
        """Press keys that mean something only when little time is between them."""
        await self.page.keyboard.type(letters)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)


@asynccontextmanager
async def window(
    browser: Browser, house: House, token: str, *, front_end: str = "", **options: Any
) -> AsyncIterator[Window]:
    """A browser of a person, with cookies, storage and network of its own; see :data:`.house.FRONT_END`."""
    line = Line(house.port)
    await line.start()
    headers = {FRONT_END: front_end} if front_end else {}
    context = await browser.new_context(extra_http_headers=headers, **{"viewport": SIZE, **options})
    await context.add_init_script(path=SEEN)
    try:
        found = Window(token, context, line)
        yield found
        found.complaints.check()
    finally:
        await context.close()
        await line.stop()
