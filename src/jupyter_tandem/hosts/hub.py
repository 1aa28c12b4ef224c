"""``jupyter tandem hub``: the service of a JupyterHub, run and stopped."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence

from jupyter_tandem.errors import StoreError
from jupyter_tandem.hosts.hub_composition import HubServer
from jupyter_tandem.hosts.hub_options import HubOptions, parse

_log = logging.getLogger("jupyter_tandem.hub")


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
        server = HubServer(options)
        url = await server.start()
    except (StoreError, OSError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    print(f"Tandem for JupyterHub at {url}", flush=True)
    looking = asyncio.create_task(_look_at_hub(server))
    await stopped.wait()
    looking.cancel()
    _log.info("stopping")
    in_time = await server.stop()
    _log.info("stopped%s", "" if in_time else "; not everything was written to the end in time")
    return 0 if in_time else 1


async def _look_at_hub(server: HubServer) -> None:
    """Tell the administrator at once what people would find out one by one (HUB-31)."""
    trouble = await server.hub_trouble()
    if trouble:
        _log.warning("Nobody can be let in yet: %s", trouble)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
