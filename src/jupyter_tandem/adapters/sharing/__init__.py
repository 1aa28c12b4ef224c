"""Shares, links, guests and the audit log in a relational database.

Nothing is imported here: only :mod:`~.on_demand` does without SQLAlchemy.
"""
