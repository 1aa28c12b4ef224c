"""The desks on a real store: what is given, used, taken back, recorded, and followed by other servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.adapters.server.guest.lab_settings import (
    MOST_BYTES,
    MOST_GUESTS,
    MOST_PLUGINS,
    GuestSettings,
)
from jupyter_tandem.adapters.system import SystemEntropy
from jupyter_tandem.engine.sharing.reach import Reach
from jupyter_tandem.engine.sharing.share_desk import LedgerShareDesk
from jupyter_tandem.errors import AccessDenied, InvalidInput, LinkEnded, NotFound, StoreUnavailable
from jupyter_tandem.ports.desks import Aisle, Opened, Visit
from jupyter_tandem.sharing import (
    GUEST_USERNAME,
    SIGNED_IN,
    Offer,
    Person,
    Subject,
    SubjectKind,
)
from jupyter_tandem.types import Action, Address, DocumentKind, FileId, Role, User
from tests.unit.engine.sharing.desk import OWNER, Clock, Desks, DictPlaces, nobody, user, wish

VIEW = Offer(Role.VIEWER, False, None)
EDIT = Offer(Role.EDITOR, False, None)
BO = user("bo", "team")
NOTEBOOK = DocumentKind("json", "notebook")


@pytest.fixture
def places() -> DictPlaces:
    return DictPlaces({"n.ipynb": "n", "a/": "a", "a/b/": "b", "a/b/m.ipynb": "m", "a/o.txt": "o"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desks(tmp_path: Path, clock: Clock, places: DictPlaces) -> AsyncIterator[Desks]:
    opened = Desks(tmp_path, clock, places)
    await opened.start()
    yield opened
    await opened.close()


async def come(desks: Desks, role: Role = Role.VIEWER, path: str = "n.ipynb", **changes) -> Visit:
    """Somebody comes by a new link."""
    _, secret = await desks.links.make(OWNER, path, wish(role, **changes))
    admission = await desks.door.redeem(secret, nobody(), display_name="Zoë", password="")
    assert admission.guest is not None
    return Visit("198.51.100.7", None, admission.guest)


async def role_at(desks: Desks, person: Person, path: str) -> Role | None:
    place = (await desks.places.at(path)).place
    standing = desks.ledger.book.effective_role(person, place, desks.clock.wall())
    return standing.role if standing else None


async def test_sharing_again_with_somebody_replaces_what_they_had(desks: Desks):
    first = await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, EDIT)
    second = await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, VIEW)
    assert first.id == second.id
    assert await role_at(desks, BO.person, "n.ipynb") is Role.VIEWER
    assert await desks.kinds() == ["grant.made", "grant.changed"]


async def test_groups_and_everybody_signed_in(desks: Desks):
    await desks.shares.give(OWNER, "n.ipynb", Subject(SubjectKind.GROUP, "team"), EDIT)
    await desks.shares.give(OWNER, "a", SIGNED_IN, VIEW)
    assert await role_at(desks, BO.person, "n.ipynb") is Role.EDITOR
    assert await role_at(desks, user("eve").person, "n.ipynb") is None
    assert await role_at(desks, user("eve").person, "a/b/m.ipynb") is Role.VIEWER
    guest = await come(desks, path="a/o.txt")
    assert guest.person is not None
    assert await role_at(desks, guest.person, "a/b/m.ipynb") is None


@pytest.mark.spec("SHARE-12", "SHARE-23")
async def test_two_servers_on_one_store_follow_each_other(
    desks: Desks, tmp_path: Path, clock: Clock, places: DictPlaces
):
    other = Desks(tmp_path, clock, places)
    await other.start()
    link, secret = await desks.links.make(OWNER, "n.ipynb", wish(max_uses=4))
    tries = [
        (desks, other)[n % 2].door.redeem(secret, nobody(), display_name="", password="")
        for n in range(12)
    ]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, LinkEnded) for outcome in outcomes) == 8
    await other.ledger.refresh()
    assert set(other.ledger.book.grants) == set((await desks.ledger.refresh()).grants)

    other.acted.clear()
    await desks.links.end(OWNER, link.id, with_grants=True)
    await asyncio.wait_for(other.acted.wait(), 5)
    assert other.ledger.book.grants == {}
    assert await other.store.verify() is None
    await other.close()


@pytest.mark.spec("SHARE-3", "SHARE-16")
async def test_what_expires_ends_by_itself_and_stays_ended(desks: Desks, clock: Clock):
    offer = Offer(Role.VIEWER, False, clock.at + 60)
    await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, offer)
    rights = desks.shelf.rights(lambda: BO.person, FileId("n"))
    assert await rights.actions() == {Action.READ}
    clock.at += 60
    assert await rights.actions() == frozenset()
    assert "time" in rights.parting()
    desks.acted.clear()
    await desks.ledger.look_after()
    assert desks.acted.is_set()
    assert desks.ledger.book.grants == {}
    clock.at -= 3_600
    await desks.ledger.refresh()
    assert await role_at(desks, BO.person, "n.ipynb") is None, (
        "a clock that steps back revives nothing"
    )
    assert (await desks.kinds())[-1] == "grant.ended"


@pytest.mark.spec("SHARE-25")
@pytest.mark.parametrize("end_by", ["removal", "grant"])
async def test_who_was_shown_out_stays_out(desks: Desks, end_by: str):
    link, secret = await desks.links.make(OWNER, "n.ipynb", wish(max_uses=2))
    admission = await desks.door.redeem(secret, nobody(), display_name="Zoë", password="")
    assert admission.guest is not None
    guest = Visit("198.51.100.7", None, admission.guest)
    if end_by == "removal":
        subject = admission.guest.subject
        await desks.shares.remove(OWNER, "n.ipynb", subject, end_links=False)
    else:
        (grant,) = desks.ledger.book.through(link.id)
        await desks.shares.end(OWNER, grant.id)
    for try_again in (
        desks.door.look(secret, guest),
        desks.door.redeem(secret, guest, display_name="Zoë", password=""),
    ):
        with pytest.raises(AccessDenied, match="removed from here"):
            await try_again
    await desks.auditor.flush()
    refused = (await desks.store.read())[-1].event
    assert (refused.kind, refused.details["why"]) == ("link.refused", "denied")
    assert desks.ledger.book.links[link.id].uses == 1
    _, other = await desks.links.make(OWNER, "n.ipynb", wish())
    assert (await desks.door.redeem(other, guest, display_name="", password="")).guest is not None


@pytest.mark.spec("SHARE-16")
async def test_removing_somebody_ends_all_that_lets_them_in(desks: Desks):
    guest = await come(desks, path="a")
    again = await desks.links.make(OWNER, "a/b/m.ipynb", wish(Role.EDITOR))
    await desks.door.redeem(again[1], guest, display_name="", password="")
    elsewhere = await desks.links.make(OWNER, "n.ipynb", wish())
    await desks.door.redeem(elsewhere[1], guest, display_name="", password="")
    assert guest.person is not None
    subject = guest.person.subject
    ended = await desks.shares.remove(OWNER, "a/b/m.ipynb", subject, end_links=True)
    assert len(ended) == 2
    assert await role_at(desks, guest.person, "a/b/m.ipynb") is None
    assert await role_at(desks, guest.person, "n.ipynb") is Role.VIEWER
    with pytest.raises(LinkEnded):
        await desks.door.redeem(again[1], guest, display_name="", password="")
    assert await desks.shares.remove(OWNER, "a", subject, end_links=False) == []


@pytest.mark.spec("SHARE-6")
async def test_what_came_by_a_link_is_never_raised_to_manager(desks: Desks):
    guest = await come(desks)
    assert guest.person is not None
    grant = desks.ledger.book.of(guest.person.subject)[0]
    with pytest.raises(InvalidInput):
        await desks.shares.change(OWNER, grant.id, wish={"role": Role.MANAGER})
    with pytest.raises(InvalidInput):
        await desks.shares.give(OWNER, "n.ipynb", guest.person.subject, EDIT)


@pytest.mark.spec("SHARE-13")
async def test_an_owner_s_own_link_gives_the_owner_nothing(desks: Desks):
    link, secret = await desks.links.make(OWNER, "n.ipynb", wish(max_uses=1))
    visit = Visit("198.51.100.7", OWNER, None)
    admission = await desks.door.redeem(secret, visit, display_name="", password="")
    assert (admission.own, admission.cookie) == (True, "")
    assert desks.ledger.book.links[link.id].uses == 0
    bo = await desks.door.redeem(secret, Visit("x", BO, None), display_name="", password="")
    assert (bo.own, bo.guest) == (False, None)
    assert await role_at(desks, BO.person, "n.ipynb") is Role.VIEWER


@pytest.mark.spec("GUEST-3", "SHARE-17")
async def test_a_shelf_shows_what_is_shared_wherever_it_is_now(desks: Desks, places: DictPlaces):
    guest = await come(desks, path="a/b/m.ipynb")
    person = guest.person
    assert person is not None
    assert await desks.shelf.find(person, "") == Aisle("", {"a": False})
    assert await desks.shelf.find(person, "a/b") == Aisle("a/b", {"m.ipynb": True})
    assert isinstance(await desks.shelf.find(person, "a/b/m.ipynb"), Opened)
    for path in ("a/o.txt", "n.ipynb", "nothing", "a/b/m.ipynb/x"):
        with pytest.raises(NotFound):
            await desks.shelf.find(person, path)
    del places.ids["a/b/m.ipynb"]
    places.ids["moved.ipynb"] = "m"
    assert await desks.shelf.find(person, "") == Aisle("", {"moved.ipynb": True})
    del places.ids["moved.ipynb"]
    assert await desks.shelf.find(person, "") == Aisle("", {})
    with pytest.raises(NotFound):
        await desks.shelf.document(person, FileId("m"))


@pytest.mark.spec("GUEST-5")
async def test_a_cookie_ends_with_its_time_and_when_its_guest_leaves(desks: Desks, clock: Clock):
    _, secret = await desks.links.make(OWNER, "n.ipynb", wish())
    admission = await desks.door.redeem(secret, nobody(), display_name="", password="")
    assert admission.guest is not None
    assert desks.guests.recognise(admission.cookie) == admission.guest
    assert desks.guests.recognise("A" * 43) is None
    assert desks.guests.recognise("nonsense") is None
    kept = b"".join(p.read_bytes() for p in [*desks_files(desks)])
    assert admission.cookie.encode() not in kept
    clock.at += 100 * 86_400
    assert desks.guests.recognise(admission.cookie) is None
    clock.at -= 100 * 86_400
    assert desks.guests.recognise(admission.cookie) is not None
    await desks.guests.leave(admission.guest)
    assert desks.guests.recognise(admission.cookie) is None


def desks_files(desks: Desks) -> list[Path]:
    database = desks.store._engine.url.database
    assert database is not None
    return [p for p in Path(database).parent.iterdir() if p.is_file()]


@pytest.mark.spec("GUEST-5")
async def test_guests_whose_time_is_over_are_forgotten(desks: Desks, clock: Clock):
    await come(desks)
    assert len(desks.ledger.book.guests) == 1
    clock.at += 100 * 86_400
    await desks.ledger.look_after()
    assert desks.ledger.book.guests == {}
    assert (await desks.store.load()).guests == ()


@pytest.mark.spec("AUDIT-7")
async def test_coming_and_going_is_recorded(desks: Desks):
    guest = await come(desks)
    assert guest.guest is not None
    address = Address(NOTEBOOK, FileId("n"))
    people = [
        User(f"{GUEST_USERNAME}{guest.guest.id}", "Zoë", "Zoë", "Z"),
        User("bo", "Bo", "Bo", "B"),
        User(f"{GUEST_USERNAME}nobody", "Liar", "Liar", "L"),
    ]
    for person in people:
        desks.roster.presence(address, person, "join")
        desks.roster.presence(address, person, "join")
    here = desks.roster.here(FileId("n"))
    assert [str(p.subject) for p in here] == [
        f"guest:{guest.guest.id}",
        "user:bo",
        "user:guest:nobody",
    ]
    assert [p.connections for p in here] == [2, 2, 2]
    await desks.guests.leave(guest.guest)
    for person in people:
        desks.roster.presence(address, person, "leave")
        desks.roster.presence(address, person, "leave")
    assert desks.roster.here(FileId("n")) == []
    assert desks.roster.documents() == {}
    kinds = await desks.kinds()
    assert kinds[:2] == ["link.made", "link.used"]
    assert kinds.count("document.joined") == kinds.count("document.left") == 3
    assert kinds.count("user.seen") == 2
    assert kinds.count("guest.left") == 1


@pytest.mark.spec("AUDIT-7")
async def test_who_comes_and_goes_all_the_time_does_not_fill_the_log(desks: Desks, clock: Clock):
    address, bo = Address(NOTEBOOK, FileId("n")), User("bo", "Bo", "Bo", "B")
    for _ in range(100):
        desks.roster.presence(address, bo, "join")
        assert desks.roster.here(FileId("n"))
        desks.roster.presence(address, bo, "leave")
    clock.at += 60
    desks.roster.presence(address, bo, "join")
    desks.roster.presence(address, bo, "leave")
    kinds = await desks.kinds()
    assert kinds.count("document.joined") == kinds.count("document.left") == 21


@pytest.mark.spec("AUDIT-6")
async def test_what_cannot_be_stored_is_not_believed(desks: Desks):
    await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, VIEW)
    await desks.store.close()
    with pytest.raises(StoreUnavailable):
        await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, EDIT)
    assert await role_at(desks, BO.person, "n.ipynb") is Role.VIEWER


@pytest.mark.spec("GUEST-9")
def test_guests_settings_are_their_own_and_bounded():
    settings = GuestSettings()
    assert settings.put("guest:a", "theme", '{"theme": "dark"}')
    assert settings.get("guest:a", "theme") == '{"theme": "dark"}'
    assert settings.get("guest:b", "theme") == "{}"
    assert not settings.put("guest:a", "theme", "x" * (MOST_BYTES + 1))
    assert settings.put("guest:d", "theme", "x" * MOST_BYTES)
    assert settings.put("guest:d", "theme", "y" * MOST_BYTES)
    assert not settings.put("guest:d", "shortcuts", "{}")
    for number in range(MOST_PLUGINS):
        settings.put("guest:c", f"plugin {number}", "{}")
    assert not settings.put("guest:c", "one more", "{}")
    for number in range(MOST_GUESTS):
        settings.put(f"guest:{number}", "theme", "{}")
    assert settings.get("guest:a", "theme") == "{}"


@pytest.mark.spec("HUBRUN-7")
async def test_starting_is_refused_where_nobody_could_and_ends_with_running(
    desks: Desks,
) -> None:
    offer = Offer(Role.EDITOR, True, None)
    grant = await desks.shares.give(OWNER, "n.ipynb", BO.person.subject, offer)
    assert not grant.may_start
    with pytest.raises(InvalidInput, match="across a JupyterHub"):
        await desks.shares.change(OWNER, grant.id, wish={"may_start": True})

    asked: list[tuple[str, bool]] = []
    hub = LedgerShareDesk(
        desks.ledger,
        Reach(desks.ledger, desks.places),
        desks.auditor,
        SystemEntropy(),
        lambda caller, about: asked.append((caller.text, about.may_start)),
    )
    changed = await hub.change(OWNER, grant.id, wish={"may_start": True})
    assert (changed.may_start, asked) == (True, [("user:ada", True)])
    assert (await hub.change(OWNER, grant.id, wish={"role": Role.VIEWER})).may_start
    assert not (await hub.change(OWNER, grant.id, wish={"may_run": False})).may_start
    assert not (await hub.change(OWNER, grant.id, wish={"may_run": True})).may_start
    assert len(asked) == 1
    await hub.change(OWNER, grant.id, wish={"may_start": True})
    assert not (await hub.give(OWNER, "n.ipynb", BO.person.subject, offer)).may_start
    told = [entry.event.details.get("may_start") for entry in await desks.store.read()]
    assert told == [False, True, True, False, False, True, False]
