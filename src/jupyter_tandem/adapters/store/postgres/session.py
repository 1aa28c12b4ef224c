"""A connection, and what has been read over it once and for all."""

from __future__ import annotations

from jupyter_tandem.adapters.store.postgres.database import Connection
from jupyter_tandem.adapters.store.postgres.origin import Origins


class Session:
    """One connection; used by one thread at a time.

    Attributes:
        connection: To the journal's database.
        origins: Authors and causes that were seen there.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.origins = Origins()

    def close(self) -> None:
        """Give the connection up; a transaction that is under way is rolled back."""
        self.connection.close()
