"""What kernel messages make of a cell in a shared notebook."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Array, Doc, Map

from jupyter_tandem.core.document import Document, seed
from jupyter_tandem.core.document.cell import new_cell
from jupyter_tandem.core.document.run_cells import RunCells
from jupyter_tandem.core.execution.outputs import MASK, CellOutputs
from jupyter_tandem.core.execution.overflow import TAIL_CHARACTERS
from jupyter_tandem.core.notebook_form import normalise_cell
from jupyter_tandem.types import DocumentKind

NOTEBOOK = DocumentKind("json", "notebook")


def code(cell_id: str, source: str = "x", **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": cell_id, "metadata": {}, "source": source}
    return cell | {"outputs": [], "execution_count": None} | more


class Bench:
    """A shared notebook, a cell that runs in it, and a peer who watches."""

    def __init__(self, *cells: dict[str, Any], limit: int = 1_000_000) -> None:
        content = {"cells": list(cells or (code("a"), code("b"))), "metadata": {}}
        content |= {"nbformat": 4, "nbformat_minor": 5}
        self.document = Document(NOTEBOOK, 1)
        self.document.load([seed(NOTEBOOK, content, 2)])
        self.peer: Doc[Any] = Doc()
        self.peer.apply_update(self.document.encode())
        self.outputs = CellOutputs(limit)
        self.written_bytes = 0
        self.change(lambda cells: cells.begin("a"))

    def change(self, write: Any) -> None:
        update = self.document.write_cells(write)
        if update is not None:
            self.written_bytes += len(update)
            self.peer.apply_update(update)

    def edit(self, write: Any) -> None:
        """Somebody else changes the notebook."""
        other: Doc[Any] = Doc()
        other.apply_update(self.document.encode())
        before = other.get_state()
        with other.transaction():
            write(other)
        update = self.document.apply([other.get_update(before)])
        assert update is not None
        self.peer.apply_update(update)

    def say(self, kind: str, **content: Any) -> None:
        self.outputs.take(kind, content)

    def print(self, text: str, name: str = "stdout") -> None:
        self.say("stream", name=name, text=text)

    def display(self, text: str, display_id: str = "") -> None:
        transient = {"display_id": display_id} if display_id else {}
        self.say("display_data", data={"text/plain": text}, metadata={}, transient=transient)

    def flush(self, cell: str = "a") -> None:
        self.change(lambda cells: cells.write(cell, self.outputs))

    def finish(self) -> None:
        self.outputs.finish()
        self.flush()

    def cell(self, index: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.document.content()["cells"][index]
        return found

    def shown(self, index: int = 0) -> list[str]:
        """Outputs in short."""
        return [_short(output) for output in self.cell(index)["outputs"]]


def _short(output: dict[str, Any]) -> str:
    match output["output_type"]:
        case "stream":
            return f"{output['name']}:{output['text']}"
        case "error":
            return f"error:{output['ename']}"
        case _:
            return f"{output['output_type']}:{output['data'].get('text/plain')}"


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.spec("RUN-21", "RUN-22")
def test_outputs_in_order_streams_joined(bench: Bench) -> None:
    bench.print("a\n")
    bench.print("b\n")
    bench.flush()
    bench.print("c\n")
    bench.print("oh\n", "stderr")
    bench.display("picture")
    bench.print("d\n")
    bench.say("execute_result", data={"text/plain": "7"}, metadata={}, execution_count=3)
    bench.flush()
    bench.say("error", ename="ValueError", evalue="no", traceback=["a", "b"])
    bench.flush()
    assert bench.shown() == [
        "stdout:a\nb\nc\n",
        "stderr:oh\n",
        "display_data:picture",
        "stdout:d\n",
        "execute_result:7",
        "error:ValueError",
    ]
    assert bench.cell()["outputs"][-1]["traceback"] == ["a", "b"]
    assert bench.cell()["outputs"][-2]["execution_count"] == 3
    assert bench.document.content() == content_of(bench.peer)


def content_of(peer: Doc[Any]) -> Any:
    document = Document(NOTEBOOK, 3)
    document.load([peer.get_update()])
    return document.content()


@pytest.mark.spec("RUN-22")
@pytest.mark.parametrize("flushed", [True, False])
def test_clear_output(bench: Bench, flushed: bool) -> None:
    bench.print("old\n")
    bench.display("old")
    if flushed:
        bench.flush()
    bench.say("clear_output", wait=True)
    bench.flush()
    assert bench.shown() == ["stdout:old\n", "display_data:old"]
    bench.print("new\n")
    bench.flush()
    assert bench.shown() == ["stdout:new\n"]
    bench.say("clear_output", wait=False)
    bench.flush()
    assert bench.shown() == []
    bench.print("newer\n")
    bench.flush()
    assert bench.shown() == ["stdout:newer\n"]


@pytest.mark.spec("RUN-23")
def test_a_display_is_updated_and_what_follows_keeps_its_place(bench: Bench) -> None:
    bench.display("0 %", "bar")
    bench.print("text\n")
    bench.display("0 %", "bar")
    bench.flush()
    bench.print("more\n")
    bench.outputs.update_display("bar", {"data": {"text/plain": "50 %"}, "metadata": {}})
    bench.flush()
    expected = ["display_data:50 %", "stdout:text\n", "display_data:50 %", "stdout:more\n"]
    assert bench.shown() == expected
    assert list(bench.outputs.display_ids()) == [("bar", 0), ("bar", 2)]
    content = {"data": {"text/plain": "100 %"}, "metadata": {}, "transient": {"display_id": "bar"}}
    bench.change(lambda cells: cells.replace_display("a", 2, content))
    assert bench.shown() == [*expected[:2], "display_data:100 %", expected[3]]
    bench.change(lambda cells: cells.replace_display("a", 1, content))
    bench.change(lambda cells: cells.replace_display("a", 9, content))
    bench.change(lambda cells: cells.replace_display("gone", 0, content))
    assert bench.shown()[1] == "stdout:text\n"


@pytest.mark.spec("RUN-24")
def test_count_state_and_times() -> None:
    bench = Bench(code("a", execution_count=9, metadata={"execution": {"old": "1"}, "tags": []}))
    running = bench.peer.get("cells", type=Array)[0]
    assert running["execution_state"] == "running"
    assert bench.cell()["execution_count"] is None
    assert bench.cell()["metadata"] == {"tags": []}
    times = {"iopub.execute_input": "2026-11-21T12:00:00Z"}
    bench.change(lambda cells: cells.end("a", 4, times))
    assert bench.peer.get("cells", type=Array)[0]["execution_state"] == "idle"
    assert bench.cell()["execution_count"] == 4
    assert bench.cell()["metadata"]["execution"] == times


def move(doc: Doc[Any], index: int, to: int) -> None:
    """Move a cell as front ends do: delete it, insert a copy."""
    cells = doc.get("cells", type=Array)
    cell = normalise_cell(cells[index].to_py())
    del cells[index]
    cells.insert(to, new_cell(cell))


@pytest.mark.spec("RUN-25")
@pytest.mark.parametrize("meanwhile", ["", "meanwhile\n"])
def test_a_cell_that_is_moved_keeps_its_outputs(bench: Bench, meanwhile: str) -> None:
    bench.print("before\n")
    bench.flush()
    stale: Doc[Any] = Doc()
    stale.apply_update(bench.document.encode())
    bench.print(meanwhile)
    bench.flush()
    before = stale.get_state()
    with stale.transaction():
        move(stale, 0, 1)
    bench.document.apply([stale.get_update(before)])
    bench.print("after\n")
    bench.flush()
    assert bench.cell(1)["id"] == "a"
    assert bench.shown(1) == [f"stdout:before\n{meanwhile}after\n"]
    assert bench.shown(0) == []


@pytest.mark.spec("RUN-25")
def test_a_cell_that_is_deleted_takes_its_outputs_along(bench: Bench) -> None:
    bench.print("before\n")
    bench.flush()

    def delete(doc: Doc[Any]) -> None:
        del doc.get("cells", type=Array)[0]

    bench.edit(delete)
    bench.print("after\n")
    bench.flush()
    bench.change(lambda cells: cells.end("a", 1, None))
    assert [cell["id"] for cell in bench.document.content()["cells"]] == ["b"]
    assert bench.shown() == []


@pytest.mark.spec("RUN-25")
def test_outputs_somebody_cleared_stay_away(bench: Bench) -> None:
    bench.display("old")
    bench.print("old\n")
    bench.flush()
    bench.print("unseen\n")

    def clear(doc: Doc[Any]) -> None:
        outputs = doc.get("cells", type=Array)[0]["outputs"]
        del outputs[0 : len(outputs)]

    bench.edit(clear)
    bench.flush()
    bench.print("later\n")
    bench.display("later")
    bench.flush()
    assert bench.shown() == ["stdout:unseen\nlater\n", "display_data:later"]


@pytest.mark.spec("RUN-26")
def test_the_next_cell_is_filled_by_the_kernel(bench: Bench) -> None:
    bench.change(lambda cells: cells.insert_after("a", "new", "import antigravity"))
    bench.change(lambda cells: cells.set_source("b", "y"))
    cells = bench.document.content()["cells"]
    assert [(cell["id"], cell["source"]) for cell in cells] == [
        ("a", "x"),
        ("new", "import antigravity"),
        ("b", "y"),
    ]


@pytest.mark.spec("RUN-27", "RUN-20")
@pytest.mark.parametrize("shown_first", [False, True])
def test_much_text_keeps_its_beginning_and_its_end(shown_first: bool) -> None:
    bench = Bench(limit=10_000)
    printed = ""
    for number in range(60_000):
        line = f"line {number}\n"
        printed += line
        bench.print(line)
        if number % 1000 == 0:
            bench.flush()
    bench.say("error", ename="KeyboardInterrupt", evalue="", traceback=[])
    if shown_first:
        bench.flush()
    bench.finish()
    text, error = bench.shown()
    assert error == "error:KeyboardInterrupt"
    text = text.removeprefix("stdout:")
    left_out = len(printed) - 10_000 - TAIL_CHARACTERS
    assert 0 <= bench.outputs.left_out - left_out < 20
    head, line, tail = text[:10_000], text[10_000:-TAIL_CHARACTERS], text[-TAIL_CHARACTERS:]
    assert printed.startswith(head)
    assert printed.endswith(tail)
    assert line == f"\n… {bench.outputs.left_out:,} bytes are left out here …\n"
    assert bench.written_bytes <= 1.1 * len(text), "nothing is written twice"


@pytest.mark.spec("RUN-27")
def test_a_little_more_than_the_limit_is_kept_whole() -> None:
    bench = Bench(limit=100)
    bench.print("é" * 75)
    bench.flush()
    assert "much more" in bench.shown()[0]
    bench.print("é" * 75 + "\n")
    bench.finish()
    assert bench.shown() == ["stdout:" + "é" * 150 + "\n"]
    assert bench.outputs.left_out == 0


@pytest.mark.spec("RUN-29")
def test_an_answer_is_shown_and_a_password_is_not(bench: Bench) -> None:
    bench.print("hello\n")
    bench.outputs.answer("Name: ", "Ana", password=False)
    bench.outputs.answer("Password: ", "s3cret", password=True)
    bench.print("done\n")
    bench.finish()
    assert bench.shown() == [
        "stdout:hello\n",
        "stdin:Name: Ana\n",
        f"stdin:Password: {MASK}\n",
        "stdout:done\n",
    ]
    assert b"s3cret" not in bench.document.encode()


@pytest.mark.spec("RUN-18")
def test_outputs_go_on_where_an_earlier_server_stopped(bench: Bench) -> None:
    bench.print("before\n")
    bench.display("picture")
    bench.print("half ")
    bench.flush()
    found = bench.document.run_cells().outputs("a")
    bench.outputs = CellOutputs()
    bench.outputs.resume(found)
    bench.flush()
    bench.print("and half\n")
    bench.flush()
    assert bench.shown() == ["stdout:before\n", "display_data:picture", "stdout:half and half\n"]


@pytest.mark.spec("RUN-22")
def test_what_no_document_can_hold_is_made_holdable(bench: Bench) -> None:
    bench.print("\ud800 lone\n")
    data = {"application/json": {"a": float("nan"), "b": 2**70}}
    bench.say("display_data", data=data, metadata=None)
    bench.say("display_data", data=None)
    bench.say("error", ename=None, evalue=7, traceback="no list")
    bench.flush()
    assert bench.shown()[0] == "stdout:\ufffd lone\n"
    assert bench.cell()["outputs"][1]["data"]["application/json"]["a"] is None


def test_cells_are_found_by_id_wherever_they_are() -> None:
    bench = Bench(*(code(f"c{n}") for n in range(50)), {"cell_type": "markdown", "source": "# m"})
    cells: RunCells = bench.document.run_cells()
    found = cells.code(["c49", "c0", "nowhere"])
    assert sorted(found) == ["c0", "c49"]

    def turn(doc: Doc[Any]) -> None:
        for _ in range(5):
            move(doc, 0, 40)

    bench.edit(turn)
    assert sorted(cells.code([f"c{n}" for n in range(50)])) == sorted(f"c{n}" for n in range(50))
    assert isinstance(bench.peer.get("cells", type=Array)[0], Map)


def test_tags_and_kernel_are_read() -> None:
    cell = code("a", metadata={"tags": ["raises-exception", "other"]})
    bench = Bench(cell, code("b"))
    found = bench.document.run_cells().code(["a", "b"])
    assert (found["a"].raises, found["b"].raises) == (True, False)
    assert bench.document.run_cells().kernel_name() is None
    content = bench.document.content() | {"metadata": {"kernelspec": {"name": "julia-1.10"}}}
    bench.document.update_to(content)
    assert bench.document.run_cells().kernel_name() == "julia-1.10"
