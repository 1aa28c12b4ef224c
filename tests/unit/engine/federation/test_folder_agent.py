"""Questions about shared folders: from a server through the service to the one that has them, and back."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.engine.federation.courier import (
    MOST_AT_ONCE,
    WINDOW_BYTES,
    Courier,
    Delivery,
)
from jupyter_tandem.engine.federation.exchange import Counterpart, Exchange
from jupyter_tandem.engine.federation.folder_agent import FolderAgent
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import HubUnreachable, InvalidInput, LimitExceeded, NotFound, ServerFull
from jupyter_tandem.ports.federation import FOLDER, HubDocument
from jupyter_tandem.ports.folders import FolderEntry, FolderListing
from jupyter_tandem.ports.sharing import EndGrant, Located, PutGrant
from jupyter_tandem.protocol.federation import (
    Ask,
    Credit,
    FederationMessage,
    Piece,
    Reply,
    decode_federation,
    encode_federation,
)
from jupyter_tandem.sharing import (
    Grant,
    GrantId,
    Person,
    Place,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import DocumentKind, FileId, Role

SIZE = 5 * WINDOW_BYTES
BOB = Person(Subject(SubjectKind.USER, "bob"), "Bob")
WORK = HubDocument("d1", "alice", "", FileId("f1"), FOLDER, "work", 1.0)
GRANT = Grant(
    id=GrantId("g1"),
    subject=BOB.subject,
    target=Target(TargetKind.FOLDER, FileId("d1")),
    role=Role.VIEWER,
    may_run=False,
    expires_at=None,
    granted_by="user:alice",
    granted_at=1.0,
)


@dataclass
class FakeFile:
    """A file of zeros."""

    entry: FolderEntry
    left: int
    closed: bool = False

    async def read(self, size: int) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeFolders:
    """One folder with one file."""

    available: bool = True
    opened: list[FakeFile] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def _entry(self, folder: str, inner: str) -> FolderEntry:
        self.asked.append((folder, inner))
        if inner != "big.bin":
            raise NotFound("There is no such file or folder.")
        return FolderEntry("big.bin", "file", SIZE, 1.0, "")

    async def listing(self, folder: str, inner: str, most: int) -> FolderListing:
        del inner, most
        return FolderListing([self._entry(folder, "big.bin")], whole=True)

    async def stat(self, folder: str, inner: str) -> FolderEntry:
        return self._entry(folder, inner)

    async def open(self, folder: str, inner: str) -> FakeFile:
        self.opened.append(FakeFile(self._entry(folder, inner), SIZE))
        return self.opened[-1]


class FakePlaces:
    """Where the folder is."""

    def __init__(self) -> None:
        self.path: str | None = "home/work"

    async def at(self, path: str) -> Located:
        raise NotFound(path)

    async def of(self, target: Target) -> Located | None:
        if target.kind is TargetKind.DOCUMENT:
            return Located(Place(target, (FileId("f1"),)), str(target.file_id), "n.txt")
        return None if self.path is None else Located(Place(target), self.path, "work")

    async def place_of_file(self, file_id: FileId) -> Place | None:
        return None


class FakeRegistry:
    """The folder alone."""

    def load_now(self) -> list[HubDocument]:
        return [WORK]

    async def put(self, document: HubDocument) -> None: ...

    async def close(self) -> None: ...


class Bench:
    """alice's server, the service, and bob's server, with what passes between them written as bytes."""

    def __init__(self, most_bytes: int = SIZE) -> None:
        self.folders, self.places = FakeFolders(), FakePlaces()
        self.agent = FolderAgent(self.folders, self.places, self._from_alice, most_bytes)
        self.agent.share("d1", FileId("f1"))
        self.courier = Courier(_sent(self.agent.take))
        self.here: tuple[str, str] | None = ("alice", "")
        self.book = Book()
        self.book.follow([PutGrant(GRANT)], None, 1)
        exchange = Exchange(
            Catalogue(FakeRegistry()),
            lambda: self.book,
            lambda: 1.0,
            lambda: [self],
            lambda document, _: {"id": document.id},
        )
        self.to_bob: list[FederationMessage] = []
        self.counterpart = Counterpart(exchange, lambda: BOB, self._to_bob)
        self.bob = Courier(_sent(self.counterpart.take))

    @property
    def place(self) -> tuple[str, str] | None:
        return self.here

    def _from_alice(self, message: FederationMessage) -> None:
        _sent(self.courier.take)(message)

    def _to_bob(self, message: FederationMessage) -> None:
        self.to_bob.append(message)
        _sent(self.bob.take)(message)

    def sent_bytes(self) -> int:
        """What reached bob's server of files."""
        return sum(len(m.data) for m in self.to_bob if isinstance(m, Piece))


def _sent(take: Callable[[Any], None]) -> Callable[[FederationMessage], None]:
    return lambda message: take(decode_federation(encode_federation(message)))


def ask(want: str, path: str = "big.bin", folder: str = "d1") -> dict[str, str]:
    return {"want": want, "folder": folder, "path": path}


async def settled(bench: Bench) -> int:
    """Return when nothing moves any more: what was sent by then."""
    quiet = 0
    while quiet < 20:
        before = bench.sent_bytes()
        await asyncio.sleep(0)
        quiet = 0 if bench.sent_bytes() != before else quiet + 1
    return bench.sent_bytes()


async def all_of(delivery: Delivery) -> int:
    """How many bytes came in all."""
    came = 0
    while piece := await delivery.read():
        came += len(piece)
    return came


@pytest.mark.spec("HUBDIR-2")
async def test_a_file_comes_as_fast_as_it_is_read_and_no_faster() -> None:
    bench = Bench()
    delivery = await bench.bob.fetch(ask("file"))
    assert delivery.reply.result()["entry"]["size"] == SIZE
    assert await settled(bench) <= WINDOW_BYTES + 64 * 1024
    assert bench.folders.opened[0].left >= SIZE - 2 * WINDOW_BYTES - 128 * 1024
    assert await all_of(delivery) == SIZE
    await settled(bench)
    assert bench.folders.opened[0].closed


@pytest.mark.spec("HUBDIR-2")
async def test_nobody_reads_on_for_someone_who_has_left() -> None:
    bench = Bench()
    delivery = await bench.bob.fetch(ask("file"))
    await settled(bench)
    bench.bob.close(delivery)
    await settled(bench)
    assert bench.folders.opened[0].closed
    assert bench.folders.opened[0].left > 0


@pytest.mark.spec("HUBDIR-2")
async def test_a_file_beyond_the_limit_is_refused_with_its_size() -> None:
    bench = Bench(SIZE - 1)
    with pytest.raises(LimitExceeded, match=r"big.bin has 5 MB; files of up to 5 MB"):
        await bench.bob.fetch(ask("file"))
    assert bench.folders.opened[0].closed


@pytest.mark.spec("HUBDIR-10")
@pytest.mark.parametrize("size", [1024 * 1024, 1])
async def test_a_server_that_sends_more_than_there_is_room_for_is_not_listened_to(
    size: int,
) -> None:
    said: list[FederationMessage] = []
    courier = Courier(said.append)
    delivery = courier.begin(ask("file"))
    courier.take(Piece(delivery.number, b"before the answer"))
    courier.take(Reply(delivery.number, {"entry": {}, "pieces": True}))
    for _ in range(10_000):
        courier.take(Piece(delivery.number, bytes(size)))
    with pytest.raises(HubUnreachable, match="more than there is room for"):
        await delivery.read()
    # It is told once that nothing more is wanted, and has no other effect.
    assert said[1:] == [Credit(delivery.number, 0)]


@pytest.mark.spec("HUBDIR-10")
async def test_pieces_before_an_answer_and_after_one_without_a_file_are_not_kept() -> None:
    courier = Courier(lambda _message: None)
    delivery = courier.begin(ask("file"))
    for _ in range(10_000):
        courier.take(Piece(delivery.number, bytes(WINDOW_BYTES)))
    courier.take(Reply(delivery.number, {"entry": {}, "pieces": True}))
    courier.take(Piece(delivery.number, b"the file"))
    courier.take(Piece(delivery.number, b""))
    assert [await delivery.read(), await delivery.read()] == [b"the file", b""]


@pytest.mark.spec("HUBDIR-10")
async def test_pieces_of_any_size_reach_whoever_reads_them() -> None:
    bench = Bench()
    delivery = await bench.bob.fetch(ask("file"))
    (theirs,) = bench.folders.opened
    whole = theirs.read
    sizes = itertools.cycle([1, 60_001, 777, 65_536, 4_096])

    async def read(size: int) -> bytes:
        return await whole(min(size, next(sizes)))

    theirs.read = read  # type: ignore[method-assign]  # a disk that gives less than it is asked for
    await settled(bench)
    assert await all_of(delivery) == SIZE


@pytest.mark.spec("HUBDIR-6")
async def test_a_right_that_is_taken_back_ends_a_file_under_way() -> None:
    bench = Bench()
    delivery = await bench.bob.fetch(ask("file"))
    await settled(bench)
    bench.book.follow([EndGrant(GRANT.id, 1.0, "user:alice", "")], None, 2)
    with pytest.raises(NotFound, match="not shared with you any more"):
        await all_of(delivery)
    await settled(bench)
    assert bench.folders.opened[0].closed
    assert bench.folders.opened[0].left > SIZE / 2


@pytest.mark.spec("HUBDIR-3", "HUB-2")
@pytest.mark.parametrize("want", ["list", "stat", "document", "file"])
async def test_a_folder_that_is_not_theirs_is_not_there(want: str) -> None:
    bench = Bench()
    for folder in ("f1", "nothing", ""):
        with pytest.raises(NotFound):
            await bench.bob.ask(ask(want, folder=folder))
    bench.book.follow([EndGrant(GRANT.id, 1.0, "user:alice", "")], None, 2)
    with pytest.raises(NotFound):
        await bench.bob.ask(ask(want))
    assert bench.folders.asked == []


@pytest.mark.spec("HUBDIR-3")
async def test_a_server_answers_only_for_what_its_person_shares() -> None:
    bench = Bench()
    with pytest.raises(NotFound):
        await bench.courier.ask(ask("list", folder="d2"))
    bench.places.path = None
    with pytest.raises(NotFound):
        await bench.bob.ask(ask("list"))
    for nonsense in ({"want": "delete"}, {"path": 7}, {"want": None}):
        with pytest.raises(InvalidInput):
            await bench.bob.ask({**ask("list"), **nonsense})
    assert bench.folders.asked == []


@pytest.mark.spec("HUBDIR-8")
async def test_without_the_owners_server_a_question_is_answered_with_its_name() -> None:
    bench = Bench()
    bench.here = None
    answer = await bench.bob.ask(ask("list"))
    assert (answer["entries"], answer["known"]) == ([], [])
    assert answer["away"].startswith("alice's server is stopped")
    with pytest.raises(HubUnreachable, match="alice's server is stopped"):
        await bench.bob.fetch(ask("file"))


@pytest.mark.spec("HUBDIR-4")
async def test_more_questions_than_a_server_may_have_are_refused() -> None:
    bench = Bench()
    deliveries = [await bench.bob.fetch(ask("file")) for _ in range(MOST_AT_ONCE)]
    with pytest.raises(ServerFull):
        await bench.bob.ask(ask("list"))
    for delivery in deliveries:
        bench.bob.close(delivery)
    await settled(bench)
    assert (await bench.bob.ask(ask("list")))["whole"] is True


@pytest.mark.spec("HUBDIR-4")
async def test_what_nobody_asked_has_no_effect() -> None:
    bench = Bench()
    bench.courier.take(Reply(77, {"entries": []}))
    bench.courier.take(Piece(77, b"x"))
    bench.agent.take(Credit(77, 5))
    bench.counterpart.take(Credit(77, 5))
    bench.counterpart.take(Ask(1, {}))
    await settled(bench)
    assert isinstance(bench.to_bob[0], Reply)
    assert bench.to_bob[0].body["reason"] == "invalid"


@pytest.mark.spec("HUBDIR-3")
async def test_a_document_says_only_of_its_own_servers_folders_that_it_lies_in_them() -> None:
    catalogue = Catalogue(FakeRegistry())
    kind = DocumentKind("json", "notebook")
    own = HubDocument("d2", "alice", "", FileId("f2"), kind, "n.ipynb", 2.0)
    foreign = HubDocument("d3", "carol", "", FileId("f3"), kind, "n.ipynb", 3.0)
    told = {"d1": "sub/n.ipynb", "d9": "n.ipynb", "d2": "x"}
    assert catalogue.folders_of(own, told) == {"d1": "sub/n.ipynb"}
    assert catalogue.folders_of(foreign, told) == {}
    for path in ("../n.ipynb", "", "a//b", 7):
        assert catalogue.folders_of(own, {"d1": path}) == {}
    await catalogue.put(own)
    assert catalogue.within("d1") == []


@pytest.mark.spec("HUBDIR-3", "SHARE-18")
@pytest.mark.parametrize(
    ("path", "within"), [("home/work/a/n.txt", {"d1": "a/n.txt"}), ("short/a/n.txt", {})]
)
async def test_a_document_lies_in_a_folder_by_a_path_that_leads_to_it_there(
    path: str, within: dict[str, str]
) -> None:
    assert await Bench().agent.within(FileId(path)) == within
