"""``jupyter tandem signal``: the signaling server put together, run and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from jupyter_tandem.adapters.signaling.listener import Listener
from jupyter_tandem.adapters.signaling.prometheus import PrometheusMeter
from jupyter_tandem.adapters.system import SystemClock, SystemEntropy
from jupyter_tandem.core.signaling.address import Networks
from jupyter_tandem.core.signaling.door import Door
from jupyter_tandem.core.signaling.switchboard import Switchboard
from jupyter_tandem.core.signaling.usage import UsageBook
from jupyter_tandem.engine.signaling import SignalingService
from jupyter_tandem.hosts.signal_options import (
    RelayChoice,
    SignalOptions,
    parse,
    tls_context,
)
from jupyter_tandem.ports.relay import Relay

logger = logging.getLogger("jupyter_tandem.signaling")

_REPORT_S = 60.0
_RELAY_PATIENCE_S = 1.0
"""Clients announce themselves once, when they come; what is said before the relay is there is not heard."""

_THIS_MACHINE = Networks.parse(["127.0.0.0/8", "::1"])

_SPARE_FILES = 64
"""File descriptors that are no connection: the relay's, the library's, the loop's."""


def run(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl-C; a second one stops at once.

    Args:
        argv: The options, without the command's name.

    Returns:
        0 after a clean stop, 1 when the server could not start.

    Raises:
        SystemExit: the options are wrong, or help was asked for.
    """
    options = parse(list(argv))
    logging.basicConfig(
        level=options.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    loop = _new_loop(options.use_uvloop)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_serve(options))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


class SignalServer:
    """One process of the signaling server.

    Attributes:
        meter: Its counters.
        relay: Its way to other processes, if it has one.
        listener: Its connections.

    Args:
        options: What the operator said.
        relay: Takes the place of the one the options name; for a group inside one process.
    """

    def __init__(self, options: SignalOptions, relay: Relay | None = None) -> None:
        self._options = options
        self.meter = PrometheusMeter()
        self.relay = relay or open_relay(options.relay)
        clock = SystemClock()
        usages = UsageBook(options.quota)
        self._switchboard = Switchboard(options.limits, options.quota, usages)
        self._service = SignalingService(
            door=Door(options.policy, options.quota, usages),
            switchboard=self._switchboard,
            usages=usages,
            limits=options.limits,
            relay=self.relay,
            clock=clock,
            entropy=SystemEntropy(),
            meter=self.meter,
            metrics_page=self.meter.page,
        )
        self.listener = Listener(self._service, clock, options.line)
        self._watch()

    async def start(self) -> str:
        """Begin to listen.

        Returns:
            The URL to connect to.

        Raises:
            OSError: the address cannot be had.
        """
        await self._service.start(_RELAY_PATIENCE_S)
        host, port = (await self.listener.start(self._options.binding))[0]
        scheme = "ws" if self._options.binding.tls is None else "wss"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    async def stop(self) -> bool:
        """Let everybody go, within the options' time.

        Returns:
            Whether nobody had to be cut off.
        """
        self.listener.stop_listening()
        farewell = asyncio.create_task(self._service.drain())
        try:
            return await self.listener.close(self._options.drain_s)
        finally:
            farewell.cancel()
            await self._service.close()

    def _watch(self) -> None:
        watch = self.meter.watch
        switchboard, listener, relay = self._switchboard, self.listener, self.relay
        watch("connections", "Connections of any kind", lambda: listener.connections)
        watch("clients", "Clients let in", lambda: switchboard.peers)
        watch("topics", "Topics with a subscriber", lambda: switchboard.topics)
        watch("subscriptions", "Subscriptions", lambda: switchboard.subscriptions)
        watch("loop_lag_seconds", "How late the last tick was", lambda: listener.lag_s)
        if relay is not None:
            watch("relay_connected", "Whether other processes hear us", lambda: relay.connected)


def open_relay(choice: RelayChoice) -> Relay | None:
    """Return the relay a URL names, not connected yet; None for none.

    Raises:
        ImportError: the product's library is not installed.
    """
    if not choice.url:
        return None
    if choice.url.startswith(("nats://", "tls://")):
        from jupyter_tandem.adapters.signaling.nats import NatsRelay

        return NatsRelay(choice.url, choice.channel)
    from jupyter_tandem.adapters.signaling.redis import RedisRelay

    return RedisRelay(choice.url, choice.channel)


async def _serve(options: SignalOptions) -> int:
    options = with_room_for_files(options)
    try:
        server = SignalServer(options)
        url = await server.start()
    except ImportError as error:
        extra = "nats" if "nats" in str(error) else "redis"
        print(f"The relay needs a library: pip install 'jupyter-tandem[{extra}]'", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Cannot listen: {error}", file=sys.stderr)
        return 1
    print(f"Signaling at {url}", flush=True)
    if warning := nobody_can_come(options):
        logger.warning(warning)
    report = asyncio.create_task(_report(server.meter))
    with _stop_signals() as stopped:
        _reload_certificate_on_hangup(options, server.listener)
        await stopped.wait()
        logger.info("stopping; clients have %g s to go", options.drain_s)
        # From here on a second signal does what it does to any program.
    everybody_went = await server.stop()
    report.cancel()
    logger.info("stopped%s", "" if everybody_went else "; some clients were cut off")
    return 0


def nobody_can_come(options: SignalOptions) -> str:
    """Return what to say to an operator who listens to the world and lets in this machine's pages only."""
    if options.policy.origins or options.binding.host in _THIS_MACHINE:
        return ""
    if options.binding.host == "localhost":
        return ""
    return "only pages of this machine may connect; name the pages that may with --origin"


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    names = (signal.SIGTERM, signal.SIGINT)
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
        for name in names:
            loop.add_signal_handler(name, stopped.set)
    try:
        yield stopped
    finally:
        with contextlib.suppress(NotImplementedError):
            for name in names:
                loop.remove_signal_handler(name)


def _reload_certificate_on_hangup(options: SignalOptions, listener: Listener) -> None:
    files = options.binding.tls_files
    if files is None or not hasattr(signal, "SIGHUP"):
        return

    def reload() -> None:
        try:
            listener.renew(tls_context(*files))
            logger.info("read the certificate again")
        except ValueError as error:
            logger.error("kept the old certificate: %s", error)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)


async def _report(meter: PrometheusMeter) -> None:
    """Say once a minute what was refused, dropped or closed: one line, however much it was."""
    before: dict[str, float] = {}
    while True:
        await asyncio.sleep(_REPORT_S)
        now = meter.troubles()
        if line := changes(before, now):
            logger.info("in the last minute: %s", line)
        before = now


def changes(before: dict[str, float], now: dict[str, float]) -> str:
    """Return what has become more, as ``refused origin 3, closed rate 1``; empty when nothing has."""
    grown = {name: int(value - before.get(name, 0)) for name, value in now.items()}
    return ", ".join(f"{name} {count}" for name, count in sorted(grown.items()) if count)


def with_room_for_files(options: SignalOptions) -> SignalOptions:
    """Raise the limit of open files, and lower the connections to what it allows."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return options
    from dataclasses import replace

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = options.quota.connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return options
    connections = max(1, soft - _SPARE_FILES)
    logger.warning("at most %d connections: the limit of open files is %d", connections, soft)
    return replace(options, quota=replace(options.quota, connections=connections))


def _new_loop(use_uvloop: bool) -> asyncio.AbstractEventLoop:
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if use_uvloop:
        with contextlib.suppress(ImportError):
            factory = importlib.import_module("uvloop").new_event_loop
    return factory()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
