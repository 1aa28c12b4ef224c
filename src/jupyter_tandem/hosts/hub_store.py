"""Where the Hub's service keeps what people type: files of its own, or PostgreSQL (HUB-32)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.ports.runs import RunStore
from jupyter_tandem.ports.store import FileBaseStore, Holder, Journal, Lease, Store

MOVED: Final = "moved-to-database"
"""A file in a store's folder: what is there was copied into a database, and goes on there (HUB-33)."""


def open_store(options: HubOptions) -> Store:
    """The store that ``options`` name.

    Raises:
        StoreError: it cannot be used, or what was shared so far lies elsewhere.
    """
    if not options.database_url:
        _check_stays(options.store_dir)
        return _Files(SqliteStore.open(options.store_dir), options.store_dir)
    left = options.store_dir / FILE_NAME
    if left.exists() and not (options.store_dir / MOVED).exists():
        raise StoreError(
            f"Documents were shared before with their journal in {left}. "
            "`jupyter-tandem hub-migrate` copies them into the database, once; "
            "or go on without --database-url, or move that folder away to begin anew."
        )
    # Not at the top: its driver is an extra.
    from jupyter_tandem.adapters.store.postgres import PostgresStore

    return PostgresStore.connect(sa.make_url(options.database_url))


class _Files:
    """A store in files whose lease nobody gets any more who waited for it while they were copied."""

    def __init__(self, store: SqliteStore, directory: Path) -> None:
        self.journal: Journal = store.journal
        self.bases: FileBaseStore = store.bases
        self.runs: RunStore = store.runs
        self.lease: Lease = _LeaseOfFiles(store.lease, directory)
        self._store = store

    async def close(self) -> None:
        """See the port."""
        await self._store.close()


@dataclass(frozen=True, slots=True)
class _LeaseOfFiles:
    lease: Lease
    directory: Path

    async def acquire(self, holder: Holder) -> Holder | None:
        """See the port.

        Raises:
            StoreError: the files were copied into a database; nobody holds them now.
        """
        found = await self.lease.acquire(holder)
        if found is None:
            # Looked for now and not before: who copies has the lease, and gives it back after the mark was made.
            try:
                _check_stays(self.directory)
            except StoreError:
                await self.lease.release()
                raise
        return found

    async def renew(self) -> None:
        """See the port."""
        await self.lease.renew()

    async def release(self) -> None:
        """See the port."""
        await self.lease.release()


def _check_stays(directory: Path) -> None:
    """Raise StoreError where the store in ``directory`` goes on in a database."""
    if (directory / MOVED).exists():
        raise StoreError(
            f"What was shared with its journal in {directory} was copied into a database and goes on there: start "
            f"with --database-url. To go on with the files, without what was done since, delete {directory / MOVED}."
        )
