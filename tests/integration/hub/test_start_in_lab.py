"""An owner lets a colleague have their server started, and the colleague sees it start, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import chromium
from tests.browser.test_status import violations
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_in_lab import command, in_lab, without_kernel
from tests.integration.hub.test_runs import let_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]

WHO = "import os; print(os.environ['JUPYTERHUB_USER'])"
_WAIT_MS = 60_000


async def let_start(alice: Page, path: str) -> None:
    """Check the box for bob in the dialog."""
    await command(alice, "docmanager:open", path=path)
    await without_kernel(alice)
    await command(alice, "tandem:share-document")
    dialog = alice.get_by_role("dialog").filter(has_text="Who has access")
    box = dialog.get_by_role("checkbox", name="bob: Start my server for their runs")
    await expect(box).not_to_be_checked(timeout=_WAIT_MS)
    # It is checked when the service has it.
    await box.click()
    await expect(box).to_be_checked(timeout=_WAIT_MS)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        await alice.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
        )
        light = str(theme.endswith("Light")).lower()
        shown = "light => document.body.dataset.jpThemeLight === light"
        await alice.wait_for_function(shown, arg=light)
        await expect(box).to_be_checked(timeout=_WAIT_MS)
        assert await violations(alice, [".tandem-Share"]) == []
    await dialog.get_by_role("button", name="Done").click()


@pytest.mark.spec("SHAREUI-17", "RUNUI-15", "RUNUI-16", "HUBRUN-8", "HUBRUN-11")
async def test_a_cell_starts_the_owners_server_and_nobody_is_asked_for_a_kernel(
    hub: RealHub,
) -> None:
    hub.write_notebook("alice", "seen.ipynb", WHO, "y = 2")
    await let_run(hub, "seen.ipynb", "bob")
    async with chromium() as browser:
        async with in_lab(browser, hub, "alice") as alice:
            await let_start(alice, "seen.ipynb")
        async with in_lab(browser, hub, "bob") as bob:
            await command(bob, "docmanager:open", path="Shared:alice/seen.ipynb")
            await expect(bob.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=_WAIT_MS)
            name = bob.locator(".tandem-KernelName-far")
            await expect(name).to_have_text("Kernel of alice", timeout=_WAIT_MS)
            await hub.stop_server("alice")
            waits = bob.locator('.tandem-StatusItem-button[title*="server is stopped"]')
            await expect(waits).to_be_visible(timeout=_WAIT_MS)
            try:
                await bob.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
                await bob.keyboard.press("Control+Enter")
                button = bob.locator(".tandem-QueueItem-button")
                await expect(button).to_have_text("Starting…", timeout=_WAIT_MS)
                await button.click()
                queue = bob.locator(".tandem-QueuePopup")
                await expect(queue).to_contain_text("Starting alice's server", timeout=_WAIT_MS)
                output = bob.locator(".jp-Notebook .jp-Cell .jp-OutputArea-output").first
                await expect(output).to_have_text("alice", timeout=2 * _WAIT_MS)
                await expect(name).to_have_text("Python 3 (ipykernel) of alice", timeout=_WAIT_MS)
                assert await bob.locator(".jp-Dialog").count() == 0
            finally:
                user = await hub.api("GET", "users/alice")
                if not user.body["servers"]:
                    await hub.start_server("alice")
                await hub.until_connected("alice")
