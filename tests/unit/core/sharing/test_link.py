"""When links open, and what they give."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from jupyter_tandem.core.sharing.guest_name import friendly_name
from jupyter_tandem.core.sharing.link import check_usable, digest_of, grant_from
from jupyter_tandem.core.sharing.throttle import REMEMBERED, Throttle
from jupyter_tandem.errors import LinkEnded, NotFound, SignInRequired
from jupyter_tandem.sharing import GrantId, Person, Subject, SubjectKind
from jupyter_tandem.testing.sharing_contract import LINK
from jupyter_tandem.types import Role

ADA = Person(Subject(SubjectKind.USER, "ada"), "Ada")
GUEST = Person(Subject(SubjectKind.GUEST, "g1"), "Zoë")
NOW = 1_500.0


@pytest.mark.spec("SHARE-10")
@pytest.mark.parametrize(
    ("link", "words"),
    [
        (replace(LINK, ended_at=1.0), "withdrawn"),
        (replace(LINK, expires_at=NOW), "expired"),
        (replace(LINK, uses=3), "often"),
    ],
)
def test_a_link_that_ended_says_how(link, words: str):
    with pytest.raises(LinkEnded, match=words):
        check_usable(link, GUEST, NOW, used_before=False)


@pytest.mark.spec("SHARE-13")
def test_who_used_it_before_is_not_counted_again():
    check_usable(replace(LINK, uses=3), GUEST, NOW, used_before=True)


@pytest.mark.spec("SHARE-7")
@pytest.mark.parametrize("person", [None, GUEST])
def test_a_link_for_accounts_asks_guests_to_sign_in(person: Person | None):
    link = replace(LINK, guests=False)
    with pytest.raises(SignInRequired):
        check_usable(link, person, NOW, used_before=False)
    check_usable(link, ADA, NOW, used_before=False)


@pytest.mark.spec("SHARE-8")
def test_a_grant_keeps_what_the_link_gave_when_it_was_used():
    before = grant_from(LINK, GUEST, GrantId("1"), NOW)
    after = grant_from(replace(LINK, role=Role.EDITOR, may_run=True), ADA, GrantId("2"), NOW)
    assert (before.role, before.may_run, before.expires_at) == (Role.VIEWER, False, 2_000.5)
    assert (after.role, after.may_run, after.link_id) == (Role.EDITOR, True, LINK.id)


@pytest.mark.spec("SHARE-9", "SHARE-10")
@pytest.mark.parametrize("secret", ["", "a" * 42, "a" * 44, "a" * 42 + "=", "é" * 43, "a" * 9**6])
def test_what_is_no_secret_is_not_even_looked_up(secret: str):
    with pytest.raises(NotFound):
        digest_of(secret)


@pytest.mark.spec("SHARE-9")
def test_a_secret_is_kept_as_its_sha256():
    assert digest_of("A" * 43) == sha256(b"A" * 43).hexdigest()


def test_there_are_256_friendly_names():
    names = {friendly_name(number) for number in range(1_000)}
    assert len(names) == 256
    assert "Amber Avocet" in names


@pytest.mark.spec("SHARE-14")
def test_failures_leak_away_and_others_are_not_affected():
    throttle = Throttle(burst=3, per_s=0.5)
    for _ in range(3):
        assert not throttle.blocked("here", 10.0)
        throttle.fail("here", 10.0)
    assert throttle.blocked("here", 10.0)
    assert not throttle.blocked("there", 10.0)
    assert throttle.blocked("here", 11.9)
    assert not throttle.blocked("here", 12.0)
    assert throttle.blocked("here", 5.0), "a clock that steps back forgives nothing"


@pytest.mark.spec("SHARE-14")
def test_it_remembers_a_bounded_number():
    throttle = Throttle(burst=1, per_s=0.001)
    throttle.fail("first", 0.0)
    for number in range(REMEMBERED):
        throttle.fail(number, 0.0)
    assert not throttle.blocked("first", 0.0)
    assert throttle.blocked(REMEMBERED - 1, 0.0)
