"""Who may run code, by the server's word and by what was shared; and what the server knows of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.execution.conftest import QUICK
from tests.integration.execution.person import Person, running
from tests.integration.server.host import BO, Server, serving
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner

Notebook = Callable[..., str]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.spec("RUN-34", "RUN-32", "RUN-28")
async def test_a_guest_with_the_right_runs_and_one_without_does_not(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("print('by a guest')", "input('?')")
    ana = Owner(shared)
    link, secret = await ana.link(path, guests=True, role="viewer", may_run=True)
    _, other = await ana.link(path, guests=True, role="editor")
    gil, eve = Guest(shared), Guest(shared)
    await gil.redeem(secret, "Gil")
    await eve.redeem(other, "Eve")
    async with (
        gil.in_document(path, query="tandem=1") as his,
        eve.in_document(path, query="tandem=1") as hers,
    ):
        him, her = Person(his), Person(hers)
        assert (await her.ask("run", cells=her.wishes((0,))))["code"] == "denied"
        [run] = await him.run_to_end(0)
        assert run["user"]["display_name"] == "Gil"
        assert him.text(0) == "by a guest\n"
        await her.client.until(lambda: run["id"] in her.runs)
        assert her.runs[run["id"]]["user"]["display_name"] == "Gil"
        [asks] = await him.run(1)
        await her.client.until(lambda: her.fact("input"))
        question = her.fact("input")["id"]
        assert (await her.ask("answer", input=question, value="x"))["code"] == "denied"
        await him.ask("answer", input=question, value="mine")
        await him.ended(asks)
        await ana.call("DELETE", f"links/{link['id']}", None, grants="revoke")
        await his.closed()
    [entry] = [
        e for e in await ana.audit() if e["kind"] == "cell.run" and e["actor"].startswith("guest:")
    ][-1:]
    assert entry["details"]["name"] == "Gil"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.spec("RUN-32")
async def test_no_edit_changes_who_ran_a_cell(shared: Server, notebook: Notebook) -> None:
    path = notebook("print('hers')")
    async with running(shared, path) as ana:
        [run] = await ana.run_to_end(0)
        ana.client.cells[0]["metadata"]["tandem"] = {"username": "bo"}
        ana.client.state["runs"] = {"username": "bo"}
        await ana.client.flush()
        await ana.client.arrived()
        async with running(shared, path, BO) as bo:
            await bo.client.until(lambda: run["id"] in bo.runs)
            assert bo.runs[run["id"]]["user"]["username"] == "ana"


@pytest.mark.slow
@pytest.mark.spec("RUN-31")
async def test_a_kernel_is_not_culled_while_it_runs(tmp_path: Path) -> None:
    culling = {"cull_idle_timeout": 3, "cull_interval": 1, "cull_connected": True}
    async with serving(tmp_path, MappingKernelManager=culling, ServerKernelManager=QUICK) as server:
        server.write_notebook("a.ipynb", "import time; time.sleep(6); print('whole')", "1")
        async with running(server, "a.ipynb") as ana:
            [run] = await ana.run_to_end(0)
            assert run["state"] == "finished"
            assert ana.text(0) == "whole\n"
            await server.logged("Culling 'idle' kernel")
            await ana.client.until(lambda: ana.fact("kernel")["state"] == "dead")
            [again] = await ana.run_to_end(1)
            assert again["state"] == "finished"
