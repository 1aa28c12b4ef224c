"""How much of what is printed is kept where it overwrites itself, and whose bound it is (RUN-27)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.execution.capture import OutputWidgets
from jupyter_tandem.core.execution.outputs import MOST_OUTPUTS, CellOutputs
from jupyter_tandem.core.execution.overflow import PENDING, TAIL_CHARACTERS
from jupyter_tandem.core.execution.stream import StreamText

pytestmark = pytest.mark.spec("RUN-27", "RUN-21")

LIMIT = 10_000


def say(outputs: CellOutputs, text: str) -> None:
    outputs.take("stream", {"name": "stderr", "text": text})


def text_of(outputs: CellOutputs) -> str:
    [stream] = outputs.whole()
    return str(stream["text"])


def bar(number: int) -> str:
    return f"{number:6}|{'#' * 100}|"


@pytest.mark.parametrize("together", [1, 500])
@pytest.mark.parametrize("end", ["\r", "\b" * len(bar(0))], ids=["returns", "backspaces"])
def test_a_progress_bar_counts_as_its_last_state(end: str, together: int) -> None:
    outputs = CellOutputs(LIMIT)
    for first in range(0, 2_000, together):
        bars = (bar(number) + end for number in range(first, first + together))
        say(outputs, "".join(bars))
        last = first + together - 1
        # A backspace takes away what it goes back over, as in JupyterLab.
        assert text_of(outputs) == (bar(last) if end == "\r" else "")
    say(outputs, "done\n")
    outputs.finish()
    assert PENDING not in text_of(outputs)
    assert outputs.left_out == 0


def test_many_bars_that_stay_are_too_much() -> None:
    outputs = CellOutputs(LIMIT)
    printed = [f"{bar(n)}\r{bar(n + 1)}\n" for n in range(2_000)]
    say(outputs, "".join(printed[:1_000]))
    for line in printed[1_000:]:
        say(outputs, line)
    assert LIMIT <= len(text_of(outputs)) <= LIMIT + 2_000
    assert text_of(outputs).endswith(PENDING)
    outputs.finish()
    assert f"{outputs.left_out:,} bytes are left out" in text_of(outputs)
    assert text_of(outputs).endswith(f"\n{bar(2_000)}\n")
    assert PENDING not in text_of(outputs)
    assert len(text_of(outputs)) < LIMIT + 2_000 + TAIL_CHARACTERS


def test_what_was_held_back_goes_on_where_the_cursor_was() -> None:
    outputs = CellOutputs(LIMIT)
    say(outputs, "x" * (LIMIT - 1_000) + "\n")
    say(outputs, "." * 998 + "\r")
    # One byte is left, and this letter has two.
    say(outputs, "één")
    assert text_of(outputs).endswith("." * 998 + PENDING)
    outputs.edits()
    say(outputs, "two")
    outputs.finish()
    assert text_of(outputs).endswith("\nééntwo" + "." * 992)


def test_taking_back_after_somebody_has_cleared_leaves_the_rest() -> None:
    outputs = CellOutputs(LIMIT)
    say(outputs, "x" * (LIMIT + 5))
    outputs.edits()
    outputs.forget_shown()
    say(outputs, "y")
    outputs.finish()
    assert text_of(outputs) == "xxxxxy"


def run_inside(widgets: OutputWidgets, run: str, text: str) -> str:
    """A cell that prints ``text`` inside the widget; what the widget shows before the cell has ended."""

    update_of(widgets, msg_id=run)
    assert widgets.take(run, "stream", {"name": "stdout", "text": text})
    update_of(widgets, msg_id="")
    return shown(widgets)


def update_of(widgets: OutputWidgets, **state: Any) -> None:
    content = {"comm_id": "w", "data": {"method": "update", "state": state}}
    widgets.heard("comm_msg", content, own=True)


def shown(widgets: OutputWidgets) -> str:
    outputs = widgets.changes()["w"]["outputs"]
    return "".join(str(stream["text"]) for stream in outputs)


@pytest.mark.spec("RUN-36")
def test_a_widget_keeps_as_much_of_every_run() -> None:
    widgets = OutputWidgets(LIMIT)
    expected = ""
    for number in range(12):
        text = f"cell {number}: {'x' * 1_000}\n"
        expected += text
        assert run_inside(widgets, f"m{number}", text) == expected
        widgets.finish()
    assert widgets.changes() == {}, "nothing was held back"


@pytest.mark.spec("RUN-36")
def test_a_widget_shows_the_end_when_the_run_has_ended() -> None:
    widgets = OutputWidgets(LIMIT)
    assert run_inside(widgets, "m1", "x" * LIMIT + "the end\n").endswith(PENDING)
    widgets.finish()
    assert shown(widgets) == "x" * LIMIT + "the end\n"
    widgets.finish()
    assert widgets.changes() == {}
    assert run_inside(widgets, "m2", "next\n").endswith("x" + "the end\nnext\n")


IN_ALL = 2 * (LIMIT + TAIL_CHARACTERS)


def left_out_in(text: str) -> int:
    [count] = re.findall(r"^… ([\d,]+) bytes are left out here …\n", text)
    return int(count.replace(",", ""))


@pytest.mark.spec("RUN-73")
@pytest.mark.parametrize("end", ["\n", ""], ids=["lines", "one line"])
def test_a_widget_holds_the_newest_of_many_runs(end: str) -> None:
    widgets = OutputWidgets(LIMIT)
    printed = ""
    for number in range(40):
        text = "".join(f"cell {number:2} é {line:3}{end}" for line in range(500))
        printed += text
        found = run_inside(widgets, f"m{number}", text)
        widgets.finish()
    note, rest = found[: found.index("\n") + 1], found[found.index("\n") + 1 :]
    assert printed.endswith(rest)
    assert left_out_in(note) == len(printed.encode()) - len(rest.encode())
    assert IN_ALL - 1_000 < len(rest.encode()) <= IN_ALL
    assert not end or rest.startswith("cell ")
    # It is no part of what is printed.
    assert "left out" not in rest
    update_of(widgets, msg_id="m")
    widgets.take("m", "clear_output", {})
    widgets.take("m", "stream", {"name": "stdout", "text": "anew"})
    assert shown(widgets) == "anew"


@pytest.mark.spec("RUN-73")
def test_a_widget_holds_the_newest_displays() -> None:
    widgets = OutputWidgets(LIMIT)
    update_of(widgets, msg_id="m")
    for number in range(100):
        widgets.take("m", "stream", {"name": "stdout", "text": f"figure {number}\n"})
        figure = {"data": {"image/png": "x" * 10_000, "text/plain": str(number)}, "metadata": {}}
        widgets.take("m", "display_data", figure)
        outputs = widgets.changes()["w"]["outputs"]
        assert sum(len(str(output)) for output in outputs) < IN_ALL + 2_000
        assert outputs[-1]["data"]["text/plain"] == str(number)
    assert left_out_in(outputs[0]["text"]) > 80 * 10_000
    huge = {"data": {"image/png": "x" * 2 * IN_ALL}, "metadata": {}}
    widgets.take("m", "display_data", huge)
    assert len(widgets.changes()["w"]["outputs"]) == 2
    widgets.take("m", "stream", {"name": "stdout", "text": "after it"})
    assert widgets.changes()["w"]["outputs"][-1]["text"] == "after it"


@pytest.mark.spec("RUN-73")
def test_a_widget_takes_displays_however_many_there_were() -> None:
    widgets = OutputWidgets(LIMIT * 1_000)
    update_of(widgets, msg_id="m")
    for number in range(3 * MOST_OUTPUTS):
        widgets.take("m", "display_data", {"data": {"text/plain": str(number)}, "metadata": {}})
        if number % 1_000 == 999:
            outputs = widgets.changes()["w"]["outputs"]
            assert outputs[-1]["data"]["text/plain"] == str(number)
    assert len(outputs) == 1 + MOST_OUTPUTS // 2


@given(
    st.lists(st.text("aé😀\n\r\b", max_size=12), max_size=12),
    st.integers(0, 12),
    st.integers(1, 40),
)
def test_the_size_is_that_of_the_text(printed: list[str], cleared_after: int, dropped: int) -> None:
    stream = StreamText()
    for number, text in enumerate(printed):
        stream.feed(text)
        if number == cleared_after + 1:
            before = stream.text
            gone = stream.drop_first(dropped)
            assert before.endswith(stream.text)
            assert gone == len(before.encode()) - len(stream.text.encode())
            assert gone >= min(dropped, len(before.encode()))
        if number == cleared_after:
            stream.edit()
            stream.forget_shown()
        assert stream.size_bytes == len(stream.text.encode())
    stream.put_at_end(PENDING)
    assert stream.size_bytes == len(stream.text.encode())
    stream.take_back(len(PENDING))
    assert stream.size_bytes == len(stream.text.encode())
