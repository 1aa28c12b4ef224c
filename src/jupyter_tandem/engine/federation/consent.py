"""At the service: who may let others have a server started (HUBRUN-7)."""

from __future__ import annotations

from typing import Final

from jupyter_tandem.engine.federation.catalogue import Catalogue
from jupyter_tandem.errors import AccessDenied, InvalidInput
from jupyter_tandem.ports.desks import Caller
from jupyter_tandem.sharing import Grant, SubjectKind, Tier

_OWNER_ALONE: Final = "Only the person whose server this is lets others start it."
_BY_NAME: Final = "A server is started for people and groups by name, and for nobody else."
_NO_RUN: Final = "Let them run code first; then your server can be started for it."
_NAMED: Final = (
    "Only your default server can be started for the runs of others; this file is at another one."
)


class Consent:
    """Knows which servers can be started for others, and whose word that takes."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Look documents up in ``catalogue``."""
        self._catalogue = catalogue

    def check(self, caller: Caller, grant: Grant) -> None:
        """Do nothing where ``caller`` may let those of ``grant`` start the server that keeps what it is on.

        Raises:
            AccessDenied: it is not the caller's. InvalidInput: it is none that can be started, or not for them.
        """
        if caller.host is None or caller.host.tier is not Tier.HOST:
            raise AccessDenied(_OWNER_ALONE)
        if grant.subject.kind not in {SubjectKind.USER, SubjectKind.GROUP}:
            raise InvalidInput(_BY_NAME)
        if not grant.may_run:
            raise InvalidInput(_NO_RUN)
        if not self.is_default(grant.target.file_id):
            raise InvalidInput(_NAMED)

    def is_default(self, document_id: str) -> bool:
        """Whether a document or folder is kept by its owner's default server."""
        document = self._catalogue.get(document_id)
        return document is not None and document.server == ""
