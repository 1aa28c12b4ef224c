"""What somebody may give to others: never more, and never for longer, than they have (SHARE-5)."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.core.sharing.decision import at_most
from jupyter_tandem.errors import AccessDenied, InvalidInput, NotFound
from jupyter_tandem.sharing import Offer, Standing
from jupyter_tandem.types import Action, Role

LONGEST_S: Final = 10 * 366 * 86_400.0
"""Ten years. Later dates are more likely a wrong unit than a wish."""


def bounded(offer: Offer, giver: Standing | None, now: float, *, through_link: bool) -> Offer:
    """``offer``, shortened to the time its giver has.

    Raises:
        NotFound: the giver has no access, so is not told that there is anything.
        AccessDenied: the giver may not share it, or not that much.
        InvalidInput: a link would grant manage, or the expiry is in the past or beyond ten years.
    """
    check_manager(giver)
    if giver is None or not at_most(offer.role, giver.role):
        raise AccessDenied("You may not give a role that you do not have.")
    if offer.may_run and not giver.may_run:
        raise AccessDenied("You may not run code here, so you may not let others.")
    if through_link and offer.role is Role.MANAGER:
        raise InvalidInput("A link cannot make somebody a manager; share with that person by name.")
    _check_expiry(offer.expires_at, now)
    return Offer(offer.role, offer.may_run, _earliest(offer, giver))


def check_manager(standing: Standing | None) -> None:
    """Do nothing if somebody with ``standing`` may look after shares.

    Raises:
        NotFound: they have no access at all. AccessDenied: they have, but may not share.
    """
    if standing is None:
        raise NotFound("There is no such file or folder.")
    if not standing.rights.allow(Action.MANAGE):
        raise AccessDenied("Only managers of this document may look after its shares.")


def _check_expiry(expires_at: float | None, now: float) -> None:
    if expires_at is None:
        return
    if not now < expires_at <= now + LONGEST_S:
        raise InvalidInput("The expiry must be in the future, at most ten years from now.")


def _earliest(offer: Offer, giver: Standing) -> float | None:
    ends = [offer.expires_at, giver.until, giver.run_until if offer.may_run else None]
    known = [end for end in ends if end is not None]
    return round(min(known), 3) if known else None
