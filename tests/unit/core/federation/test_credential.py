"""HUB-3: whom a token speaks for."""

from __future__ import annotations

import pytest

from jupyter_tandem.core.federation.credential import delegate_of
from jupyter_tandem.errors import AccessDenied
from jupyter_tandem.sharing import Identified
from jupyter_tandem.types import User

ALICE = User("alice", "Alice", "Alice", "A")


def identified(*scopes: str, kind: str = "user") -> Identified:
    return Identified(kind, ALICE, frozenset({"team"}), frozenset(scopes))


@pytest.mark.spec("HUB-3")
@pytest.mark.parametrize(
    ("scopes", "may_write"),
    [
        (("custom:tandem:write!user=alice",), True),
        (("custom:tandem:write!server=alice/gpu",), True),
        (("custom:tandem:read!user=alice",), False),
        (("custom:tandem:read!server=alice/", "custom:tandem:write!user=bob"), False),
    ],
)
def test_a_scope_for_its_own_person_lets_in(scopes: tuple[str, ...], may_write: bool) -> None:
    delegate = delegate_of(identified(*scopes))
    assert delegate.user == ALICE
    assert delegate.groups == {"team"}
    assert delegate.may_write is may_write


@pytest.mark.spec("HUB-3")
@pytest.mark.parametrize(
    "scopes",
    [
        (),
        ("custom:tandem:write",),
        ("custom:tandem:write!user=bob",),
        ("custom:tandem:write!user=alice2",),
        ("custom:tandem:write!server=alice2/",),
        ("custom:tandem:write!server=bob/alice/",),
        ("custom:tandem:admin!user=alice", "access:services"),
        ("custom:tandem:write!group=team",),
    ],
)
def test_any_other_scope_does_not(scopes: tuple[str, ...]) -> None:
    with pytest.raises(AccessDenied, match="custom:tandem:write"):
        delegate_of(identified(*scopes))


@pytest.mark.spec("HUB-3")
def test_a_service_is_nobody() -> None:
    with pytest.raises(AccessDenied, match="service"):
        delegate_of(identified("custom:tandem:write!user=alice", kind="service"))


@pytest.mark.spec("HUB-3")
def test_a_token_names_its_servers() -> None:
    found = identified(
        "custom:tandem:write!user=alice",
        "access:servers!server=alice/",
        "access:servers!server=alice/gpu",
        "access:servers!server=bob/",
        "access:servers!user=alice",
    )
    assert delegate_of(found).servers == {"", "gpu"}
