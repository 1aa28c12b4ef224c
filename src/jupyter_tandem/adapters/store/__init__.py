"""Stores: where journals, file versions and the lease are kept."""

from jupyter_tandem.adapters.store.memory import MemoryDisk, MemoryStore

__all__ = ["MemoryDisk", "MemoryStore"]
