"""Stores: where journals, file versions and the lease are kept."""

from jupyter_tandem.adapters.store.fault import Faults
from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore
from jupyter_tandem.adapters.store.sqlite import SqliteStore

__all__ = ["Faults", "MemoryDisk", "MemoryStore", "SqliteStore"]
