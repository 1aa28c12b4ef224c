"""The journal in a PostgreSQL database."""

from jupyter_tandem.adapters.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
