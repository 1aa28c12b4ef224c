"""Desks, with a kernel that does what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pycrdt import Array, Doc

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.engine.execution import ledger, start
from jupyter_tandem.errors import StoreUnavailable
from jupyter_tandem.protocol.reason import DIED
from jupyter_tandem.testing.memory_files import MemoryFiles
from tests.unit.engine.execution.bench import FakeKernel, FakeKernels, House, Person, put_notebook


@pytest.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for module in (ledger, start):
        monkeypatch.setattr(module, "RETRY_S", 0.01)
    files = MemoryFiles()
    put_notebook(files, "a.ipynb", "1", "2", "3")
    put_notebook(files, "b.ipynb", "b")
    house = House(MemoryDisk(), files, FakeKernels())
    yield house
    await house.stop()


def cells_of(person: Person) -> list[Any]:
    """The cells as they are shared, with their execution states."""
    doc: Doc[Any] = Doc()
    doc.apply_update(person.live.room.document.encode())
    return list(doc.get("cells", type=Array))


@pytest.mark.spec("RUN-8")
async def test_two_documents_on_one_kernel_take_turns(house: House) -> None:
    house.kernels.by_path = {"a.ipynb": "k", "b.ipynb": "k"}
    ana, bo = await house.enter("a.ipynb"), await house.enter("b.ipynb", "bo")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    await bo.run("c0")
    await ana.run("c1")
    for count, source in enumerate(["1", "b", "2"], 1):
        await house.kernels.until_asked(count)
        assert [code for _, code, _ in house.kernels.asked][-1] == source
        assert len(house.kernels.asked) == count
        message = house.kernels.asked[-1][2]
        for kernel in house.kernels.connected["k"]:
            kernel.end(message)
    await ana.until(lambda: ana.states() == ["finished"] * 2)
    await bo.until(lambda: bo.states() == ["finished"])


@pytest.mark.spec("RUN-24")
async def test_a_quick_cell_is_written_once_and_a_slower_one_says_that_it_runs(
    house: House,
) -> None:
    async def written() -> int:
        entries = await house.store.journal.history(ana.live.document_id)
        return sum(entry.cause == "run" for entry in entries)

    ana = await house.enter("a.ipynb")
    house.kernels.oblige = True
    await ana.run("c0")
    await ana.until(lambda: ana.states() == ["finished"])
    before = await written()
    await ana.run("c0")
    await ana.until(lambda: ana.states() == ["finished"] * 2)
    assert await written() == before + 1
    house.kernels.oblige = False
    await ana.run("c1")
    await ana.until(lambda: cells_of(ana)[1].get("execution_state") == "running")
    await house.kernels.end(3)
    await ana.until(lambda: ana.states() == ["finished"] * 3)
    assert cells_of(ana)[1]["execution_state"] == "idle"


async def test_the_kernel_is_asked_before_others_are_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.enter("a.ipynb")
    told: list[str] = []
    execute = FakeKernel.execute

    def asked(kernel: FakeKernel, *args: Any, **options: Any) -> None:
        told.append(ana.told_of(2))
        execute(kernel, *args, **options)

    house.kernels.oblige = True
    await ana.run("c0")
    await ana.until(lambda: ana.states() == ["finished"])
    monkeypatch.setattr(FakeKernel, "execute", asked)
    await ana.run("c1")
    await ana.until(lambda: ana.states() == ["finished"] * 2)
    assert told == [""]


@pytest.mark.spec("RUN-6", "RUN-9")
async def test_nothing_is_accepted_or_started_that_is_not_durable(house: House) -> None:
    ana = await house.enter("a.ipynb")
    with house.store.faults.failing("write_runs", StoreUnavailable("The disk is full.")):
        answer = await ana.run("c0")
        assert (answer["status"], answer["code"]) == ("refused", "unavailable")
        assert "The disk is full." in answer["message"]
    # The wish is durable; that it starts is not.
    house.store.faults.fail("write_runs", nth=2)
    house.store.faults.fail("write_runs", nth=3)
    await ana.run("c0")
    await house.kernels.until_asked(1)
    assert house.store.faults.calls["write_runs"] >= 5
    stored = await house.store.runs.load(ana.live.document_id)
    assert [run.state.value for run in stored] == ["running"]
    assert stored[0].message == house.kernels.asked[0][2]


async def run_through(house: House, person: Person, cell: str) -> int:
    """Run a cell that prints nothing; the run."""
    answer = await person.run(cell)
    run = int(answer["runs"][0])
    await house.kernels.until_asked(len(person.runs))
    message = house.kernels.asked[-1][2]
    for kernel in house.kernels.connected["kernel of a.ipynb"]:
        kernel.end(message)
    await person.until(lambda: person.runs[run]["state"] == "finished")
    return run


@pytest.mark.spec("RUN-6", "RUN-9")
async def test_what_starts_at_once_is_accepted_and_started_in_one_write(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await run_through(house, ana, "c0")
    before = house.store.faults.calls["write_runs"]
    answer = await ana.run("c1", "c2")
    assert house.store.faults.calls["write_runs"] == before + 1
    assert [code for _, code, _ in house.kernels.asked] == ["1", "2"]
    assert [ana.runs[run]["state"] for run in answer["runs"]] == ["running", "queued"]
    stored = await house.store.runs.load(ana.live.document_id)
    assert [run.state.value for run in stored] == ["finished", "running", "queued"]
    assert stored[1].message == house.kernels.asked[1][2]


@pytest.mark.spec("RUN-6", "RUN-9")
async def test_what_cannot_be_accepted_leaves_the_kernel_free(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await run_through(house, ana, "c0")
    with house.store.faults.failing("write_runs", StoreUnavailable("The disk is full.")):
        assert (await ana.run("c1"))["code"] == "unavailable"
    assert len(house.kernels.asked) == 1
    await run_through(house, ana, "c1")


@pytest.mark.spec("RUN-9")
async def test_nobody_is_told_of_an_end_that_is_not_durable(house: House) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("a.ipynb", "bo")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    message = house.kernels.asked[0][2]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    with house.store.faults.held("append"):
        kernel.say("stream", message, name="stdout", text="all of it\n")
        kernel.end(message)
        # The queue goes on taking commands, and answers come after what was told before them.
        assert (await bo.run("c1"))["status"] == "accepted"
        assert ana.runs[1]["state"] == bo.runs[1]["state"] == "running"
        assert not house.recorded
    await ana.until(lambda: ana.runs[1]["state"] == "finished")
    assert [run.id for run in house.recorded] == [1]
    stored = await house.store.runs.load(ana.live.document_id)
    assert stored[0].state.value == "finished"
    replay = await house.store.journal.replay(ana.live.document_id)
    assert replay is not None
    assert any(b"all of it" in entry.update for entry in replay.tail)


@pytest.mark.spec("RUN-9", "RUN-11")
async def test_nobody_is_told_that_a_run_is_cancelled_before_that_is_durable(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    with house.store.faults.failing("write_runs"):
        number = ana.ask("cancel", runs=[2])
        await ana.answer(number)
        assert ana.runs[2]["state"] == "queued"
        late = await house.enter("a.ipynb", "late")
        await late.until(lambda: 1 in late.runs)
        assert 2 not in late.runs or late.runs[2]["state"] == "queued"
    await ana.until(lambda: ana.runs[2]["state"] == "cancelled")


@pytest.mark.spec("RUN-16", "RUN-33")
async def test_a_server_that_stops_tells_what_becomes_of_runs(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    kernel.say("stream", house.kernels.asked[0][2], name="stdout", text="begun")
    await house.hall.close()
    assert ana.states() == ["interrupted", "held"]
    assert [run.state.value for run in house.recorded] == ["interrupted"]
    stored = await house.store.runs.load(ana.live.document_id)
    assert [run.state.value for run in stored] == ["interrupted", "held"]
    cell = ana.live.room.document.content()["cells"][0]
    assert cell["outputs"][0]["text"] == "begun"


@pytest.mark.spec("RUN-18")
@pytest.mark.parametrize("ended", ["while it is here", "while the server was away"])
async def test_a_kernel_that_survived(house: House, ended: str) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    _, _, message = house.kernels.asked[0]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    kernel.say("stream", message, name="stdout", text="before\n")
    await ana.until(lambda: ana.live.room.document.content()["cells"][0]["outputs"])
    await ana.live.durable(ana.live.sequence)
    house.rooms.abandon()
    house.store.disk.holder = None
    after = House(house.store.disk, house.files, house.kernels)
    bo = await after.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["running", "held"])
    assert house.kernels.identities[0] == house.kernels.identities[1] == message.rpartition("_")[0]
    again = house.kernels.connected["kernel of a.ipynb"][1]
    if ended == "while it is here":
        again.say("stream", message, name="stdout", text="after\n")
        again.end(message)
        await bo.until(lambda: bo.states() == ["finished", "held"])
        text = bo.live.room.document.content()["cells"][0]["outputs"][0]["text"]
        assert text == "before\nafter\n"
    else:
        house.kernels.over.set()
        await bo.until(lambda: bo.states() == ["interrupted", "held"])
        assert bo.runs[1]["reason"].startswith("It ended while the server was away")
    assert len(house.kernels.asked) == 1, "nothing is run by itself"
    await after.stop()


@pytest.mark.spec("RUN-18", "RUN-8")
async def test_a_run_that_survived_its_server_has_the_kernels_turn(house: House) -> None:
    house.kernels.by_path = {"a.ipynb": "k", "b.ipynb": "k"}
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    house.rooms.abandon()
    house.store.disk.holder = None
    after = House(house.store.disk, house.files, house.kernels)
    ana, bo = await after.enter("a.ipynb"), await after.enter("b.ipynb", "bo")
    await ana.until(lambda: ana.states() == ["running"])
    await bo.run("c0")
    await bo.until(lambda: bo.kernel_states()[-1:] == ["idle"])
    assert bo.states() == ["queued"]
    assert len(house.kernels.asked) == 1
    for kernel in house.kernels.connected["k"]:
        kernel.end(house.kernels.asked[0][2])
    await house.kernels.end(2)
    await bo.until(lambda: bo.states() == ["finished"])
    assert ana.states() == ["finished"]
    await after.stop()


@pytest.mark.spec("RUN-36")
async def test_an_output_widget_gets_what_a_run_prints_in_it(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    message = house.kernels.asked[0][2]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    for entered, text in ((message, "inside\n"), ("", "outside\n")):
        data = {"method": "update", "state": {"msg_id": entered}}
        kernel.say("comm_msg", message, comm_id="w", data=data)
        kernel.say("stream", message, name="stdout", text=text)
    kernel.end(message)
    await ana.until(lambda: ana.states() == ["finished"])
    [output] = ana.live.room.document.content()["cells"][0]["outputs"]
    assert output["text"] == "outside\n"
    inside = {"output_type": "stream", "name": "stdout", "text": "inside\n"}
    state = {"outputs": [inside]}
    assert house.kernels.comms == [("w", {"method": "update", "state": state, "buffer_paths": []})]


@pytest.mark.spec("RUN-31")
async def test_a_kernel_that_answers_something_beside_a_cell_is_busy(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    message = house.kernels.asked[0][2]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    kernel.say("status", message, execution_state="busy")
    for state in ("busy", "idle"):
        kernel.say("status", "somebody's", execution_state=state)
    await ana.until(lambda: ana.kernel_states()[-1:] == ["busy"])
    kernel.end(message)
    await ana.until(lambda: ana.kernel_states()[-1:] == ["idle"])


@pytest.mark.spec("RUN-14")
async def test_a_kernel_that_is_lost_takes_everything_that_waits_along(house: House) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("a.ipynb", "bo")
    await ana.run("c0", "c1")
    await bo.run("c2")
    await house.kernels.until_asked(1)
    house.kernels.connected["kernel of a.ipynb"][0].listener.lost(DIED)
    await ana.until(lambda: ana.states() == ["interrupted", "cancelled", "cancelled"])
    await ana.run("c2")
    await house.kernels.until_asked(2)
    assert len(house.kernels.connected["kernel of a.ipynb"]) == 2


@pytest.mark.spec("RUN-19")
async def test_a_room_that_is_built_anew_gets_the_outputs_that_came_meanwhile(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0")
    await house.kernels.until_asked(1)
    message = house.kernels.asked[0][2]
    kernel = house.kernels.connected["kernel of a.ipynb"][0]
    house.rooms._rebuild(ana.live.address, "a test says so")
    kernel.say("stream", message, name="stdout", text="meanwhile\n")
    kernel.end(message)
    bo = await house.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["finished"])
    await bo.until(lambda: bo.live.room.document.content()["cells"][0]["outputs"])
    cell = bo.live.room.document.content()["cells"][0]
    assert cell["outputs"][0]["text"] == "meanwhile\n"


@pytest.mark.spec("RUN-16")
async def test_cells_do_not_run_when_their_server_has_stopped(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    assert [cell["execution_state"] for cell in cells_of(ana)] == ["running", "running", "idle"]
    await house.hall.close()
    assert ana.states() == ["interrupted", "held"]
    assert [cell["execution_state"] for cell in cells_of(ana)] == ["idle", "idle", "idle"]


@pytest.mark.spec("RUN-16")
async def test_cells_that_a_killed_server_left_running_do_not_run(house: House) -> None:
    ana = await house.enter("a.ipynb")
    await ana.run("c0", "c1")
    await house.kernels.until_asked(1)
    house.rooms.abandon()
    house.store.disk.holder = None
    house.kernels.by_path.clear()
    after = House(house.store.disk, house.files, house.kernels)
    bo = await after.enter("a.ipynb", "bo")
    await bo.until(lambda: bo.states() == ["interrupted", "held"])
    states = [cell["execution_state"] for cell in cells_of(bo)]
    assert states == ["idle", "idle", "idle"]
    await after.stop()


@pytest.mark.spec("RUN-38", "RUN-33")
async def test_who_changed_a_cell_since_is_told_and_kept(house: House) -> None:
    ana, bo = await house.enter("a.ipynb"), await house.enter("a.ipynb", "bo")
    run = await run_through(house, ana, "c0")
    await ana.until(lambda: ana.runs[run]["state"] == "finished")
    for letter in "ab":
        bo.type(0, letter)
    await ana.until(lambda: ana.runs[run]["changed_by"] == ["Bo"])
    ana.type(1, "mine")
    [kept] = await house.store.runs.load(ana.live.document_id)
    assert kept.changed_by == ("Bo",)
    assert [(one.id, one.changed_by) for one in house.recorded] == [(run, ())]
