"""``admin/audit``: the record with filters, its check, and its export (PAGES-6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import ClassVar, Final

from jupyter_tandem.adapters.hub.pages.admin import AdminRoute
from jupyter_tandem.adapters.sharing.export import as_csv, as_json_lines
from jupyter_tandem.errors import InvalidInput, NotFound
from jupyter_tandem.ports.audit import AuditQuery
from jupyter_tandem.types import Action

PAGE: Final = 100
"""Entries of one page."""

BATCH: Final = 2_000
"""Entries read at once while a file is sent: a megabyte."""

_FIELDS: Final = ("kind", "actor", "about", "since", "until")


class AuditPage(AdminRoute):
    """The record, newest first."""

    async def get(self) -> None:
        """Show the entries that the fields want."""
        with self.refusing():
            audit = self.site.desks.counter.office.audit
            await audit.flush()
            query = replace(_query(self._field), before=self._before())
            entries = await audit.log.find(query, limit=PAGE + 1, newest_first=True)
            older = entries[PAGE - 1].sequence if len(entries) > PAGE else None
            fields = {name: self._field(name) for name in _FIELDS}
            self.show("audit.html", entries=entries[:PAGE], fields=fields, older=older)

    def _field(self, name: str) -> str:
        return self.get_query_argument(name, "")[:300]

    def _before(self) -> int | None:
        found = self._field("before")
        if not found:
            return None
        if not found.isascii() or not found.isdigit() or len(found) > 15:
            raise InvalidInput("`before` must be the number of an entry.")
        return int(found)


class AuditCheckPage(AdminRoute):
    """``admin/audit/check``: is the chain whole?"""

    async def get(self) -> None:
        """Recompute all of it and say what is wrong, or that nothing is."""
        with self.refusing():
            audit = self.site.desks.counter.office.audit
            await audit.flush()
            self.show("audit_check.html", broken=await audit.log.verify())


class AuditExportRoute(AdminRoute):
    """``admin/audit/export.csv`` and ``export.jsonl``: all entries that the fields want, oldest first."""

    actions: ClassVar[Mapping[str, Action]] = {"GET": Action.READ}

    async def get(self, form: str) -> None:
        """Send them batch by batch: the log may be longer than fits into memory."""
        with self.refusing():
            audit = self.site.desks.counter.office.audit
            await audit.flush()
            query = _query(lambda name: self.get_query_argument(name, "")[:300])
            entries = await audit.log.find(query, limit=BATCH)
            self._begin(form)
            heading = True
            while entries or heading:
                csv = form == "csv"
                self.write(as_csv(entries, heading=heading) if csv else as_json_lines(entries))
                await self.flush()
                heading = False
                after = entries[-1].sequence if len(entries) == BATCH else None
                if after is None:
                    break
                entries = await audit.log.find(replace(query, after=after), limit=BATCH)

    def _begin(self, form: str) -> None:
        if form not in {"csv", "jsonl"}:
            raise NotFound("There is no such export.")
        kind = "text/csv" if form == "csv" else "application/x-ndjson"
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="audit.{form}"')


def _query(field: Callable[[str], str]) -> AuditQuery:
    return AuditQuery(
        since=_moment(field("since"), "since"),
        until=_moment(field("until"), "until"),
        kind=field("kind").strip(),
        actor=field("actor").strip(),
        about=field("about").strip(),
    )


def _moment(text: str, name: str) -> float | None:
    """A date or a moment in UTC, as browsers' fields for dates and times write it."""
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"`{name}` must be a date such as 2026-11-21 or 2026-11-21T14:30."
        ) from error
