"""A connection, and what has been read over it once and for all."""

from __future__ import annotations

import contextlib
import os
import socket

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

    def sever(self) -> None:
        """Let whoever waits for an answer, on another thread, find the connection broken."""
        with contextlib.suppress(OSError):
            descriptor = os.dup(self.connection.fileno())
            with socket.socket(fileno=descriptor) as line:
                line.shutdown(socket.SHUT_RDWR)
