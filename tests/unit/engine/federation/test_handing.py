"""A whole class opens the same new notebook of a shared folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_tandem.adapters.store.memory import MemoryDisk
from jupyter_tandem.core.federation.naming import hub_lineage
from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.courier import MOST_AT_ONCE, Courier
from jupyter_tandem.engine.federation.exchange import Counterpart, Exchange
from jupyter_tandem.engine.federation.federated_desks import Handing
from jupyter_tandem.engine.federation.folder_agent import FolderAgent
from jupyter_tandem.engine.federation.joint import Joint
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import HubUnreachable, NotFound
from jupyter_tandem.ports.federation import FOLDER, HubDocument
from jupyter_tandem.ports.folders import FolderEntry
from jupyter_tandem.ports.sharing import Located, PutGrant
from jupyter_tandem.protocol.federation import FederationMessage
from jupyter_tandem.sharing import (
    SIGNED_IN,
    Grant,
    GrantId,
    Person,
    Place,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.testing.memory_files import MemoryFiles
from jupyter_tandem.types import Address, DocumentKind, FileId, LineageId, Role
from tests.unit.engine.execution.bench import FakeKernels, House, put_notebook

FOLDER_ID, CLASS = FileId("folder"), 200
LECTURES = HubDocument("d1", "alice", "", FOLDER_ID, FOLDER, "lectures", 1.0)
NOTEBOOK = DocumentKind("json", "notebook")


class Registry:
    """The folder, and what was handed over."""

    def load_now(self) -> list[HubDocument]:
        return [LECTURES]

    async def put(self, document: HubDocument) -> None: ...

    async def close(self) -> None: ...


class Service:
    """Takes documents, when it is let."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.taken: list[FileId] = []
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.refuses = False

    async def register(
        self, kind: DocumentKind, file_id: FileId, name: str, lineage: LineageId,
        state: bytes, within: dict[str, str],
    ) -> HubDocument:  # fmt: skip
        assert state
        assert lineage == hub_lineage(lineage)
        self.taken.append(file_id)
        self.asked.set()
        await self.go_on.wait()
        if self.refuses:
            raise HubUnreachable("The service does not answer.")
        document = HubDocument("d2", "alice", "", file_id, kind, name, 2.0, within)
        await self.catalogue.put(document)
        return document


class Places:
    """One notebook in one folder."""

    def __init__(self, file_id: FileId) -> None:
        self._target = Target(TargetKind.DOCUMENT, file_id)

    async def at(self, path: str) -> Located:
        if path != "lectures/l1.ipynb":
            raise NotFound(path)
        return Located(Place(self._target, (FOLDER_ID,)), path, "l1.ipynb")

    async def of(self, target: Target) -> Located | None:
        if target.kind is TargetKind.DOCUMENT:
            return await self.at("lectures/l1.ipynb")
        return Located(Place(target), "lectures", "lectures")

    async def place_of_file(self, file_id: FileId) -> Place | None:
        return None


class Folders:
    """What lies there."""

    available = True

    async def stat(self, folder: str, inner: str) -> FolderEntry:
        return FolderEntry(inner, "notebook", 1, 0.0, "")


class Class:
    """alice's server, the service, and the servers of very many others."""

    def __init__(self, house: House, file_id: FileId) -> None:
        catalogue = Catalogue(Registry())
        self.service = Service(catalogue)
        self.kept: dict[Address, str] = {}
        places: Any = Places(file_id)
        folders: Any = Folders()
        self.agent = FolderAgent(
            folders, places, lambda message: soon(self.courier.take, message), 10
        )
        self.agent.share("d1", FOLDER_ID)
        self.courier = Courier(lambda message: soon(self.agent.take, message))
        liaison: Any = SimpleNamespace(
            agent=self.agent,
            kept=self.kept.get,
            keep=lambda document, address: self.kept.update({address: document}),
        )
        service: Any = self.service
        self.handing = Handing(service, house, liaison, "alice")
        self.agent.hand_over_with(lambda path: self.handing.path_over(places, path))
        book = Book()
        book.follow([PutGrant(_grant())], None, 1)
        self.exchange = Exchange(
            catalogue, lambda: book, lambda: 1.0, lambda: [self], lambda document, _: {"id": document.id}
        )  # fmt: skip
        self.students = [self._student(f"s{number:03}") for number in range(CLASS)]

    @property
    def place(self) -> tuple[str, str] | None:
        return ("alice", "")

    def _student(self, name: str) -> Courier:
        person = Person(Subject(SubjectKind.USER, name), name)
        counterpart = Counterpart(
            self.exchange, lambda: person, lambda message: soon(student.take, message)
        )
        student = Courier(lambda message: soon(counterpart.take, message))
        return student

    def open(self) -> list[asyncio.Task[dict[str, Any]]]:
        """Everybody, at once."""
        question = {"want": "document", "folder": "d1", "path": "l1.ipynb"}
        return [asyncio.ensure_future(student.ask(question)) for student in self.students]


def soon(take: Callable[[Any], None], message: FederationMessage) -> None:
    asyncio.get_running_loop().call_soon(take, message)


def _grant() -> Grant:
    target = Target(TargetKind.FOLDER, FileId("d1"))
    return Grant(
        id=GrantId("g1"), subject=SIGNED_IN, target=target, role=Role.VIEWER, may_run=False,
        expires_at=None, granted_by="user:alice", granted_at=1.0,
    )  # fmt: skip


@pytest.fixture
async def many() -> AsyncIterator[Class]:
    files = MemoryFiles()
    put_notebook(files, "lectures/l1.ipynb", "1")
    house = House(MemoryDisk(), files, FakeKernels())
    yield Class(house, await files.identify("lectures/l1.ipynb"))
    await house.stop()


@pytest.mark.spec("HUBDIR-11")
async def test_a_class_that_opens_the_same_notebook_has_it_handed_over_once(many: Class) -> None:
    assert CLASS > MOST_AT_ONCE
    answers = many.open()
    await asyncio.wait_for(many.service.asked.wait(), 10)
    many.service.go_on.set()
    found = await asyncio.gather(*answers)
    assert [answer["document"]["id"] for answer in found] == ["d2"] * CLASS
    assert len(many.service.taken) == 1


@pytest.mark.spec("HUBDIR-11")
async def test_its_owner_waits_for_the_same_and_whoever_leaves_takes_it_from_nobody(
    many: Class,
) -> None:
    first, *others = many.open()
    await asyncio.wait_for(many.service.asked.wait(), 10)
    place = Place(Target(TargetKind.DOCUMENT, many.service.taken[0]), (FOLDER_ID,))
    own = asyncio.ensure_future(many.handing.over(Located(place, "lectures/l1.ipynb", "l1.ipynb")))
    first.cancel()
    await asyncio.wait({first})
    many.service.go_on.set()
    assert await asyncio.wait_for(own, 10) == "d2"
    assert {answer["document"]["id"] for answer in await asyncio.gather(*others)} == {"d2"}
    assert len(many.service.taken) == 1


@pytest.mark.spec("HUBDIR-11")
async def test_what_fails_once_is_tried_again(many: Class) -> None:
    many.service.refuses = True
    many.service.go_on.set()
    failed = await asyncio.gather(*many.open(), return_exceptions=True)
    assert {type(error) for error in failed} == {HubUnreachable}
    assert len(many.service.taken) == 1
    many.service.refuses = False
    assert (await many.open()[0])["document"]["id"] == "d2"
    assert len(many.service.taken) == 2


@pytest.mark.spec("HUBDIR-11")
async def test_work_goes_on_when_nobody_waits_for_it() -> None:
    joint: Joint[str, int] = Joint()
    go_on, done = asyncio.Event(), []

    async def work() -> int:
        await go_on.wait()
        done.append(1)
        return len(done)

    alone = asyncio.ensure_future(joint.do("a", work))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.wait({alone})
    joined = asyncio.ensure_future(joint.do("a", work))
    other = asyncio.ensure_future(joint.do("b", work))
    await asyncio.sleep(0)
    go_on.set()
    assert {await joined, await other} == {1, 2}
    assert await joint.do("a", work) == 3
