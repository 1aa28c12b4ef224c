"""What guests are at most, whatever was given to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_tandem.core.sharing.guest_rule import ANYTHING, GuestRule
from jupyter_tandem.engine.sharing.book import Book
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.ports.sharing import Holdings
from jupyter_tandem.sharing import (
    Grant,
    GrantId,
    Link,
    LinkId,
    Person,
    Place,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role

NOTEBOOK = Target(TargetKind.DOCUMENT, FileId("n"))
FOLDER = Target(TargetKind.FOLDER, FileId("f"))
ZOE = Person(Subject(SubjectKind.GUEST, "zoe"), "Zoë")
BO = Person(Subject(SubjectKind.USER, "bo"), "Bo")
LOOK = GuestRule(Role.VIEWER, may_run=False, folders=False)
NOBODY = GuestRule(None, may_run=False, folders=False)

LINK = Link(
    id=LinkId("l"),
    digest="d",
    target=NOTEBOOK,
    name="n.ipynb",
    role=Role.EDITOR,
    may_run=True,
    guests=True,
    password="",
    expires_at=None,
    max_uses=None,
    uses=0,
    created_by="user:ana",
    created_at=0.0,
)


def book(rule: GuestRule, person: Person) -> Book:
    """All that is shared: one document, with one person, to be edited and run."""
    grant = Grant(
        GrantId("g"), person.subject, NOTEBOOK, Role.EDITOR, True, None, "user:ana", 0.0,
        link_id=LinkId("l"),
    )  # fmt: skip
    return Book(Holdings(1, (grant,), (), ()), rule)


@pytest.mark.spec("HUBGUEST-2")
def test_what_was_given_before_counts_for_as_much_as_is_allowed_now() -> None:
    here = Place(NOTEBOOK)
    whole = book(ANYTHING, ZOE).effective_role(ZOE, here, 1.0)
    assert whole is not None
    assert (whole.role, whole.may_run) == (Role.EDITOR, True)
    bound = book(LOOK, ZOE).effective_role(ZOE, here, 1.0)
    assert bound is not None
    assert (bound.role, bound.may_run) == (Role.VIEWER, False)
    assert book(NOBODY, ZOE).effective_role(ZOE, here, 1.0) is None
    theirs = book(NOBODY, BO).effective_role(BO, here, 1.0)
    assert theirs == book(ANYTHING, BO).effective_role(BO, here, 1.0)


@pytest.mark.spec("HUBGUEST-2")
def test_a_link_gives_guests_less_and_people_with_an_account_what_it_says() -> None:
    for who in (ZOE, None):
        used = LOOK.as_used(LINK, who)
        assert (used.role, used.may_run, used.guests) == (Role.VIEWER, False, True)
        assert not NOBODY.as_used(LINK, who).guests
        assert not LOOK.as_used(replace(LINK, target=FOLDER), who).guests
        assert ANYTHING.as_used(LINK, who) == LINK
    for rule in (LOOK, NOBODY):
        assert rule.as_used(LINK, BO) == LINK
    asks = replace(LINK, guests=False)
    assert LOOK.as_used(asks, None) == asks


@pytest.mark.spec("HUBGUEST-2")
@pytest.mark.parametrize(
    ("rule", "target", "role", "may_run", "why"),
    [
        (NOBODY, NOTEBOOK, Role.VIEWER, False, "for people with an account"),
        (LOOK, FOLDER, Role.VIEWER, False, "single documents"),
        (LOOK, NOTEBOOK, Role.VIEWER, True, "Nobody runs code"),
        (LOOK, NOTEBOOK, Role.COMMENTER, False, "viewer at most"),
    ],
)
def test_more_than_is_allowed_is_refused_with_a_sentence(
    rule: GuestRule, target: Target, role: Role, may_run: bool, why: str
) -> None:
    with pytest.raises(InvalidInput, match=why):
        rule.check(target, role, may_run=may_run)
    ANYTHING.check(target, role, may_run=may_run)
    LOOK.check(NOTEBOOK, Role.VIEWER, may_run=False)


@pytest.mark.spec("HUBGUEST-2")
def test_servers_are_told_what_links_may_give() -> None:
    assert NOBODY.offer is None
    offer = LOOK.offer
    assert offer is not None
    assert (offer.role, offer.may_run, offer.folders) == (Role.VIEWER, False, False)
