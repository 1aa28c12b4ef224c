"""Where the Hub's service keeps what people type: files of its own, or PostgreSQL (HUB-32)."""

from __future__ import annotations

import sqlalchemy as sa

from jupyter_tandem.adapters.store.sqlite import SqliteStore
from jupyter_tandem.adapters.store.sqlite.database import FILE_NAME
from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_options import HubOptions
from jupyter_tandem.ports.store import Store


def open_store(options: HubOptions) -> Store:
    """The store that ``options`` name.

    Raises:
        StoreError: it cannot be used, or what was shared so far lies elsewhere.
    """
    if not options.database_url:
        return SqliteStore.open(options.store_dir)
    left = options.store_dir / FILE_NAME
    if left.exists():
        raise StoreError(
            f"Documents were shared before with their journal in {left}; a database does not take them over. "
            "Go on without --database-url, or move that folder away to begin anew."
        )
    # Not at the top: its driver is an extra.
    from jupyter_tandem.adapters.store.postgres import PostgresStore

    return PostgresStore.connect(sa.make_url(options.database_url))
