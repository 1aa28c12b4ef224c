"""ACCESS-5: the server's authorizer is asked again, with a request where it may want to look at one."""

from __future__ import annotations

import gc
import weakref
from typing import Any, cast

import pytest
from jupyter_server.auth import AllowAllAuthorizer, Authorizer, User
from jupyter_server.base.handlers import JupyterHandler

from jupyter_tandem.adapters.server.identity import ServerGrants
from jupyter_tandem.types import Action


class Request:
    """What of a handler an authorizer and we look at."""

    def __init__(self, authorizer: Authorizer) -> None:
        self.settings: dict[str, Any] = {"authorizer": authorizer}
        self.current_user = User("ana")

    @property
    def authorizer(self) -> Authorizer:
        return cast("Authorizer", self.settings["authorizer"])


class Listed(Authorizer):
    """Allows what is on a list, and looks at the request."""

    allowed = frozenset({"read", "write"})

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        assert handler.current_user is user
        return action in self.allowed


class NearlyAll(AllowAllAuthorizer):
    """Made of the default, and not the same."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:
        return handler is not None and action == "read"


def grants(request: Request) -> ServerGrants:
    return ServerGrants(cast("JupyterHandler", request))


@pytest.mark.spec("ACCESS-5")
async def test_another_authorizer_is_asked_each_time_with_the_request() -> None:
    listed = Listed()
    asked = grants(Request(listed))
    assert Action.WRITE in await asked.actions()
    listed.allowed = frozenset({"read"})
    assert await asked.actions() == frozenset({Action.READ})
    listed.allowed = frozenset()
    assert await asked.actions() == frozenset()


@pytest.mark.spec("ACCESS-5")
async def test_one_made_of_the_default_is_asked_too() -> None:
    assert await grants(Request(NearlyAll())).actions() == frozenset({Action.READ})


async def test_the_default_needs_no_request_and_keeps_none() -> None:
    request = Request(AllowAllAuthorizer())
    asked, seen = grants(request), weakref.ref(request)
    del request
    gc.collect()
    assert seen() is None
    assert Action.RUN in await asked.actions()


@pytest.mark.spec("ACCESS-5")
async def test_who_came_under_the_default_may_nothing_once_another_decides() -> None:
    request = Request(AllowAllAuthorizer())
    asked = grants(request)
    request.settings["authorizer"] = Listed()
    assert await asked.actions() == frozenset()
