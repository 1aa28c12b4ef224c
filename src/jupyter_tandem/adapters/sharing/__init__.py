"""Shares, links, guests and the audit log in a relational database."""

from jupyter_tandem.adapters.sharing.store import SqlSharing

__all__ = ["SqlSharing"]
