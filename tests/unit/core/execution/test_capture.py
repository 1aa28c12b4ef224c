"""Output widgets take what is printed inside them."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_tandem.core.execution.capture import OutputWidgets

pytestmark = pytest.mark.spec("RUN-36")

RUN = "a run"


def opened(widgets: OutputWidgets, comm: str, *outputs: dict[str, Any]) -> None:
    state = {"_model_name": "OutputModel", "msg_id": "", "outputs": list(outputs)}
    data = {"state": state, "buffer_paths": []}
    content = {"comm_id": comm, "target_name": "jupyter.widget", "data": data}
    widgets.heard("comm_open", content, own=True)


def update(
    widgets: OutputWidgets, comm: str, method: str = "update", *, own: bool = True, **state: Any
) -> None:
    data = {"method": method, "state": state}
    widgets.heard("comm_msg", {"comm_id": comm, "data": data}, own=own)


def says(widgets: OutputWidgets, text: str) -> bool:
    return widgets.take(RUN, "stream", {"name": "stdout", "text": text})


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


@pytest.fixture
def widgets() -> OutputWidgets:
    return OutputWidgets(1000)


def test_between_entering_and_leaving(widgets: OutputWidgets) -> None:
    opened(widgets, "w")
    assert not says(widgets, "before")
    update(widgets, "w", msg_id=RUN)
    assert says(widgets, "one\n")
    assert says(widgets, "two\n")
    assert widgets.take(RUN, "display_data", {"data": {"text/plain": "tree"}, "metadata": {}})
    assert not widgets.take("another", "stream", {"name": "stdout", "text": "no"})
    assert not widgets.take(RUN, "execute_input", {})
    update(widgets, "w", msg_id="")
    assert not says(widgets, "after")
    tree = {"output_type": "display_data", "data": {"text/plain": "tree"}, "metadata": {}}
    assert widgets.changes() == {"w": {"outputs": [stream("one\ntwo\n"), tree]}}
    assert widgets.changes() == {}


def test_the_inner_one_takes_it(widgets: OutputWidgets) -> None:
    for comm in ("outer", "inner"):
        opened(widgets, comm)
        update(widgets, comm, msg_id=RUN)
    assert says(widgets, "in")
    update(widgets, "inner", msg_id="")
    assert says(widgets, "out")
    assert widgets.changes() == {
        "outer": {"outputs": [stream("out")]},
        "inner": {"outputs": [stream("in")]},
    }


def test_it_goes_on_with_what_it_holds(widgets: OutputWidgets) -> None:
    opened(widgets, "w", stream("old\n"))
    update(widgets, "w", msg_id=RUN)
    says(widgets, "new\n")
    assert widgets.changes() == {"w": {"outputs": [stream("old\nnew\n")]}}
    # A browser has filled it meanwhile; that it holds what we said ourselves is no news.
    update(widgets, "w", "echo_update", own=False, outputs=[stream("theirs\n")])
    update(widgets, "w", "echo_update", outputs=[stream("late\n")])
    says(widgets, "ours\n")
    assert widgets.changes() == {"w": {"outputs": [stream("theirs\nours\n")]}}


def test_what_a_program_puts_into_it_counts_before_anything_is_told(
    widgets: OutputWidgets,
) -> None:
    opened(widgets, "w")
    update(widgets, "w", msg_id=RUN)
    says(widgets, "old\n")
    # Somebody has asked for its state, or has filled it before this was printed.
    whole = {"_model_name": "OutputModel", "msg_id": RUN, "outputs": []}
    update(widgets, "w", own=False, **whole)
    update(widgets, "w", "echo_update", own=False, outputs=[])
    assert widgets.changes() == {"w": {"outputs": [stream("old\n")]}}
    says(widgets, "more\n")
    update(widgets, "w", outputs=[])
    assert widgets.changes() == {}, "the kernel knows"
    says(widgets, "new\n")
    assert widgets.changes() == {"w": {"outputs": [stream("new\n")]}}


def test_it_can_be_cleared(widgets: OutputWidgets) -> None:
    opened(widgets, "w", stream("old\n"))
    update(widgets, "w", msg_id=RUN)
    assert widgets.take(RUN, "clear_output", {"wait": True})
    assert widgets.changes() == {"w": {"outputs": [stream("old\n")]}}
    says(widgets, "new\n")
    assert widgets.changes() == {"w": {"outputs": [stream("new\n")]}}


def test_one_that_was_made_before_anybody_listened(widgets: OutputWidgets) -> None:
    update(widgets, "w", value=3)
    assert widgets.changes() == {}
    update(widgets, "w", msg_id=RUN)
    assert says(widgets, "now\n")
    assert widgets.changes() == {"w": {"outputs": [stream("now\n")]}}


@pytest.mark.parametrize("end", ["closed", "another kernel"])
def test_one_that_is_gone_takes_nothing(widgets: OutputWidgets, end: str) -> None:
    opened(widgets, "w")
    update(widgets, "w", msg_id=RUN)
    says(widgets, "lost")
    if end == "closed":
        widgets.heard("comm_close", {"comm_id": "w", "data": {}}, own=False)
    else:
        widgets.clear()
    assert not says(widgets, "not taken")
    assert widgets.changes() == {}


@pytest.mark.parametrize(
    "content",
    [{}, {"comm_id": 7, "data": {}}, {"comm_id": "w", "data": None}, {"comm_id": "w", "data": {}}],
)
def test_what_makes_no_sense_changes_nothing(widgets: OutputWidgets, content: Any) -> None:
    for kind in ("comm_open", "comm_msg", "comm_close"):
        widgets.heard(kind, content, own=False)
    assert widgets.changes() == {}
    assert not says(widgets, "not taken")
