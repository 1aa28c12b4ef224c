"""What people without an account may be at most, as whoever runs the host says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from jupyter_tandem.core.sharing.decision import LADDER, at_most
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.sharing import GuestOffer, Link, Person, Standing, Target, TargetKind
from jupyter_tandem.types import Role

_NOBODY: Final = "Links here are for people with an account. Let the link ask for signing in."
_NO_RUNS: Final = "Nobody runs code here without an account. Let the link ask for signing in."
_NO_FOLDERS: Final = (
    "Links for people without an account lead to single documents here. Let the link ask for signing in, "
    "or share the documents one by one."
)


@dataclass(frozen=True, slots=True)
class GuestRule:
    """Bounds everything that guests come by, also what was given before the rule was made.

    Attributes:
        most: The strongest role; ``None``: nobody comes in without an account.
        may_run: Whether they may run code.
        folders: Whether what they come by may be more than a single document.
    """

    most: Role | None
    may_run: bool
    folders: bool

    def bound(self, standing: Standing | None) -> Standing | None:
        """What is left of a guest's standing."""
        if standing is None or self.most is None:
            return None
        may_run = standing.may_run and self.may_run
        return replace(
            standing,
            role=_lower(standing.role, self.most),
            may_run=may_run,
            may_start=may_run and standing.may_start,
        )

    def as_used(self, link: Link, person: Person | None) -> Link:
        """``link`` as it counts for ``person``; ``None`` is somebody who is new here."""
        if not link.guests or (person is not None and person.signed_in):
            return link
        if self.most is None or not self._covers(link.target):
            return replace(link, guests=False)
        may_run = link.may_run and self.may_run
        return replace(link, role=_lower(link.role, self.most), may_run=may_run)

    @property
    def offer(self) -> GuestOffer | None:
        """What links for guests may give."""
        if self.most is None:
            return None
        return GuestOffer(self.most, self.may_run, self.folders)

    def check(self, target: Target, role: Role, *, may_run: bool) -> None:
        """Do nothing, if guests may come by that much.

        Raises:
            InvalidInput: with a sentence for whoever wants to give it.
        """
        if self.most is None:
            raise InvalidInput(_NOBODY)
        if not self._covers(target):
            raise InvalidInput(_NO_FOLDERS)
        if may_run and not self.may_run:
            raise InvalidInput(_NO_RUNS)
        if not at_most(role, self.most):
            raise InvalidInput(
                f"Somebody without an account is {self.most.value} at most here. "
                "Choose a lower role, or let the link ask for signing in."
            )

    def _covers(self, target: Target) -> bool:
        return self.folders or target.kind is TargetKind.DOCUMENT


ANYTHING: Final = GuestRule(LADDER[-1], may_run=True, folders=True)
"""Guests are what was given to them: the rule of a server whose owner shares what is theirs."""


def _lower(role: Role, limit: Role) -> Role:
    return role if at_most(role, limit) else limit
