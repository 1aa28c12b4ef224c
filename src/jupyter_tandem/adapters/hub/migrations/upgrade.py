"""Takes the service's list of documents through the steps it has not been through."""

from __future__ import annotations

from importlib import resources
from typing import Final

import sqlalchemy as sa

from jupyter_tandem.errors import StoreError

VERSION_TABLE: Final = "hub_alembic_version"
"""Its own: on PostgreSQL shares lie in the same database, and their steps are others."""

NEWEST: Final = "0003"
"""The last step in ``versions``."""

_MIGRATION_LOCK: Final = 0x54414855
"""Names the PostgreSQL advisory lock that lets one of several starting services migrate."""

_VERSION: Final = sa.table(VERSION_TABLE, sa.column("version_num", sa.String))


def migrate(connection: sa.Connection) -> None:
    """Bring the table up to date, in the transaction of ``connection``; does nothing when it is.

    Raises:
        StoreError: a newer Tandem made it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    inspector = sa.inspect(connection)
    revision = None
    if inspector.has_table(VERSION_TABLE):
        revision = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
    if revision != NEWEST:
        _upgrade(connection, made_before=revision is None and inspector.has_table("hub_documents"))


def _upgrade(connection: sa.Connection, *, made_before: bool) -> None:
    # Not at the top: Alembic costs every start 10 MB and 0.2 s, and is needed once a release.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    place = resources.files("jupyter_tandem.adapters.hub") / "migrations"
    config.set_main_option("script_location", str(place))
    config.attributes["connection"] = connection
    try:
        if made_before:
            # The first service made the table of step 1 itself.
            command.stamp(config, "0001")
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            "The list of shared documents was written by a newer Tandem; upgrade jupyter-tandem."
        ) from error
