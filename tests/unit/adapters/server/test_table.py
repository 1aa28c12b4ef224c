"""ACCESS-1: nothing is reachable without a declared right."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from tornado.web import RequestHandler

from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.adapters.server.table import Undeclared, check, routes
from jupyter_tandem.core.session import REQUIRED_ACTION
from jupyter_tandem.ports.staff import Staff
from jupyter_tandem.protocol.frames import SyncStep2, Update
from jupyter_tandem.types import Action

NOBODY: Any = None


class Forgetful(TandemRoute):
    actions: ClassVar = {"GET": Action.READ}

    async def get(self) -> None: ...

    async def post(self) -> None: ...


class Foreign(RequestHandler):
    def get(self) -> None: ...


def test_all_our_routes_and_messages_declare_a_right() -> None:
    check(routes(Staff(NOBODY, NOBODY, NOBODY, NOBODY, NOBODY), 1))


@pytest.mark.spec("ACCESS-1")
@pytest.mark.parametrize(
    ("handler", "name"), [(Forgetful, "Forgetful.post"), (Foreign, "Foreign.get")]
)
def test_a_route_without_a_right_stops_the_start(handler: type[RequestHandler], name: str) -> None:
    with pytest.raises(Undeclared, match=name):
        check([("/api/x", handler, {})])


@pytest.mark.spec("ACCESS-1", "WIRE-9")
def test_a_message_without_a_right_stops_the_start() -> None:
    with pytest.raises(Undeclared, match="Novelty"):
        check([], ["Novelty"])


@pytest.mark.spec("ACCESS-1")
def test_every_way_to_send_an_edit_needs_the_right_to_write() -> None:
    assert REQUIRED_ACTION[SyncStep2] is REQUIRED_ACTION[Update] is Action.WRITE
