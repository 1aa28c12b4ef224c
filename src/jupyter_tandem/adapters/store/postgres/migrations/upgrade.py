"""Takes the journal's tables through the steps they have not been through."""

from __future__ import annotations

from importlib import resources
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.errors import StoreError

VERSION_TABLE: Final = "journal_alembic_version"
"""Its own: shares and the list of documents lie in the same database, and their steps are others."""

NEWEST: Final = "0001"
"""The last step in ``versions``."""

_MIGRATION_LOCK: Final = 0x54414A4E
"""Names the advisory lock that lets one of several starting services migrate."""

_VERSION: Final = sa.table(VERSION_TABLE, sa.column("version_num", sa.String))


def migrate(connection: sa.Connection) -> None:
    """Bring the tables up to date, in the transaction of ``connection``; does nothing when they are.

    Raises:
        StoreError: a newer Tandem made them.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    if sa.inspect(connection).has_table(VERSION_TABLE):
        revision = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
        if revision == NEWEST:
            return
    _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    # Not at the top: Alembic costs every start 10 MB and 0.2 s, and is needed once a release.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    place = resources.files("jupyter_tandem.adapters.store.postgres") / "migrations"
    config.set_main_option("script_location", str(place))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            "The journal in PostgreSQL was written by a newer Tandem; upgrade jupyter-tandem."
        ) from error
