"""A JupyterLite site as its author builds it, and the people who visit it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute

from examples.lite.run import SOURCE, build_site
from tests.browser.complaints import Complaints
from tests.browser.window import Document

_SEEN = Path(__file__).parents[1] / "page.js"
_WAIT_MS = 60_000
_SIZE = {"width": 1280, "height": 900}

NOTEBOOK = "work.ipynb"
TEXT = "notes.md"
CELLS = ["6*7", "# Title", "let a = 1;"]

_OF_JUPYTERLITE_ITSELF = (
    # No favicon of the page, no contents of a folder, no workspace yet: it asks and goes on.
    r"status of 404",
    # A signaling server of other people has no /ice, and forbids pages to look.
    r"/ice.*(CORS|blocked)|net::ERR_FAILED",
    # The JavaScript kernel knows no comms, which widgets ask every kernel for.
    r"(?s)Not implemented.*\.comm(Open|Msg) .*javascript-kernel",
)


def make_site(folder: Path, signaling: str) -> Path:
    """The example's site, with a notebook and a text of known content."""
    source = folder / "example"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    content = source / "content"
    (content / NOTEBOOK).write_text(json.dumps(notebook(*CELLS)))
    (content / TEXT).write_text("first line\nsecond line\n")
    return build_site(folder, {"fullWebRtcSignalingUrls": [signaling]}, source)


def notebook(*sources: str) -> dict[str, Any]:
    """A notebook for the JavaScript kernel; a source that begins with # is Markdown."""
    cells = [
        {"cell_type": "markdown", "id": f"cell{at}", "metadata": {}, "source": source}
        if source.startswith("#")
        else {
            "cell_type": "code",
            "id": f"cell{at}",
            "metadata": {},
            "source": source,
            "execution_count": None,
            "outputs": [],
        }
        for at, source in enumerate(sources)
    ]
    kernel = {"name": "javascript", "display_name": "JavaScript (Web Worker)"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "javascript"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


class Visitor:
    """One person's browser, which shares nothing with another one's, with one page of the site."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.site = site
        self.complaints = Complaints(context)
        self.complaints.expect(*_OF_JUPYTERLITE_ITSELF)
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        assert self._page is not None, "nothing was visited"
        return self._page

    async def visit(self, app: str = "lab", *, fragment: str = "", **query: str) -> None:
        """Load an application of the site."""
        await self.go(f"{self.site}/{app}/index.html?{urlencode(query)}{fragment}")

    async def go(self, address: str) -> None:
        """Load a page of the site by its address."""
        if self._page is None:
            self._page = await self.context.new_page()
            self._page.set_default_timeout(_WAIT_MS)
        await self._page.goto(address)
        await self._page.wait_for_function("() => globalThis.jupyterapp?.shell !== undefined")
        await self._page.evaluate("() => jupyterapp.restored")

    async def reword(self, config: dict[str, Any]) -> None:
        """From now on the site says this in place of its own words; ``None`` takes one away."""
        await self.context.unroute_all()
        await self.context.route("**/jupyter-lite.json*", lambda route: _reword(route, config))

    async def hear_late(self, seconds: float) -> None:
        """From the next visit on, what signaling servers say arrives so much later."""

        def relay(page: WebSocketRoute) -> None:
            server = page.connect_to_server()
            loop = asyncio.get_running_loop()
            server.on_message(lambda message: loop.call_later(seconds, page.send, message))

        await self.context.route_web_socket("**/*", relay)

    async def open(self, path: str, factory: str | None = None) -> Document:
        """Open a file."""
        await self.start_opening(path, factory)
        return await self.find(path)

    async def start_opening(self, path: str, factory: str | None = None) -> None:
        await self.page.evaluate(
            "args => { void jupyterapp.commands.execute('docmanager:open', args); }",
            {"path": path} | ({} if factory is None else {"factory": factory}),
        )

    async def find(self, path: str) -> Document:
        """The document that is open, or about to be."""
        document = Document(self, path)  # type: ignore[arg-type]
        await document.wait("({ path }) => seen.opened(path) && seen.sources(path).length > 0")
        return document

    async def share(self, document: Document) -> None:
        """Press *Share*."""
        await document.node.locator(
            ".tandem-ShareButton button, .tandem-ShareButton jp-button"
        ).click()

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

    async def close(self, path: str) -> None:
        await self.page.evaluate("path => seen.widget(path).dispose()", path)

    # -- the browser's own drive ----------------------------------------------

    async def write(self, path: str, content: Any) -> None:
        """Put a file into this browser's drive, as an upload does."""
        kind = {"type": "file", "format": "text"}
        if not isinstance(content, str):
            kind = {"type": "notebook", "format": "json"}
        await self.page.evaluate(
            "([path, model]) => jupyterapp.serviceManager.contents.save(path, model).then(() => null)",
            [path, {**kind, "content": content}],
        )

    async def read(self, path: str) -> Any:
        return await self.page.evaluate(
            "path => jupyterapp.serviceManager.contents.get(path, { content: true }).then(({ content }) => content)",
            path,
        )

    async def files(self) -> list[str]:
        found = await self.page.evaluate(
            """() => jupyterapp.serviceManager.contents.get('', { content: true })
                 .then(({ content }) => content.map(({ name }) => name))"""
        )
        return sorted(found)

    async def has_in_file(self, path: str, *texts: str) -> None:
        """Return when the file in this browser's drive holds these texts."""
        # The drive tells nobody outside the page what was written, so it is read until it is so.
        found = await self.page.evaluate(
            """async ([path, texts, patience]) => {
              const until = performance.now() + patience;
              for (;;) {
                const { content } =
                  await jupyterapp.serviceManager.contents.get(path, { content: true });
                const all = typeof content === 'string'
                  ? content : content.cells.map(({ source }) => source).join('\\n');
                if (texts.every(text => all.includes(text)) || performance.now() > until) {
                  return all;
                }
                await new Promise(resolve => setTimeout(resolve, 50));
              }
            }""",
            [path, list(texts), _WAIT_MS],
        )
        assert all(text in found for text in texts), f"{path} is {found!r}"

    # -- others ----------------------------------------------------------------

    async def is_with(self, document: Document, count: int) -> None:
        """Return when edits are exchanged with so many others."""
        label = "^Saved, alone$" if count == 0 else f"^Saved, with {count}$"
        await document.stands(label)

    async def is_told(self, document: Document, words: str) -> None:
        """Return when the status says these words."""
        await document.wait(
            "({ path, words }) => seen.opened(path) && seen.status(path).sentence.includes(words)",
            words=words,
        )

    async def sees(self, document: Document, *names: str) -> None:
        """Return when exactly these people are in a document, by awareness."""
        await document.wait(
            """({ path, names }) => {
              const { awareness } = seen.widget(path).context.model.sharedModel;
              const others = [...awareness.getStates()].filter(([id]) => id !== awareness.clientID);
              const found = others.map(([, state]) => state.user?.name).sort();
              return JSON.stringify(found) === JSON.stringify(names);
            }""",
            names=sorted(names),
        )

    async def close_page(self) -> None:
        """Close the page as a browser does that is quit: nobody is asked."""
        await self.page.close()
        self._page = None

    async def crash(self) -> None:
        """End the page as a machine that loses its power does: nobody is told."""
        self.complaints.expect(r"^crashed: ")
        session = await self.context.new_cdp_session(self.page)
        async with self.page.expect_event("crash"):
            # The page does not live to answer.
            answer = asyncio.ensure_future(session.send("Page.crash"))
        answer.cancel()
        self._page = None


@asynccontextmanager
async def visitor(
    browser: Browser, site: str, config: dict[str, Any] | None = None
) -> AsyncIterator[Visitor]:
    """A browser of a person; ``config`` is what the site says in place of its own words."""
    context = await browser.new_context(viewport=_SIZE)
    await context.add_init_script(path=_SEEN)
    found = Visitor(context, site)
    if config is not None:
        await found.reword(config)
    try:
        yield found
        found.complaints.check()
    finally:
        await context.close()


async def _reword(route: Route, config: dict[str, Any]) -> None:
    """Answer with the site's own words but for these."""
    answer = await route.fetch()
    said = await answer.json()
    data = said.get("jupyter-config-data", {})
    if "federated_extensions" in data:
        data |= config
        said["jupyter-config-data"] = {k: v for k, v in data.items() if v is not None}
    await route.fulfill(response=answer, json=said)
