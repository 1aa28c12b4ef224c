"""``jupyter tandem hub``: the service of a JupyterHub, run and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Final

from jupyter_tandem.collector import spare_all_so_far
from jupyter_tandem.errors import StoreError, StoreUnavailable
from jupyter_tandem.hosts.hub_composition import HubServer
from jupyter_tandem.hosts.hub_options import HubOptions, parse
from jupyter_tandem.hosts.interpreter import switch_often

_log = logging.getLogger("jupyter_tandem.hub")

DATABASE_S: Final = 60.0
"""How long a service that starts waits for its database. Whoever starts services again and again gives up after some
quick failures; a database that recovers takes longer than that."""

_AGAIN_S: Final = 1.0


def run(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Args:
        argv: The options, without the command's name.

    Returns:
        0 after a clean stop, 1 when the service could not start or was too slow to stop.

    Raises:
        SystemExit: the options are wrong, or help was asked for.
    """
    options = parse(argv)
    logging.basicConfig(
        level=options.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # What JupyterHub's login says while all is well holds ids of people's sessions.
    logging.getLogger("tornado.application").setLevel(logging.WARNING)
    return asyncio.run(_serve(options))


async def _serve(options: HubOptions) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    try:
        server = await _made(options, stopped)
        if server is None:
            return 0
        url = await server.start()
    except (StoreError, OSError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    switch_often()
    spare_all_so_far()
    print(f"Tandem for JupyterHub at {url}", flush=True)
    looking = asyncio.create_task(_look_at_hub(server))
    await stopped.wait()
    looking.cancel()
    _log.info("stopping")
    in_time = await server.stop()
    _log.info("stopped%s", "" if in_time else "; not everything was written to the end in time")
    return 0 if in_time else 1


async def _made(options: HubOptions, stopped: asyncio.Event) -> HubServer | None:
    """The service; ``None`` when it was told to stop while it waited for its database.

    Raises:
        StoreError: the store cannot be used; where it is a database, after :data:`DATABASE_S`.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + DATABASE_S
    while not stopped.is_set():
        try:
            return HubServer(options)
        except StoreUnavailable as error:
            if not options.database_url or loop.time() >= until:
                raise
            _log.warning("Waiting for the database: %s", error)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped.wait(), _AGAIN_S)
    return None


async def _look_at_hub(server: HubServer) -> None:
    """Tell the administrator at once what people would find out one by one (HUB-31)."""
    trouble = await server.hub_trouble()
    if trouble:
        _log.warning("Nobody can be let in yet: %s", trouble)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
