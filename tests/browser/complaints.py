"""What a page complains about where only developers look."""

from __future__ import annotations

import re

from playwright.async_api import BrowserContext, ConsoleMessage, Page, WebError

UNREACHABLE = (
    r"net::ERR_",
    r"WebSocket connection to .* failed",
    r"Failed to fetch",
    r"NetworkError|Network error",
    # JupyterLab writes its workspaces in place: one that was being written when the server was killed is broken.
    r"status of 500 .*/lab/api/workspaces",
    # JupyterLab about kernels that went with the server.
    r"Kernel is dead",
)
"""What Chromium says while the server is away or the network is off."""

_OF_JUPYTER_ITSELF = (
    # Jupyter Server cannot list its kernels while one starts or ends, and every page asks it to now and then.
    r"status of (404|500) .*/api/(kernels|sessions)",
    # A kernel is left, or starts anew, while it is asked something.
    r"Canceled future for \w+ message before replies were done",
    # A kernel's connection ends while the debugger asks it something.
    r"Could not restore the debugger state",
    # A document was closed before its kernel had started, or its toolbar was laid out.
    r"(?s)Disposed.*_handleNewSession.*jlab_core",
    r"computing the ReactiveToolbar",
    r"null \(reading 'insertWidget'\)",
    # Notebook 7 has no status bar, which the stock timeline wants.
    r"Plugin '@jupyter/docprovider-extension:statusBarTimeline' failed",
    # Notebook 7's toolbars ask for the schema of a plugin that is not there.
    r"(?s)reading 'schema'.*notebook_core",
)


class Complaints:
    """Uncaught errors and errors in the console of all pages of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self._expected: list[str] = []
        self._heard: list[str] = []
        context.on("weberror", self._on_error)
        context.on("console", self._on_console)
        context.on("page", self._on_page)

    def expect(self, *patterns: str) -> None:
        """From now on take these as a matter of course; some come long after their cause."""
        self._expected += patterns

    def unexpected(self) -> list[str]:
        """What was heard since the last call and not expected."""
        heard, self._heard = self._heard, []
        expected = [*_OF_JUPYTER_ITSELF, *self._expected]
        return [text for text in heard if not any(re.search(one, text) for one in expected)]

    def check(self) -> None:
        """Fail if anything unexpected was heard."""
        heard = self.unexpected()
        assert not heard, "\n".join(heard)

    def _on_error(self, error: WebError) -> None:
        self._heard.append(f"uncaught: {error.error.stack or error.error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._heard.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_page(self, page: Page) -> None:
        page.on("crash", lambda _: self._heard.append(f"crashed: {page.url}"))
