"""Links at the service, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_tandem.adapters.hub.service_client import ServiceClient
from jupyter_tandem.errors import HubUnreachable
from jupyter_tandem.ports.desks import LinkWish
from jupyter_tandem.sharing import (
    Link,
    LinkId,
    LinkUse,
    Subject,
    SubjectKind,
    Target,
    TargetKind,
)
from jupyter_tandem.types import FileId, Role

Json = Mapping[str, Any]

_HIDDEN = "told to nobody"
"""Stands for a password and for a secret's digest, which the service keeps to itself."""


class LinkClient:
    """:class:`jupyter_tandem.ports.hub_links.HubLinks`."""

    def __init__(self, service: ServiceClient) -> None:
        """Ask ``service``."""
        self._service = service

    async def make(self, document: str, wish: LinkWish) -> tuple[Link, str]:
        """See the port."""
        body = {
            "path": document,
            "role": wish.offer.role.value,
            "may_run": wish.offer.may_run,
            "expires_at": wish.offer.expires_at,
            "guests": wish.guests,
            "max_uses": wish.max_uses,
            "password": wish.password,
        }
        answer = await self._service.ask_json("POST", "api/links", body)
        return _link(answer), str(answer.get("secret", ""))

    async def change(self, link_id: LinkId, wish: Mapping[str, object]) -> Link:
        """See the port."""
        body = {
            name: value.value if isinstance(value, Role) else value for name, value in wish.items()
        }
        return _link(await self._service.ask_json("PATCH", _path(link_id), body))

    async def end(self, link_id: LinkId, *, with_grants: bool) -> None:
        """See the port."""
        grants = "revoke" if with_grants else "keep"
        await self._service.ask("DELETE", f"{_path(link_id)}?grants={grants}")

    async def uses(self, link_id: LinkId) -> list[LinkUse]:
        """See the port."""
        answer = await self._service.ask("GET", f"{_path(link_id)}/uses")
        return [_use(link_id, told) for told in answer.get("uses", ())]

    async def of(self, document: str) -> list[Link]:
        """See the port."""
        answer = await self._service.ask("GET", f"api/links?{urlencode({'path': document})}")
        return [_link(told) for told in answer.get("links", ())]

    async def kept(self) -> Mapping[str, Sequence[Link]]:
        """See the port."""
        where = f"api/links?{urlencode({'server': self._service.server})}"
        kept: dict[str, list[Link]] = {}
        for told in (await self._service.ask("GET", where)).get("links", ()):
            link = _link(told)
            kept.setdefault(link.target.file_id, []).append(link)
        return kept


def _path(link_id: LinkId) -> str:
    return f"api/links/{quote(link_id, safe='')}"


def _link(told: Json) -> Link:
    try:
        target = told["target"]
        return Link(
            id=LinkId(str(told["id"])),
            digest=_HIDDEN,
            target=Target(TargetKind(target["kind"]), FileId(str(target["file_id"]))),
            name=str(told["name"]),
            role=Role(told["role"]),
            may_run=bool(told["may_run"]),
            guests=bool(told["guests"]),
            password=_HIDDEN if told["password"] else "",
            expires_at=None if told["expires_at"] is None else float(told["expires_at"]),
            max_uses=None if told["max_uses"] is None else int(told["max_uses"]),
            uses=int(told["uses"]),
            created_by=str(told["created_by"]),
            created_at=float(told["created_at"]),
            ended_at=None if told["ended_at"] is None else float(told["ended_at"]),
            giver_name=str(told["giver_name"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise HubUnreachable("The Hub's service says what nobody understands.") from error


def _use(link_id: LinkId, told: Json) -> LinkUse:
    subject = told["subject"]
    person = Subject(SubjectKind(subject["kind"]), str(subject["name"]))
    return LinkUse(link_id, float(told["at"]), person, str(told["display_name"]))
