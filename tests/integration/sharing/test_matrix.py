"""Every role at every route: what is expected against what happens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_tandem.types import ROLE_ACTIONS, Action, Role
from tests.integration.server.host import BO
from tests.integration.sharing.guest import Guest
from tests.integration.sharing.owner import Owner
from tests.integration.sharing.test_every_route import EverythingOn

PATH = "folder/n.ipynb"
STRANGER = None


@dataclass
class Operation:
    """One way of using one route. ``{grant}`` and ``{link}`` stand for ones made for the try."""

    method: str
    where: str
    body: Any = None
    done: int = 200
    needs: Action | None = Action.READ
    owner_only: bool = False
    query: dict[str, str] = field(default_factory=dict)

    def expected(self, role: Role | None) -> int:
        """The status for somebody with ``role`` on the document, ``None``: with nothing."""
        if self.owner_only:
            return 403
        if self.needs is None or (role is not None and self.needs in ROLE_ACTIONS[role]):
            return self.done
        return 404 if role is None else 403


MANAGE = Action.MANAGE
EVE = {"kind": "user", "name": "eve"}
OPERATIONS = [
    Operation("GET", "me", needs=None),
    Operation("GET", "me", query={"path": PATH}),
    Operation("GET", "shared", needs=None),
    Operation("GET", "openapi.json", needs=None),
    Operation("GET", "shares", query={"path": PATH}, needs=MANAGE),
    Operation("GET", "people", query={"path": PATH}, needs=MANAGE),
    Operation(
        "POST", "grants", {"path": PATH, "subject": EVE, "role": "viewer"}, 201, needs=MANAGE
    ),
    Operation("PATCH", "grants/{grant}", {"role": "viewer"}, needs=MANAGE),
    Operation("DELETE", "grants/{grant}", done=204, needs=MANAGE),
    Operation("POST", "links", {"path": PATH}, 201, needs=MANAGE),
    Operation("PATCH", "links/{link}", {"max_uses": 5}, needs=MANAGE),
    Operation("GET", "links/{link}/uses", needs=MANAGE),
    Operation("DELETE", "links/{link}", done=204, needs=MANAGE),
    Operation("POST", "removals", {"path": PATH, "subject": EVE}, needs=MANAGE),
    Operation("GET", "audit", owner_only=True),
    Operation("GET", "audit/verification", owner_only=True),
]


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[EverythingOn]:
    running = EverythingOn(tmp_path)
    (running.root / "folder").mkdir(parents=True)
    running.write_notebook(PATH, "x = 1")
    for action in ("read", "write", "execute"):
        running.deny("bo", action)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()


@pytest.mark.slow
@pytest.mark.spec("SHARE-5", "SHARE-19")
async def test_every_role_at_every_route(everything: EverythingOn) -> None:
    ana, bo = Owner(everything), Owner(everything, BO)
    below = [p for p, _ in everything.routes() if p is not None and p.startswith("/tandem/api/")]
    examples = [o.where.format(grant="grant", link="link") for o in OPERATIONS]
    unused = [p for p in below if not any(re.match(p, f"/tandem/api/{e}") for e in examples)]
    assert unused == [], "a route that the matrix does not try"

    wrong: list[Any] = []
    for role in (None, *Role):
        if role is not None:
            await ana.share(PATH, "bo", role.value)
        for operation in OPERATIONS:
            grant = await ana.share(PATH, "eve", "viewer")
            link, _ = await ana.link(PATH)
            where = operation.where.format(grant=grant["id"], link=link["id"])
            reply = await bo.call(operation.method, where, operation.body, **operation.query)
            if reply.status != operation.expected(role):
                wrong.append((role, operation.method, where, reply.status, reply.raw[:80]))
            owner = await ana.call(operation.method, where, operation.body, **operation.query)
            if owner.status not in (operation.done, 200, 404):
                wrong.append(("owner", operation.method, where, owner.status))
        for method, where in (("GET", f"/api/contents/{PATH}"), ("GET", "/api/kernels")):
            headers = {"Authorization": f"token {BO}"}
            status = (await Guest(everything).call(method, where, None, headers)).status
            if status != 403:
                wrong.append((role, method, where, status))
    assert wrong == []
