"""Takes the tables through the steps they have not been through."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from jupyter_tandem.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def configuration() -> Config:
    """Alembic's configuration, with the steps that come with this version of Tandem."""
    config = Config()
    place = resources.files("jupyter_tandem.adapters.sharing") / "migrations"
    config.set_main_option("script_location", str(place))
    return config


def upgrade(connection: Connection) -> None:
    """Take the last steps, in the transaction of ``connection``.

    Raises:
        StoreError: a newer Tandem made the tables.
    """
    config = configuration()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            "The shares were written by a newer Tandem. Upgrade jupyter-tandem, or point it at another "
            "data directory."
        ) from error
