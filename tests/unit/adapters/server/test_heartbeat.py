"""HOST-16: the quiet are asked, the silent are cut."""

from __future__ import annotations

import pytest

from jupyter_tandem.adapters.server.heartbeat import DEAD_S, PERIOD_S, Heartbeat


class Peer:
    def __init__(self, heard_at: float) -> None:
        self.heard_at = heard_at
        self.told: list[str] = []

    def ask(self) -> None:
        self.told.append("ask")

    def cut(self) -> None:
        self.told.append("cut")


@pytest.mark.spec("HOST-16")
async def test_the_quiet_are_asked_and_the_silent_are_cut() -> None:
    heartbeat = Heartbeat()
    lively, quiet, silent = Peer(100.0), Peer(100.0 - PERIOD_S), Peer(100.0 - DEAD_S)
    for peer in (lively, quiet, silent):
        heartbeat.add(peer)
    heartbeat.check(100.0)
    assert (lively.told, quiet.told, silent.told) == ([], ["ask"], ["cut"])
    for peer in (lively, quiet, silent):
        heartbeat.remove(peer)


async def test_who_has_gone_is_left_alone() -> None:
    heartbeat = Heartbeat()
    peer = Peer(0.0)
    heartbeat.add(peer)
    heartbeat.remove(peer)
    heartbeat.check(1_000.0)
    assert peer.told == []
