"""Who is what to a document: against a second, slower way of saying it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.sharing.decision import LADDER, effective_role, stronger
from jupyter_tandem.sharing import (
    SIGNED_IN,
    WHOLE_SERVER,
    Grant,
    GrantId,
    LinkId,
    Person,
    Place,
    Standing,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
    Tier,
)
from jupyter_tandem.types import Action, FileId, Role

DOCUMENT = Target(TargetKind.DOCUMENT, FileId("doc"))
NEAR = Target(TargetKind.FOLDER, FileId("near"))
FAR = Target(TargetKind.FOLDER, FileId("far"))
ELSEWHERE = Target(TargetKind.FOLDER, FileId("elsewhere"))
OTHER = Target(TargetKind.DOCUMENT, FileId("other"))
PLACE = Place(DOCUMENT, (NEAR.file_id, FAR.file_id))

ADA = Subject(SubjectKind.USER, "ada")
GUEST = Subject(SubjectKind.GUEST, "ada")
TEAM = Subject(SubjectKind.GROUP, "team")
PEOPLE = [
    Person(ADA, "Ada"),
    Person(ADA, "Ada", frozenset({"team"})),
    Person(GUEST, "Ada"),
    # A guest whose cookie claims groups has none.
    Person(GUEST, "Ada", frozenset({"team"})),
]


def grant(
    subject: Subject = ADA,
    target: Target = DOCUMENT,
    role: Role = Role.EDITOR,
    *,
    may_run: bool = False,
    expires_at: float | None = None,
    link: str | None = None,
) -> Grant:
    link_id = None if link is None else LinkId(link)
    return Grant(GrantId("g"), subject, target, role, may_run, expires_at, "user:o", 0.0, link_id)


grants = st.builds(
    grant,
    st.sampled_from([ADA, GUEST, TEAM, SIGNED_IN, Subject(SubjectKind.USER, "eve")]),
    st.sampled_from([DOCUMENT, NEAR, FAR, WHOLE_SERVER, ELSEWHERE, OTHER]),
    st.sampled_from(list(Role)),
    may_run=st.booleans(),
    expires_at=st.sampled_from([None, 99.0, 100.0, 101.0]),
    link=st.sampled_from([None, "l"]),
)


def by_hand(
    person: Person, place: Place, given_grants: list[Grant], now: float
) -> tuple[Role, bool] | None:
    """The rule as the specification words it, tier by tier."""
    around = set() if place.elsewhere else {NEAR, FAR, WHOLE_SERVER}
    user = person.subject.kind is SubjectKind.USER
    mine = {person.subject}
    if user:
        mine |= {SIGNED_IN} | {Subject(SubjectKind.GROUP, name) for name in person.groups}
    live = [
        g
        for g in given_grants
        if g.subject in mine
        and g.target in {DOCUMENT} | around
        and (g.expires_at is None or now < g.expires_at)
    ]
    direct = [g for g in live if g.link_id is None]
    on_document = [g for g in direct if g.target == DOCUMENT]
    tiers = [
        [g for g in on_document if g.subject == person.subject],
        [g for g in on_document if g.subject != person.subject],
        [g for g in direct if g.target != DOCUMENT],
        [g for g in live if g.link_id is not None],
    ]
    for tier in tiers:
        if tier:
            best = max(LADDER.index(g.role) for g in tier)
            return LADDER[best], any(g.may_run for g in tier)
    return None


@pytest.mark.spec("SHARE-1", "SHARE-2", "SHARE-3", "SHARE-18")
@given(
    st.sampled_from(PEOPLE),
    st.sampled_from([PLACE, replace(PLACE, elsewhere=True), Place(DOCUMENT, elsewhere=True)]),
    st.lists(grants, max_size=6),
)
def test_it_decides_as_the_specification_words_it(
    person: Person, place: Place, given_grants: list[Grant]
):
    found = effective_role(person, place, given_grants, 100.0)
    expected = by_hand(person, place, given_grants, 100.0)
    assert (found and (found.role, found.may_run)) == expected


@given(st.sampled_from(PEOPLE), st.lists(grants, max_size=6), st.randoms())
def test_the_order_of_grants_does_not_matter(person: Person, given_grants: list[Grant], random):
    shuffled = list(given_grants)
    random.shuffle(shuffled)
    assert effective_role(person, PLACE, given_grants, 100.0) == effective_role(
        person, PLACE, shuffled, 100.0
    )


@pytest.mark.spec("SHARE-3")
@given(st.sampled_from(PEOPLE), st.lists(grants, max_size=6), st.sampled_from([100.0, 102.0]))
def test_a_role_lasts_until_it_says(person: Person, given_grants: list[Grant], later: float):
    found = effective_role(person, PLACE, given_grants, 98.0)
    if found is None or (found.until is not None and found.until <= later):
        return
    then = effective_role(person, PLACE, given_grants, later)
    assert then is not None
    assert then.role is found.role


@given(st.lists(grants, max_size=6))
def test_nothing_is_left_when_all_has_expired(given_grants: list[Grant]):
    expired = [replace(g, expires_at=50.0) for g in given_grants]
    assert all(effective_role(p, PLACE, expired, 50.0) is None for p in PEOPLE)


@given(st.sampled_from(list(Role)), st.sampled_from(list(Role)))
def test_a_stronger_role_allows_all_that_a_weaker_one_does(one: Role, other: Role):
    weak, strong = sorted((one, other), key=LADDER.index)
    actions = [
        effective_role(PEOPLE[0], PLACE, [grant(role=role)], 0.0).rights.actions
        for role in (weak, strong)
    ]
    assert actions[0] <= actions[1]
    assert Action.RUN not in actions[1]


standings = st.none() | st.builds(
    Standing,
    st.sampled_from(list(Role)),
    st.booleans(),
    st.none(),
    st.none(),
    st.sampled_from(list(Tier)),
)


@pytest.mark.spec("SHARE-4")
@given(standings, standings)
def test_what_the_host_allows_is_never_lowered(host: Standing | None, given_one: Standing | None):
    both = stronger(host, given_one)
    expected = {a for s in (host, given_one) if s is not None for a in s.rights.actions}
    assert (both.rights.actions if both else set()) == expected
