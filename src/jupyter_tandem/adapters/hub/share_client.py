"""Shares at the service, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jupyter_tandem.adapters.hub.service_client import ServiceClient
from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.ports.desks import Presence
from jupyter_tandem.ports.federation import KnownNames
from jupyter_tandem.sharing import (
    Grant,
    GrantId,
    LinkId,
    Offer,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role

Json = Mapping[str, Any]


class ShareClient:
    """:class:`jupyter_tandem.ports.federation.HubShares`."""

    def __init__(self, service: ServiceClient) -> None:
        """Ask ``service``."""
        self._service = service

    async def give(self, document: str, subject: Subject, offer: Offer) -> Grant:
        """See the port."""
        body = {
            "path": document,
            "subject": _subject_body(subject),
            "role": offer.role.value,
            "may_run": offer.may_run,
            "expires_at": offer.expires_at,
        }
        return _grant(await self._service.ask_json("POST", "api/grants", body))

    async def change(self, grant_id: GrantId, wish: Mapping[str, object]) -> Grant:
        """See the port."""
        body = {
            name: value.value if isinstance(value, Role) else value for name, value in wish.items()
        }
        path = self._service.grant_path(grant_id)
        return _grant(await self._service.ask_json("PATCH", path, body))

    async def end(self, grant_id: GrantId) -> None:
        """See the port."""
        await self._service.ask("DELETE", self._service.grant_path(grant_id))

    async def remove(self, document: str, subject: Subject) -> list[Grant]:
        """See the port."""
        body = {"path": document, "subject": _subject_body(subject)}
        answer = await self._service.ask_json("POST", "api/removals", body)
        return [_grant(told) for told in answer.get("ended", ())]

    async def view(self, document: str) -> tuple[list[Grant], list[Presence], bool]:
        """See the port."""
        answer = await self._service.ask("GET", f"api/shares?{urlencode({'path': document})}")
        grants = [_grant(told) for told in answer.get("grants", ())]
        people = [_presence(told) for told in answer.get("people", ())]
        return grants, people, answer.get("starts") is True

    async def kept(self) -> Mapping[str, list[Grant]]:
        """See the port."""
        answer = await self._service.ask("GET", "api/documents")
        server = self._service.server
        return {
            str(told["id"]): [_grant(grant) for grant in told["grants"]]
            for told in answer.get("mine", ())
            if told.get("server") == server
        }

    async def files(self) -> Mapping[str, FileId]:
        """See the port."""
        answer = await self._service.ask("GET", "api/documents")
        return {
            str(told["id"]): FileId(str(told["file_id"]))
            for told in answer.get("mine", ())
            if told.get("server") == self._service.server and "file_id" in told
        }

    async def names(self, query: str) -> KnownNames:
        """See the port."""
        answer = await self._service.ask("GET", f"api/names?{urlencode({'q': query})}")
        return KnownNames(
            tuple(map(str, answer.get("users", ()))),
            tuple(map(str, answer.get("groups", ()))),
            bool(answer.get("whole", True)),
        )


def _subject_body(subject: Subject) -> dict[str, str]:
    return {"kind": subject.kind.value, "name": subject.name}


def _subject(told: Json) -> Subject:
    return Subject(SubjectKind(told["kind"]), str(told["name"]))


def _grant(told: Json) -> Grant:
    try:
        target, link = told["target"], told["link"]
        return Grant(
            id=GrantId(str(told["id"])),
            subject=_subject(told["subject"]),
            target=Target(TargetKind(target["kind"]), FileId(str(target["file_id"]))),
            role=Role(told["role"]),
            may_run=bool(told["may_run"]),
            expires_at=None if told["expires_at"] is None else float(told["expires_at"]),
            granted_by=str(told["granted_by"]),
            granted_at=float(told["granted_at"]),
            link_id=None if link is None else LinkId(str(link)),
            display_name=str(told["display_name"]),
            giver_name=str(told["giver_name"]),
            # A service that is older tells nothing of it.
            may_start=told.get("may_start") is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HubUnreachable("The Hub's service says what nobody understands.") from error


def _presence(told: Json) -> Presence:
    return Presence(
        _subject(told["subject"]),
        str(told["display_name"]),
        float(told["since"]),
        int(told["connections"]),
    )
