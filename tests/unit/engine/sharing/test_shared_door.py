"""What was shared on a server counts for the server's own documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.core.federation.naming import hub_file
from jupyter_tandem.engine.sharing.shared_door import with_shares
from jupyter_tandem.ports.reception import Call, Visitor
from jupyter_tandem.sharing import SIGNED_IN, Offer
from jupyter_tandem.types import Action, Address, DocumentKind, FileId, Role, User
from tests.unit.engine.sharing.desk import OWNER, Clock, Desks, DictPlaces

ADA = User("ada", "Ada", "Ada", "A")
NOTEBOOK = DocumentKind("json", "notebook")


class Looking:
    """The rights of somebody who may look, by another's share across the Hub."""

    async def actions(self) -> frozenset[Action]:
        return frozenset({Action.READ})


def parted() -> str:
    return "It was taken back."


def call(file_id: FileId) -> Call:
    room = Address(NOTEBOOK, file_id).document_id
    visitor = Visitor(ADA, "ada/1")
    return Call(room, None, tandem=True, visitor=visitor, grants=Looking(), parting=parted)


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[Desks]:
    opened = Desks(tmp_path, Clock(), DictPlaces({"n.ipynb": "n"}))
    await opened.start()
    yield opened
    await opened.close()


@pytest.mark.spec("HUB-5")
async def test_a_share_of_the_whole_server_holds_nothing_that_others_share(desks: Desks) -> None:
    await desks.shares.give(OWNER, "", SIGNED_IN, Offer(Role.EDITOR, True, None))
    others = with_shares(call(hub_file("d1")), desks.shelf)
    assert await others.grants.actions() == {Action.READ}
    assert others.parting() == "It was taken back."
    own = with_shares(call(FileId("n")), desks.shelf)
    assert {Action.WRITE, Action.RUN} <= await own.grants.actions()
