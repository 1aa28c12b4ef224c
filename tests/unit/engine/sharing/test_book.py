"""The book finds what counts without looking at everything, and says the same as if it had."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from jupyter_tandem.core.sharing.decision import effective_role
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.ports.sharing import Change, EndGrant, Holdings, PutGrant
from jupyter_tandem.sharing import (
    SIGNED_IN,
    WHOLE_SERVER,
    Grant,
    GrantId,
    LinkId,
    Person,
    Place,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role

FOLDERS = [FileId("a"), FileId("b")]
TARGETS = [
    WHOLE_SERVER,
    *(Target(TargetKind.FOLDER, folder) for folder in FOLDERS),
    *(Target(TargetKind.DOCUMENT, FileId(name)) for name in "xyz"),
]
SUBJECTS = [
    SIGNED_IN,
    *(Subject(SubjectKind.USER, name) for name in ("bo", "eve", "team")),
    *(Subject(SubjectKind.GUEST, name) for name in ("g1", "g2")),
    *(Subject(SubjectKind.GROUP, name) for name in ("team", "bo")),
]
PEOPLE = [
    Person(subject, "", groups)
    for subject in SUBJECTS
    if subject.kind in {SubjectKind.USER, SubjectKind.GUEST}
    for groups in (frozenset[str](), frozenset({"team"}), frozenset({"bo", "team"}))
]
PLACES = [
    Place(target, folders)
    for target in TARGETS
    for folders in ((), (FOLDERS[0],), tuple(FOLDERS))
    if target.file_id not in folders
]


def some_grant(chance: random.Random, number: int) -> Grant:
    link = LinkId("link") if chance.random() < 0.3 else None
    return Grant(
        id=GrantId(str(number)),
        subject=chance.choice(SUBJECTS),
        target=chance.choice(TARGETS),
        role=chance.choice(list(Role)),
        may_run=chance.random() < 0.3,
        expires_at=chance.choice([None, 50.0, 150.0]),
        granted_by="user:ada",
        granted_at=1.0,
        link_id=link,
    )


@pytest.mark.spec("SHARE-1", "SHARE-2")
@pytest.mark.parametrize("seed", range(20))
def test_it_says_what_all_grants_together_say(seed: int) -> None:
    chance = random.Random(seed)
    book = Book(Holdings(0, (), (), ()))
    for step in range(60):
        number = chance.randrange(25)
        known = book.grants.get(GrantId(str(number)))
        change: Change
        if known is None or chance.random() < 0.2:
            change = PutGrant(some_grant(chance, number))
        elif chance.random() < 0.5:
            change = EndGrant(known.id, 100.0, "user:ada", "revoked")
        else:
            change = PutGrant(replace(known, role=chance.choice(list(Role))))
        book.follow([change], None, step + 1)
        person, place = chance.choice(PEOPLE), chance.choice(PLACES)
        everything = list(book.grants.values())
        assert book.effective_role(person, place, 100.0) == effective_role(
            person, place, everything, 100.0
        ), seed
        assert book.shares_folders == any(
            grant.target.kind is not TargetKind.DOCUMENT for grant in everything
        )
        covering = {
            g.target for g in everything if effective_role(person, Place(g.target), [g], 1.0)
        }
        assert covering <= book.targets_for(person)
        theirs = [g for g in everything if g.subject == person.subject]
        assert sorted(g.id for g in book.of(person.subject)) == sorted(g.id for g in theirs)
    again = Book(Holdings(0, tuple(book.grants.values()), (), ()))
    for target in TARGETS:
        assert {g.id for g in again.on(target)} == {g.id for g in book.on(target)}


def test_asking_for_one_of_many_costs_as_much_as_for_one_of_few() -> None:
    def cost_s(count: int) -> float:
        target = Target(TargetKind.DOCUMENT, FileId("x"))
        grants = tuple(
            replace(
                some_grant(random.Random(n), n),
                subject=Subject(SubjectKind.GUEST, str(n)),
                target=target,
            )
            for n in range(count)
        )
        book = Book(Holdings(0, grants, (), ()))
        person = Person(grants[-1].subject, "")
        spent = []
        for _ in range(50):
            started = time.perf_counter()
            book.effective_role(person, Place(target), 1.0)
            spent.append(time.perf_counter() - started)
        return min(spent)

    assert cost_s(2_000) < 20 * cost_s(2)
