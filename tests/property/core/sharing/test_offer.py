"""What may be given, and by whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_tandem.core.sharing.decision import LADDER
from jupyter_tandem.core.sharing.offer import LONGEST_S, bounded
from jupyter_tandem.errors import AccessDenied, InvalidInput, NotFound, TandemError
from jupyter_tandem.sharing import Offer, Standing, Tier
from jupyter_tandem.types import Role

NOW = 1_000.0
ends = st.sampled_from([None, 1_001.0, 5_000.0, 9_000.0])
standings = st.none() | st.builds(
    Standing, st.sampled_from(list(Role)), st.booleans(), ends, ends, st.just(Tier.EXPLICIT)
)
offers = st.builds(Offer, st.sampled_from(list(Role)), st.booleans(), ends)


def later(end: float | None) -> float:
    return float("inf") if end is None else end


@pytest.mark.spec("SHARE-5", "SHARE-6")
@given(offers, standings, st.booleans())
def test_nobody_gives_more_than_they_have(offer: Offer, giver: Standing | None, link: bool):
    try:
        given_one = bounded(offer, giver, NOW, through_link=link)
    except TandemError:
        return
    assert giver is not None
    assert giver.role is Role.MANAGER
    assert LADDER.index(given_one.role) <= LADDER.index(giver.role)
    assert giver.may_run or not given_one.may_run
    assert later(given_one.expires_at) <= later(giver.until)
    assert later(given_one.expires_at) <= later(offer.expires_at)
    if given_one.may_run:
        assert later(given_one.expires_at) <= later(giver.run_until)
    assert not (link and given_one.role is Role.MANAGER)


OWNER = Standing(Role.MANAGER, True, None, None, Tier.HOST)


@pytest.mark.spec("SHARE-6")
def test_a_link_never_makes_a_manager():
    with pytest.raises(InvalidInput, match="by name"):
        bounded(Offer(Role.MANAGER, False, None), OWNER, NOW, through_link=True)


@pytest.mark.spec("SHARE-19")
def test_who_has_nothing_is_told_there_is_nothing():
    with pytest.raises(NotFound):
        bounded(Offer(Role.VIEWER, False, None), None, NOW, through_link=False)


@pytest.mark.spec("SHARE-5")
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.MANAGER])
def test_only_managers_share(role: Role):
    with pytest.raises(AccessDenied):
        bounded(
            Offer(Role.VIEWER, False, None),
            Standing(role, True, None, None, Tier.EXPLICIT),
            NOW,
            through_link=False,
        )


@pytest.mark.spec("SHARE-22")
@pytest.mark.parametrize("end", [NOW, NOW - 1, 0.0, -5.0, NOW + LONGEST_S + 1, float("inf")])
def test_an_expiry_that_cannot_be_is_refused(end: float):
    with pytest.raises(InvalidInput, match="future"):
        bounded(Offer(Role.VIEWER, False, end), OWNER, NOW, through_link=False)


@pytest.mark.spec("SHARE-22")
def test_an_expiry_that_is_no_number_is_refused():
    with pytest.raises(InvalidInput):
        bounded(Offer(Role.VIEWER, False, float("nan")), OWNER, NOW, through_link=False)
