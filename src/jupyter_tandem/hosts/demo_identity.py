"""Two named people on a demo server: the token in each link says who it is."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from jupyter_server.auth import IdentityProvider
from jupyter_server.auth import User as ServerUser
from traitlets import Dict, Unicode

if TYPE_CHECKING:
    from tornado.web import RequestHandler


class DemoIdentityProvider(IdentityProvider):
    """Knows as many people as it was given tokens."""

    people: Any = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Full name by token.",
    ).tag(config=True)

    async def get_user_token(self, handler: RequestHandler) -> ServerUser | None:
        """The person whose token came with the request."""
        offered = self.get_token(handler) or ""
        for token, name in self.people.items():
            if hmac.compare_digest(token.encode(), offered.encode()):
                return person(name)
        return None


def person(name: str) -> ServerUser:
    """A user with the full name ``name``."""
    first, *others = name.split()
    initials = "".join(part[0] for part in (first, *others)).upper()
    return ServerUser(username=first.lower(), name=name, display_name=name, initials=initials)
