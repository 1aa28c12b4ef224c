"""``tandem/api``: who has what, who is here, and the grants to people and groups."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from jupyter_tandem.adapters.server.sharing.body import (
    caller_body,
    found_body,
    grant_body,
    presence_body,
    shared_body,
    standing_body,
    view_body,
)
from jupyter_tandem.adapters.server.sharing.route import SharingRoute
from jupyter_tandem.adapters.server.sharing.wish import (
    flag,
    grant_change,
    grant_wish,
    only,
    path_of,
    subject_of,
)
from jupyter_tandem.sharing import GrantId
from jupyter_tandem.types import Action

DESCRIPTION: Final = Path(__file__).parent / "openapi.json"


class MeRoute(SharingRoute):
    """``GET me``: who asks, and what they are to the whole server or to ``?path=``."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with the person; with ``path`` also with what they are to it (404: nothing)."""
        office = self.office
        answer = caller_body(self.caller, accounts=office.accounts, guests=office.guest_links())
        with self.refusing():
            path = self.get_query_argument("path", None, strip=False)
            if path is not None:
                found, standing = await self.office.overview.standing_at(self.caller, path)
                answer["at"] = {**found_body(found), "mine": standing_body(standing)}
            self.finish(answer)


class OpenApiRoute(SharingRoute):
    """``GET openapi.json``: what can be asked here."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with the description."""
        self.finish(DESCRIPTION.read_bytes())


class SharesRoute(SharingRoute):
    """``GET shares?path=``: all about one file or folder."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.MANAGE}

    async def get(self) -> None:
        """Answer with grants, links and who is here."""
        with self.refusing():
            view = await self.office.overview.of_path(self.caller, self.query("path"))
            self.finish(view_body(view, self.now))


class SharedRoute(SharingRoute):
    """``GET shared``: what I may look after, and what others gave me."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self) -> None:
        """Answer with both lists."""
        with self.refusing():
            overview = self.office.overview
            by_me = await overview.by(self.caller)
            with_me = await overview.with_person(self.caller.person)
            self.finish(
                {
                    "by_me": [shared_body(shared, self.now) for shared in by_me],
                    "with_me": [shared_body(shared, self.now) for shared in with_me],
                }
            )


class GrantsRoute(SharingRoute):
    """``POST grants``: share with somebody."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Answer 201 with the grant."""
        body = self.body()
        with self.refusing():
            path, subject, offer = grant_wish(body, self.now)
            grant = await self.office.shares.give(self.caller, path, subject, offer)
            self.set_status(201)
            self.finish(grant_body(grant, path.strip("/")))


class GrantRoute(SharingRoute):
    """``PATCH`` and ``DELETE grants/<id>``."""

    actions: ClassVar[Mapping[str, Action]] = {"PATCH": Action.MANAGE, "DELETE": Action.MANAGE}

    async def patch(self, grant_id: str) -> None:
        """Change it; open connections follow before the answer."""
        body = self.body()
        with self.refusing():
            wish = grant_change(body, self.now)
            grant = await self.office.shares.change(self.caller, GrantId(grant_id), wish=wish)
            self.finish(grant_body(grant))

    async def delete(self, grant_id: str) -> None:
        """Take it back; open connections are closed before the answer."""
        with self.refusing():
            await self.office.shares.end(self.caller, GrantId(grant_id))
            self.set_status(204)
            self.finish()


class PeopleRoute(SharingRoute):
    """``GET people?path=``: who is here. ``POST removals``: show somebody out."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.MANAGE}

    async def get(self) -> None:
        """Answer with everybody who is in the document, or in a document of the folder."""
        with self.refusing():
            people = await self.office.overview.people(self.caller, self.query("path"))
            self.finish({"people": [presence_body(presence) for presence in people]})


class RemovalsRoute(SharingRoute):
    """``POST removals``: take from one person what lets them into a document."""

    actions: ClassVar[Mapping[str, Action]] = {"POST": Action.MANAGE}

    async def post(self) -> None:
        """Answer with the grants that ended; who came by a group's grant is still in."""
        body = self.body()
        with self.refusing():
            only(body, frozenset({"path", "subject", "end_links"}))
            ended = await self.office.shares.remove(
                self.caller,
                path_of(body),
                subject_of(body.get("subject")),
                end_links=flag(body, "end_links", False),
            )
            self.finish({"ended": [grant_body(grant) for grant in ended]})
