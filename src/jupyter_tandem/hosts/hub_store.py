"""Where the Hub's service keeps what people type: files of its own, or PostgreSQL (HUB-32)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.ports.store import Store

MOVED: Final = "moved-to-database"
"""A file in a store's folder: what is there was copied into a database, and goes on there (HUB-33)."""


def open_store(options: HubOptions) -> Store:
    """The store that ``options`` name.

    Raises:
        StoreError: it cannot be used, or what was shared so far lies elsewhere.
    """
    moved = (options.store_dir / MOVED).exists()
    if not options.database_url:
        if moved:
            raise StoreError(_gone_on(options.store_dir))
        return SqliteStore.open(options.store_dir)
    left = options.store_dir / FILE_NAME
    if left.exists() and not moved:
        raise StoreError(
            f"Documents were shared before with their journal in {left}. "
            "`jupyter-tandem hub-migrate` copies them into the database, once; "
            "or go on without --database-url, or move that folder away to begin anew."
        )
    # Not at the top: its driver is an extra.
    from jupyter_tandem.adapters.store.postgres import PostgresStore

    return PostgresStore.connect(sa.make_url(options.database_url))


def _gone_on(directory: Path) -> str:
    return (
        f"What was shared with its journal in {directory} was copied into a database and goes on there: start with "
        f"--database-url. To go on with the files, without what was done since, delete {directory / MOVED}."
    )
