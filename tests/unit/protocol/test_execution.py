"""The bodies of run commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_tandem.errors import LimitExceeded, MalformedFrame
from jupyter_tandem.protocol import execution as x
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.lib0 import write_var_bytes
from jupyter_tandem.protocol.limits import Limits


@pytest.mark.spec("WIRE-8")
@pytest.mark.parametrize(
    ("body", "command"),
    [
        (
            {"number": 1, "type": "run", "key": "k", "cells": [{"id": "a", "source_hash": "h"}]},
            x.RunCells(1, "k", (x.CellWish("a", "h"),)),
        ),
        (
            {"number": 2.0, "type": "restart", "timing": True, "cells": [{"id": "a"}]},
            x.RunCells(2, "", (x.CellWish("a", ""),), timing=True, restart=True),
        ),
        ({"number": 3, "type": "cancel", "runs": [7.0, 8]}, x.CancelRuns(3, (7, 8))),
        ({"number": 4, "type": "interrupt", "unknown": 1}, x.Interrupt(4)),
        ({"number": 5, "type": "answer", "input": 2, "value": "v"}, x.AnswerInput(5, 2, "v")),
    ],
    ids=["run", "restart", "cancel", "interrupt", "answer"],
)
def test_commands(body: dict[str, Any], command: x.Command) -> None:
    assert x.parse_command(body) == command


@pytest.mark.spec("RUN-70")
def test_half_a_character_is_none() -> None:
    answer = b'{"number": 5, "type": "answer", "input": 2, "value": "a\\ud83d\\ud83d\\ude00"}'
    message = f.decode_client(b"\x54\x08" + write_var_bytes(answer), Limits())
    assert isinstance(message, f.RunCommand)
    taken = x.parse_command(message.body)
    assert taken == x.AnswerInput(5, 2, "a\ufffd\U0001f600")
    wish = {"id": "c\udc00", "source_hash": "h\ud800"}
    run = x.parse_command({"number": 1, "type": "run", "key": "\ud83d", "cells": [wish]})
    assert run == x.RunCells(1, "\ufffd", (x.CellWish("c\ufffd", "h\ufffd"),))


@pytest.mark.spec("WIRE-3")
@pytest.mark.parametrize(
    "body",
    [
        {"type": "interrupt"},
        {"number": True, "type": "interrupt"},
        {"number": -1, "type": "interrupt"},
        {"number": 1.5, "type": "interrupt"},
        {"number": 1, "type": "shutdown"},
        {"number": 1, "type": "run", "cells": []},
        {"number": 1, "type": "run", "cells": {}},
        {"number": 1, "type": "run", "cells": ["a"]},
        {"number": 1, "type": "run", "cells": [{"id": ""}]},
        {"number": 1, "type": "run", "cells": [{"id": 7}]},
        {"number": 1, "type": "cancel", "runs": ["7"]},
        {"number": 1, "type": "answer", "input": 1, "value": 42},
    ],
)
def test_what_is_no_command(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedFrame):
        x.parse_command(body)
    with pytest.raises(MalformedFrame):
        f.decode_client(f.encode(f.RunCommand(body)), Limits())


@pytest.mark.spec("WIRE-2")
def test_a_command_is_bounded() -> None:
    with pytest.raises(LimitExceeded, match="10000 cells or runs"):
        x.parse_command({"number": 1, "type": "cancel", "runs": [1] * 10_001})
    with pytest.raises(LimitExceeded, match="257 characters"):
        x.parse_command({"number": 1, "type": "run", "cells": [{"id": "x" * 257}]})
    long = f.encode(f.RunCommand({"number": 1, "type": "answer", "value": "x" * f.COMMAND_BYTES}))
    with pytest.raises(LimitExceeded, match="run command"):
        f.decode_client(long, Limits())


@pytest.mark.spec("RUN-29")
def test_an_answer_is_not_shown_in_logs() -> None:
    assert "secret" not in repr(x.AnswerInput(1, 2, "secret"))
    assert "secret" not in repr(f.RunCommand({"value": "secret"}))


@pytest.mark.spec("HUBRUN-1")
@pytest.mark.parametrize(
    "command",
    [
        x.RunCells(1, "k", (x.CellWish("a", "h"), x.CellWish("b", "")), timing=True),
        x.RunCells(1, "", (), restart=True),
        x.CancelRuns(1, (7, 8)),
        x.Interrupt(1),
        x.AnswerInput(1, 2, "v"),
    ],
)
def test_a_command_that_is_passed_on_is_the_same_under_another_number(command: x.Command) -> None:
    passed_on = x.parse_command(x.command_body(command, 9))
    assert passed_on == replace(command, number=9)
