"""Cells run by a real server on real kernels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.execution.person import running
from tests.integration.server.client import editing
from tests.integration.server.host import BO, Server

Notebook = Callable[..., str]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.spec("RUN-19", "RUN-24", "RUN-30", "RUN-32")
async def test_a_cell_is_run_and_says_who_ran_it(shared: Server, notebook: Notebook) -> None:
    async with running(shared, notebook("print('hi')\n6 * 7")) as ana:
        [run] = await ana.run_to_end(0, timing=True)
        assert run["state"] == "finished"
        assert run["user"] == {"username": "ana", "display_name": "Ana"}
        assert run["count"] == 1
        cell = ana.cell(0)
        assert cell["execution_count"] == 1
        assert cell["execution_state"] == "idle"
        assert set(cell["metadata"]["execution"]) == {
            "iopub.status.busy",
            "iopub.execute_input",
            "iopub.status.idle",
            "shell.execute_reply.started",
            "shell.execute_reply",
        }
        first, result = ana.outputs(0)
        assert (first["output_type"], first["text"]) == ("stream", "hi\n")
        assert result["data"] == {"text/plain": "42"}


@pytest.mark.spec("RUN-1", "RUN-2", "RUN-3")
async def test_a_run_sees_the_edits_made_before_it_and_no_later_ones(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("import time; time.sleep(1)", "x = 1")
    async with running(shared, path) as ana, editing(shared, path, token=BO) as bo:
        ana.client.append(1, "\nprint('typed')")
        runs = await ana.run(0, 1)
        bo_sees = asyncio.ensure_future(bo.until(lambda: "typed" in bo.sources()[1]))
        await bo_sees
        bo.append(1, "\nprint('too late')")
        await bo.flush()
        await ana.ended(*runs)
        assert ana.text(1) == "typed\n"
        seen = ana.wishes((1,))
        bo.append(1, "\n# not seen")
        await bo.flush()
        await bo.arrived()
        answer = await ana.ask("run", cells=seen)
        assert (answer["code"], answer["cells"]) == ("changed", [seen[0]["id"]])
        answer = await ana.ask("run", cells=[{"id": "nowhere"}])
        assert answer["code"] == "no-cell"


@pytest.mark.spec("RUN-4", "RUN-8", "RUN-10")
async def test_two_people_run_all_at_the_same_time(shared: Server, notebook: Notebook) -> None:
    path = notebook(*(f"log = globals().get('log', []) + [{n}]; print(log)" for n in range(4)))
    async with running(shared, path) as ana, running(shared, path, BO) as bo:
        hers, his = await asyncio.gather(ana.run(0, 1, 2, 3), bo.run(0, 1, 2, 3))
        ended = await ana.ended(*hers, *his)
        assert {run["state"] for run in ended} == {"finished"}
        assert sorted([*hers, *his]) == list(range(1, 9))
        assert max(hers) < min(his) or max(his) < min(hers)
        await bo.ended(*hers, *his)
        counts = [run["count"] for run in sorted(ended, key=lambda run: run["id"])]
        assert counts == list(range(1, 9))
        assert [ana.text(n) for n in range(4)] == [
            f"{[0, 1, 2, 3, *range(n + 1)]}\n" for n in range(4)
        ]
        assert [bo.text(n) for n in range(4)] == [ana.text(n) for n in range(4)]


@pytest.mark.spec("RUN-5", "RUN-10", "RUN-22")
async def test_an_error_stops_its_persons_cells_and_no_others(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("import time; time.sleep(0.5)\nnope", "print('mine')", "print('his')")
    async with running(shared, path) as ana, running(shared, path, BO) as bo:
        hers = await ana.run(0, 1, key="twice")
        assert (await ana.ask("run", cells=ana.wishes((0, 1)), key="twice"))["runs"] == hers
        his = await bo.run(2)
        failed, cancelled, finished = await ana.ended(*hers, *his)
        assert (failed["state"], failed["reason"]) == (
            "failed",
            "NameError: name 'nope' is not defined",
        )
        assert cancelled["state"] == "cancelled"
        assert finished["state"] == "finished"
        assert ana.outputs(0)[0]["ename"] == "NameError"
        assert (ana.text(1), ana.text(2)) == ("", "his\n")
        assert ana.cell(1)["execution_state"] == "idle"


@pytest.mark.spec("RUN-11", "RUN-12")
async def test_cancel_and_interrupt(shared: Server, notebook: Notebook) -> None:
    path = notebook("import time\nprint('on', flush=True)\ntime.sleep(60)", "2", "3")
    async with running(shared, path) as ana, running(shared, path, BO) as bo:
        first, second = await ana.run(0, 1)
        [third] = await bo.run(2)
        await ana.client.until(lambda: ana.text(0) == "on\n")
        assert (await bo.ask("cancel", runs=[second]))["status"] == "accepted"
        assert (await bo.ask("cancel", runs=[first]))["code"] == "not-waiting"
        assert (await bo.ask("interrupt"))["status"] == "accepted"
        ended = await ana.ended(first, second, third)
        assert [run["state"] for run in ended] == ["interrupted", "cancelled", "finished"]
        assert (ended[1]["reason"], ended[1]["why"]) == ("Bo cancelled it.", ["cancelled-by", "Bo"])
        assert ana.outputs(0)[-1]["ename"] == "KeyboardInterrupt"


@pytest.mark.spec("RUN-13")
async def test_restart_and_run_all(shared: Server, notebook: Notebook) -> None:
    path = notebook("before = 1", "import time; time.sleep(60)", "print('before' in globals())")
    async with running(shared, path) as ana:
        await ana.run_to_end(0)
        slow, waiting = await ana.run(1, 2)
        await ana.client.until(lambda: ana.state(slow) == "running")
        answer = await ana.ask("restart", cells=ana.wishes((2,)), key="again")
        assert answer["status"] == "accepted"
        ended = await ana.ended(slow, waiting, *answer["runs"])
        assert [run["state"] for run in ended] == ["interrupted", "cancelled", "finished"]
        assert ana.text(2) == "False\n"
        await ana.client.until(lambda: ana.fact("kernel")["state"] == "idle")
        before = len(ana.kernel_states())
        await ana.ask("restart", cells=[])
        await ana.client.until(lambda: "restarting" in ana.kernel_states()[before:])
        await ana.client.until(lambda: ana.fact("kernel")["state"] == "idle")


@pytest.mark.spec("RUN-14")
async def test_a_kernel_that_dies(shared: Server, notebook: Notebook) -> None:
    path = notebook("import os; os.kill(os.getpid(), 9)", "print('alive')")
    async with running(shared, path) as ana:
        died, waiting = await ana.ended(*await ana.run(0, 1))
        assert (died["state"], waiting["state"]) == ("interrupted", "cancelled")
        assert (died["reason"], died["why"]) == ("The kernel died.", ["kernel-died"])
        [again] = await ana.run_to_end(1)
        assert again["state"] == "finished"
        assert ana.text(1) == "alive\n"


@pytest.mark.spec("RUN-14", "RUN-30")
async def test_a_kernel_that_others_restart_or_shut_down(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("import time; time.sleep(60)", "print('alive')")
    async with running(shared, path) as ana:
        for end in (("POST", "/restart"), ("DELETE", "")):
            [slow] = await ana.run(0)
            await ana.client.until(lambda run=slow: ana.state(run) == "running")  # type: ignore[misc]
            await ana.client.until(lambda: ana.fact("kernel")["state"] == "busy")
            kernel = ana.fact("kernel")["id"]
            answer = await shared.call(end[0], f"/api/kernels/{kernel}{end[1]}")
            assert answer.status in (200, 204)
            [ended] = await ana.ended(slow)
            assert ended["state"] == "interrupted"
            [again] = await ana.run_to_end(1)
            assert again["state"] == "finished"


@pytest.mark.spec("RUN-15", "RUN-25")
async def test_a_cell_that_goes_before_or_while_it_runs(shared: Server, notebook: Notebook) -> None:
    path = notebook("import time; time.sleep(1); print('x')", "print('never')", "print('last')")
    async with running(shared, path) as ana:
        runs = await ana.run(0, 1, 2)
        await ana.client.until(lambda: ana.state(runs[0]) == "running")
        del ana.client.cells[0:2]
        await ana.client.flush()
        ended = await ana.ended(*runs)
        assert [run["state"] for run in ended] == ["finished", "cancelled", "finished"]
        assert ana.text(0) == "last\n"
        assert len(ana.client.cells) == 1


@pytest.mark.spec("RUN-28", "RUN-29")
async def test_questions_of_the_kernel(shared: Server, notebook: Notebook) -> None:
    path = notebook("print(input('Name? ').upper())", "import getpass; len(getpass.getpass())")
    async with running(shared, path, BO) as bo:
        async with running(shared, path) as ana:
            [run] = await ana.run(0)
            await bo.client.until(lambda: bo.fact("input"))
            question = bo.fact("input")
            assert (question["prompt"], question["username"]) == ("Name? ", "ana")
            refused = await bo.ask("answer", input=question["id"], value="eve")
            assert refused["code"] == "not-yours"
            await ana.ask("answer", input=question["id"], value="zoë")
            await ana.ended(run)
            assert ana.text(0) == "Name? zoë\nZOË\n"
            assert (await ana.ask("answer", input=99, value="x"))["code"] == "no-input"
            [secret] = await ana.run(1)
            await ana.client.until(lambda: ana.fact("input"))
        await bo.client.until(lambda: (bo.fact("input") or {}).get("password"))
        question = bo.fact("input")
        await bo.ask("answer", input=question["id"], value="s3cret-word")
        await bo.ended(secret)
        assert bo.outputs(1)[-1]["data"]["text/plain"] == "11"
        await bo.client.until(lambda: bo.fact("input") is None)
        assert "s3cret-word" not in json.dumps(bo.cell(1))
    for file in (shared.home / "data").rglob("*"):
        assert not file.is_file() or b"s3cret-word" not in file.read_bytes()
    assert not any("s3cret-word" in line for line in shared.log)


@pytest.mark.spec("RUN-19", "RUN-23", "RUN-30", "RUN-31")
async def test_outputs_arrive_with_every_browser_closed(shared: Server, notebook: Notebook) -> None:
    path = notebook(
        "from IPython.display import display\nhandle = display('first', display_id=True)",
        "import time\nfor n in range(20):\n    print(n); time.sleep(0.1)\n"
        "handle.update('second')\ndisplay({'image/png': 'iVBORw0KGgo='}, raw=True)\n1 / 0",
    )
    async with running(shared, path) as ana:
        runs = await ana.run(0, 1)
        await ana.client.until(lambda: ana.text(1).startswith("0\n1\n"))
        kernel = ana.fact("kernel")["id"]
    answer = await shared.call("GET", f"/api/kernels/{kernel}")
    assert answer.body["execution_state"] == "busy"
    await shared.logged(f"Run {runs[1]} of")
    async with running(shared, path) as ana:
        await ana.ended(*runs)
        first, picture, error = ana.outputs(1)
        assert first["text"] == "".join(f"{n}\n" for n in range(20))
        assert picture["data"] == {"image/png": "iVBORw0KGgo="}
        assert error["ename"] == "ZeroDivisionError"
        assert ana.outputs(0)[0]["data"]["text/plain"] == "'second'"
        again = await ana.run_to_end(0)
        assert again[0]["count"] == 3, "it is the same kernel"


@pytest.mark.spec("RUN-26", "RUN-22")
async def test_pager_and_next_input(shared: Server, notebook: Notebook) -> None:
    (shared.root / "load_me.py").write_text("loaded = True\n")
    path = notebook("len?", "get_ipython().set_next_input('y = 2')", "%load load_me.py", "", "'z'")
    async with running(shared, path) as ana:
        runs = await ana.run_to_end(0, 1, 2, 3, 4)
        assert {run["state"] for run in runs} == {"finished"}, runs
        assert "Return the number of items" in ana.outputs(0)[0]["data"]["text/plain"]
        assert ana.client.sources() == [
            "len?",
            "get_ipython().set_next_input('y = 2')",
            "y = 2",
            "# %load load_me.py\nloaded = True\n",
            "",
            "'z'",
        ]


@pytest.mark.spec("RUN-33", "RUN-32")
async def test_runs_are_in_the_journal_and_in_the_audit_log(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("print('audited')")
    async with running(shared, path, BO) as bo:
        [run] = await bo.run_to_end(0)
    answer = await shared.call("GET", "/tandem/api/audit?limit=1000")
    [entry] = [
        e for e in answer.body["entries"] if e["kind"] == "cell.run" and e["actor"] == "user:bo"
    ][-1:]
    details: dict[str, Any] = entry["details"]
    assert details["state"] == "finished"
    assert details["source"] == run["source_hash"]
    assert details["started"] == run["started_at"]
    assert 0 <= details["seconds"] < 60


@pytest.mark.spec("RUN-34", "RUN-15")
async def test_without_the_right_to_execute_nothing_runs(
    shared: Server, notebook: Notebook
) -> None:
    path = notebook("import time; time.sleep(1.5)", "print('never')")
    async with running(shared, path, "kim-token") as kim:
        runs = await kim.run(0, 1)
        await kim.client.until(lambda: kim.state(runs[0]) == "running")
        shared.deny("kim", "execute.kernels")
        ended = await kim.ended(*runs)
        assert [run["state"] for run in ended] == ["finished", "cancelled"]
        assert (await kim.ask("interrupt"))["code"] == "denied"
        assert (await kim.ask("run", cells=kim.wishes((1,))))["code"] == "denied"
        assert kim.text(1) == ""


@pytest.mark.spec("RUN-35", "RUN-34")
async def test_the_stock_front_ends_way(shared: Server, notebook: Notebook) -> None:
    path = notebook("print('stock')", "input('?')")
    session = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
    kernel = (await shared.call("POST", "/api/sessions", session)).body["kernel"]["id"]
    url = f"/api/kernels/{kernel}/execute"
    async with editing(shared, path) as stock:
        room, _ = await shared.room(path)
        body = {"document_id": room, "cell_id": "c0"}
        answer = await shared.call("POST", url, body)
        assert answer.status == 202
        await stock.until(lambda: stock.cells[0]["execution_count"] == 1)
        assert stock.cells[0]["outputs"].to_py()[0]["text"] == "stock\n"
        await shared.call("POST", url, {**body, "cell_id": "c1"})
        await stock.until(lambda: stock.cells[1]["execution_count"] == 2)
        assert stock.cells[1]["outputs"].to_py()[0]["ename"] == "StdinNotImplementedError"
    assert (await shared.call("POST", url, {**body, "cell_id": "c9"})).status == 404
    assert (await shared.call("POST", "/api/kernels/no-such/execute", body)).status == 404
    assert (await shared.call("POST", url, {**body, "document_id": "nonsense"})).status == 404
    shared.deny("lee", "execute.kernels")
    assert (await shared.call("POST", url, body, "lee-token")).status == 403
