"""What is asked for while something else is under way: a revocation, other guesses."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jupyter_tandem.errors import NotFound, TandemError, TooManyTries, WrongPassword
from jupyter_tandem.sharing import Offer, Subject, SubjectKind
from jupyter_tandem.types import Role
from tests.unit.engine.sharing.desk import (
    OWNER,
    Clock,
    Desks,
    DictPlaces,
    PlainPasswords,
    nobody,
    user,
    wish,
)

MALLORY = user("mallory")
ACCOMPLICE = Subject(SubjectKind.USER, "accomplice")
MANAGE = Offer(Role.MANAGER, True, None)


class SlowPasswords(PlainPasswords):
    """Takes its time, one after the other, as argon2 does."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.compared = 0
        self._turn = asyncio.Lock()

    async def hash(self, password: str) -> str:
        self.begun.set()
        await self.go_on.wait()
        return await super().hash(password)

    async def matches(self, password: str, hashed: str) -> bool:
        async with self._turn:
            await asyncio.sleep(0)
            self.compared += 1
            return await super().matches(password, hashed)


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[Desks]:
    opened = Desks(tmp_path, Clock(), DictPlaces({"n.ipynb": "n"}))
    await opened.start()
    yield opened
    await opened.close()


@pytest.mark.spec("SHARE-26")
async def test_who_is_revoked_while_they_wait_gives_nothing(desks: Desks) -> None:
    grant = await desks.shares.give(OWNER, "n.ipynb", MALLORY.person.subject, MANAGE)
    async with desks.ledger.turn():
        ends = asyncio.create_task(desks.shares.end(OWNER, grant.id))
        await asyncio.sleep(0)
        gives = asyncio.create_task(desks.shares.give(MALLORY, "n.ipynb", ACCOMPLICE, MANAGE))
        removes = asyncio.create_task(
            desks.shares.remove(MALLORY, "n.ipynb", ACCOMPLICE, end_links=False)
        )
        await asyncio.sleep(0.01)
    await ends
    for late in (gives, removes):
        with pytest.raises(NotFound):
            await late
    assert desks.ledger.book.on(grant.target) == []


@pytest.mark.spec("SHARE-26")
async def test_who_is_revoked_while_a_password_is_hashed_makes_no_link(desks: Desks) -> None:
    passwords = desks.links._passwords = SlowPasswords()
    grant = await desks.shares.give(OWNER, "n.ipynb", MALLORY.person.subject, MANAGE)
    makes = asyncio.create_task(
        desks.links.make(MALLORY, "n.ipynb", wish(Role.EDITOR, password="long enough"))
    )
    await passwords.begun.wait()
    await desks.shares.end(OWNER, grant.id)
    passwords.go_on.set()
    with pytest.raises(NotFound):
        await makes
    assert not desks.ledger.book.links


async def outcome(desks: Desks, secret: str, password: str, peer: str) -> type[TandemError] | None:
    try:
        await desks.door.redeem(secret, nobody(peer), display_name="m", password=password)
    except TandemError as error:
        return type(error)
    return None


@pytest.mark.spec("SHARE-11")
async def test_guesses_that_come_at_once_are_counted_one_after_the_other(desks: Desks) -> None:
    _, secret = await desks.links.make(OWNER, "n.ipynb", wish(password="correct horse"))
    passwords = desks.door._passwords = SlowPasswords()
    words = [f"guess {number}" for number in range(50)] + ["correct horse"]
    found = await asyncio.gather(*(outcome(desks, secret, w, "198.51.100.7") for w in words))
    assert Counter(found) == {WrongPassword: 5, TooManyTries: 46}
    assert passwords.compared == 5
    right = [outcome(desks, secret, "correct horse", "198.51.100.8") for _ in range(50)]
    assert set(await asyncio.gather(*right)) == {None}, "a lecture hall behind one address"


@pytest.mark.spec("SHARE-27")
async def test_a_lecture_hall_comes_at_once_and_not_again_and_again(desks: Desks) -> None:
    _, secret = await desks.links.make(OWNER, "n.ipynb", wish())
    found = [await outcome(desks, secret, "", "198.51.100.7") for _ in range(501)]
    assert found == [None] * 500 + [TooManyTries]
    assert await outcome(desks, secret, "", "198.51.100.8") is None
    desks.clock.at += 1
    assert await outcome(desks, secret, "", "198.51.100.7") is None


@pytest.mark.spec("SHARE-11")
async def test_many_addresses_guess_no_faster_than_a_link_allows(desks: Desks) -> None:
    _, secret = await desks.links.make(OWNER, "n.ipynb", wish(password="correct horse"))
    found = [await outcome(desks, secret, "wrong one", f"192.0.2.{n}") for n in range(120)]
    assert Counter(found) == {WrongPassword: 100, TooManyTries: 20}
    desks.clock.at += 60
    assert await outcome(desks, secret, "correct horse", "192.0.2.200") is None
