"""What is told of a link that lets nobody in."""

from __future__ import annotations

import pytest

from jupyter_tandem.adapters.hub.guest.link_request import alike
from jupyter_tandem.core.sharing.link import check_usable
from jupyter_tandem.errors import (
    AccessDenied,
    LinkEnded,
    NotFound,
    TandemError,
    TooManyTries,
    WrongPassword,
)
from jupyter_tandem.sharing import Link, LinkId, Target, TargetKind
from jupyter_tandem.types import FileId, Role

NOW = 1_000.0


def told(error: TandemError) -> tuple[int, str, str]:
    """What an answer holds."""
    found = alike(error)
    return found.http_status, found.code, str(found)


def why_not(**part: object) -> TandemError:
    """Why a link like this does not open."""
    whole = {
        "id": LinkId("l"), "digest": "d", "target": Target(TargetKind.DOCUMENT, FileId("n")),
        "name": "n", "role": Role.VIEWER, "may_run": False, "guests": True, "password": "",
        "expires_at": None, "max_uses": None, "uses": 0, "created_by": "user:ana", "created_at": 0.0,
    }  # fmt: skip
    link = Link(**{**whole, **part})  # type: ignore[arg-type]  # what is wrong with it is the test's
    with pytest.raises(LinkEnded) as caught:
        check_usable(link, None, NOW, used_before=False)
    return caught.value


@pytest.mark.spec("HUBGUEST-5")
def test_what_never_was_and_what_is_no_more_are_told_alike() -> None:
    answers = {
        told(NotFound("There is no such link. Was it copied whole?")),
        told(LinkEnded("What this link leads to has been deleted.")),
        told(why_not(ended_at=NOW - 1)),
        told(why_not(expires_at=NOW)),
        told(why_not(max_uses=1, uses=1)),
    }
    ((status, _, sentence),) = answers
    assert status == 404
    assert "no such link, or it has ended" in sentence


@pytest.mark.spec("HUBGUEST-5")
def test_what_somebody_can_do_something_about_is_told() -> None:
    for error in (WrongPassword("w"), TooManyTries("t"), AccessDenied("a")):
        assert alike(error) is error
