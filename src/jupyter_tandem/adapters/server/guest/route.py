"""What the routes of the guest view share: who asks, by the guest's cookie or an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.cookie import read_guest, xsrf_proven
from jupyter_tandem.adapters.server.guest.view import guest_view
from jupyter_tandem.adapters.server.identity import visitor
from jupyter_tandem.adapters.server.route import TandemRoute
from jupyter_tandem.adapters.server.sharing.caller import person_of
from jupyter_tandem.ports.desks import Office
from jupyter_tandem.ports.desks import person_of as guest_person
from jupyter_tandem.sharing import GUEST_USERNAME, Guest, Person
from jupyter_tandem.types import Action, User

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class GuestRoute(TandemRoute):
    """A route for those with whom something was shared. It never asks what the server itself allows them.

    Attributes:
        person: Who asks.
        guest: The same when they have no account.
    """

    actions: ClassVar[Mapping[str, Action]] = {}
    person: Person
    guest: Guest | None = None

    def initialize(self, office: Office) -> None:
        """Ask the desks of ``office``."""
        self.office = office

    async def prepare(self) -> None:  # type: ignore[override]  # as TandemRoute's
        """Find out who asks; 403 for nobody, before anything of the request is looked at."""
        await JupyterHandler.prepare(self, _redirect_to_login=False)
        if self._finished or self.request.method == "OPTIONS":
            return
        if (self.request.method or "") not in self.actions:
            raise HTTPError(405)
        self.identify()
        if self.request.method not in _READING:
            self.check_forgery()
        self.set_header("Cache-Control", "no-store")

    def identify(self) -> None:
        """Set :attr:`person`.

        Raises:
            HTTPError: it is nobody (403).
        """
        found = identify(self, self.office)
        if found is None:
            raise HTTPError(403, "Open the link you were sent again.")
        self.guest, self.person = found

    def check_xsrf_cookie(self) -> None:
        """jupyter_server calls it before it is known who asks; see :meth:`check_forgery`."""

    def check_forgery(self) -> None:
        """Do nothing, unless another site's page made the request (GUEST-5).

        Raises:
            HTTPError: 403.
        """
        if self.guest is None:
            TandemRoute.check_xsrf_cookie(self)
            return
        if not self.check_origin() or not xsrf_proven(self, read_guest(self)):
            raise HTTPError(403, "The request did not come from a page of this server.")

    def options(self, *_args: str, **_kwargs: str) -> None:
        """Other origins are not served."""
        self.set_status(204)
        self.finish()


def identify(handler: JupyterHandler, office: Office) -> tuple[Guest | None, Person] | None:
    """Who makes a request: the guest whose cookie it carries, else who is signed in, else ``None``."""
    guest = office.guests.recognise(read_guest(handler))
    if guest is not None:
        return guest, guest_person(guest)
    if handler.current_user is None:
        return None
    return None, person_of(visitor(handler))


def still_there(
    handler: JupyterHandler, office: Office, person: Person
) -> Callable[[], Person | None]:
    """Asks anew who a connection belongs to: a guest may have left, or their cookie expired."""
    cookie = read_guest(handler)

    def who() -> Person | None:
        guest = office.guests.recognise(cookie)
        return None if guest is None else guest_person(guest)

    return who if not person.signed_in else lambda: person


def room_user(handler: JupyterHandler, guest: Guest | None) -> User:
    """A guest or a signed-in person as rooms and journals know them."""
    if guest is None:
        return visitor(handler).user
    initials = "".join(word[0] for word in guest.display_name.split()[:2]).upper()
    name = guest.display_name + guest_view(handler).mark
    return User(f"{GUEST_USERNAME}{guest.id}", name, name, initials)
