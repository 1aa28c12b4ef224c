"""``tandem/api/audit``: reading and checking the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from jupyter_tandem.adapters.server.sharing.body import entry_body
from jupyter_tandem.adapters.server.sharing.route import SharingRoute
from jupyter_tandem.adapters.sharing.export import as_csv
from jupyter_tandem.errors import InvalidInput
from jupyter_tandem.types import Action

MOST_ENTRIES: Final = 10_000
"""Entries of one answer, some 400 bytes each."""


class AuditRoute(SharingRoute):
    """``GET audit?since=&after=&limit=&format=json|csv``, for managers of the whole server."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.MANAGE}

    async def get(self) -> None:
        """Answer with entries, oldest first; ask again with ``after`` the last one's number."""
        with self.refusing():
            self.office.overview.check_may_audit(self.caller)
            await self.office.audit.flush()
            entries = await self.office.audit.log.read(
                after=int(self._number("after", 0, 2**53)),
                since=self._number("since", 0, 2**40),
                limit=int(self._number("limit", 1_000, MOST_ENTRIES)),
            )
            if self.choice("format", ("json", "csv")) == "csv":
                self.set_header("Content-Disposition", 'attachment; filename="audit.csv"')
                self.finish(as_csv(entries), set_content_type="text/csv; charset=utf-8")
            else:
                self.finish({"entries": [entry_body(entry) for entry in entries]})

    def _number(self, name: str, default: float, most: float) -> float:
        found = self.query(name, str(default))
        try:
            number = float(found)
        except ValueError as error:
            raise InvalidInput(f"`{name}` must be a number.") from error
        if not 0 <= number <= most:
            raise InvalidInput(f"`{name}` must be between 0 and {most}.")
        return number


class VerificationRoute(SharingRoute):
    """``GET audit/verification``: is the chain whole?"""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.MANAGE}

    async def get(self) -> None:
        """Answer with ``whole`` and, if it is not, what is wrong."""
        with self.refusing():
            self.office.overview.check_may_audit(self.caller)
            await self.office.audit.flush()
            broken = await self.office.audit.log.verify()
            self.finish({"whole": broken is None, "problem": broken})
