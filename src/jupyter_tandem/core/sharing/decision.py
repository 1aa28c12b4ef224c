"""The one function that says what somebody is to a document (docs/spec/sharing.md)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jupyter_tandem.sharing import (
    Grant,
    Person,
    Place,
    Standing,
    Subject,
    SubjectKind,
    TargetKind,
    Tier,
)
from jupyter_tandem.types import Role

LADDER: Final[tuple[Role, ...]] = tuple(Role)
"""The roles from the least to the most."""


def at_most(role: Role, limit: Role) -> bool:
    """Whether ``role`` allows no more than ``limit``."""
    return LADDER.index(role) <= LADDER.index(limit)


def effective_role(
    person: Person, place: Place, grants: Iterable[Grant], now: float
) -> Standing | None:
    """What ``person`` is to ``place`` at ``now``; ``None``: nothing at all.

    The highest tier with a grant that applies decides (explicit, group, folder, link); within it the
    strongest role counts, and running code if any grant of the tier allows it.

    Args:
        person: Who asks, with their groups as of now.
        place: The document or folder, with the folders it lies in as of now.
        grants: At least all grants on ``place``, its folders and the server.
        now: Unix seconds.
    """
    applying = [g for g in grants if _is_for(person, g.subject) and _covers(g, place, now)]
    if not applying:
        return None
    tier = max(tier_of(grant, place) for grant in applying)
    return _strongest([g for g in applying if tier_of(g, place) is tier], tier)


def tier_of(grant: Grant, place: Place) -> Tier:
    """Where ``grant`` stands among those that cover ``place``."""
    if grant.link_id is not None:
        return Tier.LINK
    if grant.target != place.target:
        return Tier.FOLDER
    if grant.subject.kind in {SubjectKind.GROUP, SubjectKind.SIGNED_IN}:
        return Tier.GROUP
    return Tier.EXPLICIT


def stronger(one: Standing | None, other: Standing | None) -> Standing | None:
    """Both together: what the host allows somebody and what they were given add up."""
    if one is None or other is None:
        return one or other
    high, low = (one, other) if at_most(other.role, one.role) else (other, one)
    if high.may_run or not low.may_run:
        return high
    return Standing(high.role, True, high.until, low.run_until, high.tier)


def _is_for(person: Person, subject: Subject) -> bool:
    match subject.kind:
        case SubjectKind.SIGNED_IN:
            return person.signed_in
        case SubjectKind.GROUP:
            return person.signed_in and subject.name in person.groups
        case SubjectKind.USER | SubjectKind.GUEST:
            return subject == person.subject


def _covers(grant: Grant, place: Place, now: float) -> bool:
    if grant.expires_at is not None and now >= grant.expires_at:
        return False
    match grant.target.kind:
        case TargetKind.SERVER:
            return not place.elsewhere
        case TargetKind.FOLDER:
            within = grant.target.file_id in place.folders and not place.elsewhere
            return within or grant.target == place.target
        case TargetKind.DOCUMENT:
            return grant.target == place.target


def _strongest(grants: list[Grant], tier: Tier) -> Standing:
    role = max((g.role for g in grants), key=LADDER.index)
    running = [g for g in grants if g.may_run]
    return Standing(
        role=role,
        may_run=bool(running),
        until=_latest(g for g in grants if g.role is role),
        run_until=_latest(running),
        tier=tier,
        may_start=any(g.may_start for g in running),
    )


def _latest(grants: Iterable[Grant]) -> float | None:
    """When the last of ``grants`` expires, or ``None`` when one never does or there is none."""
    ends = [g.expires_at for g in grants]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
