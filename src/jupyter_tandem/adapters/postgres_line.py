"""What every connection to PostgreSQL has unless its URL says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

UNLESS_SAID: Final[Mapping[str, Any]] = {
    "application_name": "jupyter-tandem",
    # A machine that is gone answers nothing: noticed after some 20 s, and not after two hours.
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""Parameters of libpq; seconds, but for the last one, milliseconds."""

_DRIVER: Final = "psycopg"


def engine_on(url: str | sa.URL, **options: Any) -> sa.Engine:
    """An engine that gives up on a database that does not answer; ``options`` as ``create_engine`` takes them."""
    where = sa.make_url(url)
    given: dict[str, Any] = {}
    if where.get_driver_name() == _DRIVER:
        given = {name: value for name, value in UNLESS_SAID.items() if name not in where.query}
    return sa.create_engine(where, hide_parameters=True, connect_args=given, **options)
