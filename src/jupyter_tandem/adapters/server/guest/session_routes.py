"""Who a guest is, what they have, and leaving; and opening links."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from jupyter_tandem.adapters.server.guest.cookie import (
    clear_guest,
    link_proven,
    read_guest,
    set_guest,
)
from jupyter_tandem.adapters.server.guest.route import GuestRoute, room_user
from jupyter_tandem.adapters.server.guest.view import guest_path
from jupyter_tandem.adapters.server.sharing.body import (
    found_body,
    guest_body,
    shared_body,
    standing_body,
    subject_body,
)
from jupyter_tandem.adapters.server.sharing.caller import caller_of, peer_of
from jupyter_tandem.adapters.server.sharing.places import clean_path
from jupyter_tandem.adapters.server.sharing.route import require_json
from jupyter_tandem.adapters.server.sharing.wish import only, text
from jupyter_tandem.ports.desks import Admission, Opened, Preview, Visit
from jupyter_tandem.ports.sharing import Located
from jupyter_tandem.sharing import TargetKind
from jupyter_tandem.types import Action


class IdentityRoute(GuestRoute):
    """``api/me``: as Jupyter Server answers, with no permission at all."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with identity and permissions."""
        user = room_user(self, self.guest)
        identity = {
            "username": user.username,
            "name": user.name,
            "display_name": user.display_name,
            "initials": user.initials,
            "color": user.color,
            "avatar_url": user.avatar_url,
        }
        self.finish({"identity": identity, "permissions": {}, "allowed": {}})


class GuestMeRoute(GuestRoute):
    """``tandem/api/me``: the person, and with ``?path=`` what they are to it."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer as :class:`~jupyter_tandem.adapters.server.sharing.share_routes.MeRoute`."""
        answer: dict[str, Any] = {
            "subject": subject_body(self.person.subject),
            "display_name": self.person.display_name,
            "groups": sorted(self.person.groups),
            "server": None,
            "accounts": self.office.accounts,
            "guests": guest_body(self.office.guest_links()),
        }
        with self.refusing():
            path = self.get_query_argument("path", None, strip=False)
            if path is not None:
                found = await self.office.shelf.find(self.person, clean_path(path))
                if isinstance(found, Opened):
                    mine = standing_body(found.standing)
                    answer["at"] = {**found_body(found.found), "mine": mine}
            self.finish(answer)


class GuestSharedRoute(GuestRoute):
    """``tandem/api/shared``: what this person has."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with a list; nothing is shared by a guest."""
        with self.refusing():
            shared = await self.office.overview.with_person(self.person)
            now = self.office.now()
            self.finish({"by_me": [], "with_me": [shared_body(one, now) for one in shared]})


class LeaveRoute(GuestRoute):
    """``POST tandem/api/leave``: the guest goes for good."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.READ}

    @allow_unauthenticated
    async def post(self) -> None:
        """Make the cookie worthless; open connections close."""
        with self.refusing():
            if self.guest is not None:
                await self.office.guests.leave(self.guest)
                clear_guest(self)
            self.set_status(204)
            self.finish()


class LinkRequest(GuestRoute):
    """A request made by the page of a link. Anybody may make one; only our page's are taken."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.READ}
    visit: Visit

    def identify(self) -> None:
        """Who it is is found out below; nobody in particular is fine."""

    def check_forgery(self) -> None:
        """Take only what a page of ours sends (GUEST-6)."""
        site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        if site != "same-origin" or not self.check_origin() or not link_proven(self):
            raise HTTPError(403, "Open the link again.")

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:  # noqa: ARG002
        """Exactly this server: no setting lets another site use somebody's link for them."""
        origin = self.request.headers.get("Origin")
        return origin is None or origin == f"{self.request.protocol}://{self.request.host}"

    async def prepare(self) -> None:  # type: ignore[override]  # as GuestRoute's
        """Also find out who asks."""
        await super().prepare()
        if not self._finished and self.request.method != "OPTIONS":
            guest = self.office.guests.recognise(read_guest(self))
            self.visit = Visit(peer_of(self), await caller_of(self), guest)

    def texts(self, *names: str) -> dict[str, str]:
        """The texts in the request's body; those that are missing are empty.

        Raises:
            InvalidInput: there is something else. HTTPError: it is no JSON.
        """
        require_json(self)
        body = self.body()
        only(body, frozenset(names))
        return {name: text(body, name, "") for name in names}


class LookRoute(LinkRequest):
    """``POST tandem/api/link/look``: what would this link give me?"""

    @allow_unauthenticated
    async def post(self) -> None:
        """Answer with what the page shows."""
        with self.refusing():
            wish = self.texts("secret")
            preview = await self.office.link_door.look(wish["secret"], self.visit)
            self.finish(self._told(preview))

    def _told(self, preview: Preview) -> dict[str, Any]:
        link, person = preview.link, self.visit.person
        return {
            "name": preview.found.name if preview.found is not None else link.name,
            "kind": link.target.kind.value,
            "gone": preview.found is None,
            "by": link.giver_name,
            "role": link.role.value,
            "may_run": link.may_run,
            "expires_at": link.expires_at,
            "password": bool(link.password) and not preview.used_before,
            "sign_in": preview.sign_in,
            "login_url": self.get_login_url() if preview.sign_in else None,
            "signed_in": self.visit.caller is not None,
            "known_as": person.display_name if person is not None else None,
            "suggested_name": self.office.guests.suggest_name(),
        }

    def get_login_url(self) -> str:
        """The server's own page; afterwards the page of the link is shown again."""
        login = str(JupyterHandler.get_login_url(self))
        back = quote(str(url_path_join(self.base_url, "tandem/l")), safe="")
        return f"{login}?next={back}"


class RedeemRoute(LinkRequest):
    """``POST tandem/api/link/redeem``: use the link."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Give what the link gives, make the browser a guest's if need be, and say where to go."""
        with self.refusing():
            wish = self.texts("secret", "display_name", "password")
            admission = await self.office.link_door.redeem(
                wish["secret"],
                self.visit,
                display_name=wish["display_name"],
                password=wish["password"],
            )
            if admission.cookie:
                set_guest(self, admission.cookie)
            elif admission.guest is not None:
                set_guest(self, read_guest(self))
            self.finish({"url": self._where(admission), "path": admission.found.path})

    def _where(self, admission: Admission) -> str:
        base = self.base_url if admission.own else guest_path(self)
        return url_path_join(base, view_of(admission.found))


def view_of(found: Located) -> str:
    """Where a browser shows it: one document alone, a folder beside its files."""
    path = quote(found.path)
    if found.place.target.kind is TargetKind.DOCUMENT:
        return f"doc/tree/{path}"
    return f"lab/tree/{path}" if path else "lab"


def new_proof() -> str:
    """What a page of a link proves itself with."""
    return secrets.token_urlsafe(32)
