"""The file in which a server keeps what is shared."""

from typing import Final

FILE_NAME: Final = "sharing.sqlite3"
