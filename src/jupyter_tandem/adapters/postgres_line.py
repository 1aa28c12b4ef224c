"""What every connection to PostgreSQL has unless its URL says otherwise, and what every one has that writes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

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

SETTINGS: Final = """
SELECT
    -- Whoever has waited for a lock sees what was done meanwhile.
    set_config('default_transaction_isolation', 'read committed', false),
    -- Weaker ones acknowledge what a loss of power takes; an administrator may ask for more.
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
         THEN set_config('synchronous_commit', 'on', false) END
"""
"""What a role or a database may be set to must not decide what an acknowledgement is worth."""

PATIENCE: Final = """
SELECT
    set_config('lock_timeout', '10s', false),
    -- A service that is stopped in the middle of a transaction must not keep its successor out.
    set_config('idle_in_transaction_session_timeout', '30s', false)
"""
"""For those that serve: one that copies a store may think about it for longer."""

CLOSE_S: Final = 0.7
"""How long closing waits for a database that does not answer. Whoever stops has waited for it before."""

_DRIVER: Final = "psycopg"
_LOSE: Final = "tandem_lose_patience"


def engine_on(url: str | sa.URL, *, patient: bool = False, **options: Any) -> sa.Engine:
    """An engine whose commits are durable and that gives up on a database that does not answer.

    Args:
        url: Where it is.
        patient: Whether to wait for locks and for answers, and be waited for, without end.
        options: As ``create_engine`` takes them.
    """
    where = sa.make_url(url)
    if where.get_driver_name() != _DRIVER:
        return sa.create_engine(where, hide_parameters=True, **options)
    given = {name: value for name, value in UNLESS_SAID.items() if name not in where.query}
    engine = sa.create_engine(where, hide_parameters=True, connect_args=given, **options)
    settings = (SETTINGS,) if patient else (SETTINGS, PATIENCE)

    def set_up(connection: DBAPIConnection, _record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            for setting in settings:
                cursor.execute(setting)
        connection.commit()

    sa.event.listen(engine, "connect", set_up)
    if not patient:
        _bound(engine)
    return engine


def give_up(engine: sa.Engine) -> None:
    """Let whoever waits for an answer over ``engine``, on whatever thread, find the connection broken; and whoever will."""
    lose = engine.get_execution_options().get(_LOSE)
    if lose is not None:
        lose()


async def let_go(engine: sa.Engine, thread: ThreadPoolExecutor) -> None:
    """Finish what ``thread`` has begun and close the connections; what is not answered for a moment is given up.

    Args:
        engine: Used on that thread alone.
        thread: It ends too; nobody may ask more of it.
    """
    ending = asyncio.get_running_loop().run_in_executor(thread, engine.dispose)
    try:
        await asyncio.wait({ending}, timeout=CLOSE_S)
    finally:
        # Also when nobody waits for this end any more: the process would not end before the thread.
        if not ending.done():
            give_up(engine)
    await ending
    thread.shutdown()


def _bound(engine: sa.Engine) -> None:
    # Not at the top: the driver is an extra.
    from jupyter_tandem.adapters.postgres_patience import Patience

    patience = Patience()
    engine.update_execution_options(**{_LOSE: patience.lose})

    def connect(
        _dialect: object, _record: object, _arguments: object, options: dict[str, Any]
    ) -> object:
        return patience.connect(**options)

    sa.event.listen(engine, "do_connect", connect)
