"""``api/requests`` at the service, and ``tandem/hub/requests`` at servers: who asks for access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_tandem.adapters.hub.drive_routes import HubRoute as OwnRoute
from jupyter_tandem.adapters.hub.meter import HubMeter
from jupyter_tandem.adapters.hub.route import HubRoute
from jupyter_tandem.adapters.hub.service_client import ServiceClient
from jupyter_tandem.adapters.server.sharing.wish import only, role_of, text
from jupyter_tandem.ports.hub_desk import Desks
from jupyter_tandem.ports.hub_drive import Drive
from jupyter_tandem.ports.hub_requests import Petitions
from jupyter_tandem.types import Action

_FIELDS = frozenset({"document", "username", "role"})


class RequestsRoute(HubRoute):
    """``GET requests``: what others ask of the token's person. ``POST``: an answer; a role, or ``null`` for no."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.MANAGE}

    def initialize(self, desks: Desks, meter: HubMeter, petitions: Petitions) -> None:  # type: ignore[override]
        """Ask ``petitions``."""
        super().initialize(desks, meter)
        self._petitions = petitions

    async def get(self) -> None:
        """Answer with a list, oldest first."""
        with self.refusing():
            asked = await self._petitions.to(self.delegate)
            self.finish(
                {
                    "requests": [
                        {
                            "document": one.document.id,
                            "name": one.document.name,
                            "username": one.request.username,
                            "display_name": one.request.display_name,
                            "at": one.request.at,
                        }
                        for one in asked
                    ]
                }
            )

    async def post(self) -> None:
        """Share it, or forget the request."""
        with self.refusing():
            body = self.body()
            only(body, _FIELDS)
            document, name = text(body, "document", None), text(body, "username", None)
            if body.get("role") is None:
                await self._petitions.decline(self.delegate, document, name)
            else:
                role = role_of(body["role"])
                await self._petitions.accept(self.delegate, document, name, role)
            self.set_status(204)
            self.finish()


class OwnRequestsRoute(OwnRoute):
    """The same at a server, for its person; the service decides."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ, "POST": Action.WRITE}

    def initialize(self, drive: Drive, service: ServiceClient) -> None:  # type: ignore[override]
        """Ask ``service``."""
        super().initialize(drive)
        self._service = service

    async def get(self) -> None:
        """Answer as the service does."""
        with self.refusing():
            self.finish(await self._service.ask("GET", "api/requests"))

    async def post(self) -> None:
        """Hand the answer on."""
        body: dict[str, Any] = self.body()
        with self.refusing():
            only(body, _FIELDS)
            await self._service.ask_json("POST", "api/requests", body)
            self.set_status(204)
            self.finish()
