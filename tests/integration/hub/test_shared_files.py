"""What others share as files in one's own JupyterLab, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.chromium import chromium
from tests.integration.hub.colleague import until_listed, until_saved
from tests.integration.hub.real_hub import RealHub
from tests.integration.hub.test_in_lab import command, in_lab

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]

_WAIT_MS = 60_000


@pytest.mark.spec("HUBDRV-2", "HUBDRV-3", "HUBDRV-4", "HUBRUN-1")
async def test_a_shared_folder_is_browsed_run_followed_and_copied_from(hub: RealHub) -> None:
    (hub.folder("alice") / "lab").mkdir()
    who = "import os; print(os.environ['JUPYTERHUB_USER'])"
    hub.write_notebook("alice", "lab/first.ipynb", who, "y = 2")
    grant = {"path": "lab", "subject": {"kind": "user", "name": "bob"}, "role": "editor"}
    reply = await hub.at("alice", "POST", "tandem/api/grants", {**grant, "may_run": True})
    assert reply.status == 201, reply
    await until_listed(hub, "bob", "alice/lab")
    async with chromium() as browser, in_lab(browser, hub, "bob") as bob:
        await bob.locator('[data-id="tandem-shared-files"]').click()
        files = bob.locator("#tandem-shared-files")
        for name in ("alice", "lab", "first.ipynb"):
            await files.locator(".jp-DirListing-item").filter(has_text=name).dblclick()
        # Cells are run at alice's server: nobody is asked for a kernel.
        await expect(bob.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=_WAIT_MS)
        await bob.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
        await bob.keyboard.press("Control+Enter")
        output = bob.locator(".jp-Notebook .jp-Cell .jp-OutputArea-output").first
        await expect(output).to_have_text("alice", timeout=_WAIT_MS)

        tab = bob.locator("#jp-main-dock-panel .lm-TabBar-tab").filter(has_text="first.ipynb")
        await expect(tab).to_have_count(1, timeout=_WAIT_MS)
        body = {"path": "lab/second.ipynb"}
        reply = await hub.at("alice", "PATCH", "api/contents/lab/first.ipynb", body)
        assert reply.status == 200, reply
        tab = bob.locator("#jp-main-dock-panel .lm-TabBar-tab").filter(has_text="second.ipynb")
        await expect(tab).to_have_count(1, timeout=_WAIT_MS)

        await command(bob, "tandem:copy-to-my-files")
        await until_saved(hub, "bob", "second.ipynb", who, "y = 2")
