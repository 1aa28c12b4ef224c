"""Connections for tests in which no power fails: they do not wait for the disk."""

from __future__ import annotations

import sqlite3


class Unsynced(sqlite3.Connection):
    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:
        return super().execute(sql.replace("synchronous = FULL", "synchronous = OFF"), *arguments)
