"""HUBRUN-7, HUBRUN-8: what the Hub's answers about servers mean."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_tandem.adapters.hub.servers import HubServers
from jupyter_tandem.ports.hub_servers import ServerState


class FakeHub:
    """Answers every question alike."""

    def __init__(self, code: int, model: Any = None) -> None:
        self.answer = (code, model)
        self.asked: list[tuple[str, str]] = []

    async def ask_as_service(
        self, method: str, path: str, timeout_s: float = 1.0
    ) -> tuple[int, Any]:
        self.asked.append((method, path))
        return self.answer


def servers(code: int, model: Any = None) -> tuple[HubServers, FakeHub]:
    hub = FakeHub(code, model)
    return HubServers(hub), hub  # type: ignore[arg-type]  # all that is asked


@pytest.mark.spec("HUBRUN-7")
@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        (["start:servers", "read:servers", "list:users"], True),
        (["start:servers!group=team", "read:servers!group=team"], True),
        (["servers"], True),
        (["admin:servers"], True),
        (["start:servers"], False),
        (["read:servers"], False),
        (["list:users", "custom:start:servers"], False),
        ([], False),
        (None, False),
    ],
)
async def test_the_right_is_the_switch(scopes: list[str] | None, may: bool) -> None:
    asking, hub = servers(200, {"kind": "service", "scopes": scopes})
    assert await asking.may_start() is may
    assert await asking.may_start() is may
    assert hub.asked == [("GET", "/user")]


@pytest.mark.spec("HUBRUN-7")
async def test_a_token_that_the_hub_does_not_know_starts_nothing() -> None:
    asking, _ = servers(403)
    assert not await asking.may_start()


@pytest.mark.spec("HUBRUN-8")
@pytest.mark.parametrize(
    ("model", "state"),
    [
        ({"servers": {}}, ServerState.STOPPED),
        ({"servers": {"gpu": {"ready": True}}}, ServerState.STOPPED),
        ({"servers": {"": {"ready": False, "pending": "spawn"}}}, ServerState.BETWEEN),
        ({"servers": {"": {"ready": True, "pending": "stop"}}}, ServerState.BETWEEN),
        ({"servers": {"": {"ready": True, "pending": None}}}, ServerState.RUNNING),
        ({"servers": {"": {"ready": False, "pending": None}}}, ServerState.STOPPED),
        ({"servers": {"": {"stopped": True, "ready": False}}}, ServerState.STOPPED),
        ({"name": "alice"}, None),
        ([], None),
    ],
)
async def test_how_a_server_stands(model: Any, state: ServerState | None) -> None:
    asking, hub = servers(200, model)
    assert await asking.state("a/b") is state
    assert hub.asked == [("GET", "/users/a%2Fb")]


@pytest.mark.spec("HUBRUN-8")
@pytest.mark.parametrize(
    ("code", "let"), [(201, True), (202, True), (400, True), (403, False), (404, False)]
)
async def test_who_may_not_ask_is_told_so(code: int, let: bool) -> None:
    asking, hub = servers(code)
    assert await asking.start("alice") is let
    assert hub.asked == [("POST", "/users/alice/server")]
