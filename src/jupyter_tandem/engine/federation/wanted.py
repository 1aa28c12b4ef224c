"""Documents that a single-user server wants linked to the service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_tandem.engine.federation.link import Link
from jupyter_tandem.errors import MalformedFrame
from jupyter_tandem.sharing import GuestOffer
from jupyter_tandem.types import Address, DocumentKind, FileId, Role

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Wanted:
    """A document that is to be linked.

    Attributes:
        document: Its id at the service.
        address: Its address here.
        keeps: Whether its file is here.
        link: The link, while there is one.
        idle: At how many looks in a row nobody was there.
        turn: Held while something is done to the document that takes time.
        attaching: Whether a link is about to be made.
        reporting: Held while it is found out what to report of the file, so that reports keep their order.
        settled: Sequence here up to which the service is known to have everything.
    """

    document: str
    address: Address
    keeps: bool
    link: Link | None = None
    idle: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    attaching: bool = False
    reporting: asyncio.Lock = field(default_factory=asyncio.Lock)
    settled: int = -1
    complaint: str = ""

    def detached(self) -> None:
        """The link has ended, or is about to."""
        link, self.link = self.link, None
        if link is not None and link.synchronised:
            self.settled = link.live.sequence

    def complain(self, why: str) -> None:
        """Say in the log why there is no link, once."""
        if why and why != self.complaint:
            _log.warning("%s is not linked to the Hub: %s", self.address.document_id, why)
        self.complaint = why


def guests_offered(welcome: Mapping[str, Any]) -> GuestOffer | None:
    """What links for people without an account may give, as the service's welcome says.

    Raises:
        MalformedFrame: it cannot be read.
    """
    most = welcome.get("guests")
    try:
        return None if most is None else GuestOffer(Role(most), may_run=False, folders=False)
    except ValueError as error:
        raise MalformedFrame("the service's welcome cannot be read.") from error


def kept_folders(welcome: Mapping[str, Any]) -> dict[str, FileId]:
    """The folders that are shared from this server, as the service's welcome lists them.

    Raises:
        MalformedFrame: it cannot be read.
    """
    try:
        told = welcome.get("folders", [])
        return {str(one["id"]): FileId(str(one["file_id"])) for one in told}
    except (KeyError, TypeError) as error:
        raise MalformedFrame("the service's welcome cannot be read.") from error


def kept_documents(welcome: Mapping[str, Any]) -> list[Wanted]:
    """Those whose file is at this server, as the service's welcome lists them.

    Raises:
        MalformedFrame: it cannot be read.
    """
    try:
        return [
            Wanted(
                str(told["id"]),
                Address(
                    DocumentKind(str(told["format"]), str(told["type"])),
                    FileId(str(told["file_id"])),
                ),
                keeps=True,
            )
            for told in welcome["documents"]
        ]
    except (KeyError, TypeError) as error:
        raise MalformedFrame("the service's welcome cannot be read.") from error
