"""Commands to the kernel, as a room takes them."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_tandem.core import effects as fx
from jupyter_tandem.core import inputs
from jupyter_tandem.core.execution.answer import accepted
from jupyter_tandem.protocol import frames as f
from jupyter_tandem.protocol.execution import Interrupt
from jupyter_tandem.types import Rights, Role
from tests.unit.core.room_bench import Bench, Peer

INTERRUPT = f.RunCommand({"type": "interrupt", "number": 4})


def runner(bench: Bench, name: str = "ana", role: Role = Role.EDITOR) -> Peer:
    """Somebody who may run code."""
    peer = bench.join(name, role)
    bench.handle(inputs.RightsChanged(peer.session, Rights.of(role, may_run=True), ""))
    return peer


@pytest.mark.spec("RUN-1")
def test_a_command_comes_after_its_senders_edits_of_the_same_turn() -> None:
    bench = Bench(content="")
    ana, bo = runner(bench), bench.join("bo")
    before = bo.edit("theirs ")
    update = ana.edit("mine ")
    bo.send(f.Update(before))
    effects = ana.send(f.Update(update), INTERRUPT)
    kinds = [type(effect) for effect in effects if not isinstance(effect, fx.Fanout)]
    assert kinds == [fx.Append, fx.Commanded]
    assert "mine" in bench.text()


@pytest.mark.spec("RUN-32")
def test_a_command_is_that_of_the_authenticated_person() -> None:
    bench = Bench()
    ana = runner(bench)
    [commanded] = ana.send(INTERRUPT)
    assert isinstance(commanded, fx.Commanded)
    assert (commanded.user.username, commanded.command) == ("ana", Interrupt(4))
    bench.handle(inputs.RunAnswered(ana.session, accepted(4).body))
    assert ana.got(f.RunAnswer)[-1].body["status"] == "accepted"


@pytest.mark.spec("RUN-34")
@pytest.mark.parametrize("role", list(Role))
def test_without_the_right_to_run_a_command_is_refused(role: Role) -> None:
    bench = Bench()
    eve = bench.join("eve", role)
    effects = eve.send(INTERRUPT)
    assert not [effect for effect in effects if isinstance(effect, fx.Commanded)]
    assert eve.got(f.RunAnswer)[-1].body["code"] == "denied"
    assert eve.closed is None


@pytest.mark.spec("RUN-34")
def test_somebody_who_may_only_look_may_still_run() -> None:
    bench = Bench()
    [commanded] = runner(bench, "tia", Role.VIEWER).send(INTERRUPT)
    assert isinstance(commanded, fx.Commanded)


@pytest.mark.spec("WIRE-4", "RUN-34")
def test_a_stock_client_has_no_commands() -> None:
    bench = Bench()
    stock = bench.join("sam", dialect=inputs.Dialect.STOCK)
    bench.handle(inputs.RightsChanged(stock.session, Rights.of(Role.EDITOR, may_run=True), ""))
    stock.send(INTERRUPT)
    assert stock.closed is not None
    assert stock.closed[0] == 4400


def _run(number: int, state: str) -> dict[str, Any]:
    return {"id": number, "cell": "c", "state": state}


@pytest.mark.spec("RUN-28", "WIRE-4")
def test_news_go_to_everybody_and_a_newcomer_gets_the_whole() -> None:
    bench = Bench()
    ana, stock = bench.join("ana"), bench.join("sam", dialect=inputs.Dialect.STOCK)
    kernel = {"id": "k", "name": "python3", "state": "busy", "reason": ""}
    bench.handle(inputs.Posted({"kernel": kernel, "runs": [_run(1, "queued"), _run(2, "queued")]}))
    bench.handle(inputs.Posted({"runs": [_run(1, "running")]}))
    bench.handle(inputs.Posted({"input": {"id": 1}, "runs": []}, forgotten=(2,)))
    assert [news.body.get("input", "-") for news in ana.got(f.Execution)] == [
        None,
        "-",
        "-",
        {"id": 1},
    ]
    bo = bench.join("bo")
    assert bo.got(f.Execution)[0].body == {
        "full": True,
        "kernel": kernel,
        "input": {"id": 1},
        "runs": [_run(1, "running")],
    }
    assert stock.got(f.Execution) == []
