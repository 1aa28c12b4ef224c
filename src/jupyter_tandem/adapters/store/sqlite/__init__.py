"""A store on one SQLite file per contents root."""

from jupyter_tandem.adapters.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
