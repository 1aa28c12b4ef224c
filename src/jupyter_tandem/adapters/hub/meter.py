"""The service's counters in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)


class HubMeter:
    """Counts. Labels take values from short fixed lists; never anybody's name."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._messages = Counter(
            "tandem_hub_messages", "Messages between servers and the service", ["direction"],
            registry=registry,
        )  # fmt: skip
        self._bytes = Counter(
            "tandem_hub_bytes", "Bytes of such messages", ["direction"], registry=registry
        )
        self._refused = Counter(
            "tandem_hub_refused", "Requests and connections refused", ["reason"], registry=registry
        )
        self._asked = Counter(
            "tandem_hub_asked", "Questions to the Hub", ["what"], registry=registry
        )
        self._in = self._messages.labels("in"), self._bytes.labels("in")
        self._out = self._messages.labels("out"), self._bytes.labels("out")

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show ``value()`` as the gauge ``tandem_hub_<name>``."""
        Gauge(f"tandem_hub_{name}", text, registry=self._registry).set_function(value)

    def came(self, size: int) -> None:
        """A message of ``size`` bytes came from a server."""
        self._in[0].inc()
        self._in[1].inc(size)

    def went(self, size: int) -> None:
        """A message of ``size`` bytes went to a server."""
        self._out[0].inc()
        self._out[1].inc(size)

    def refused(self, reason: str) -> None:
        """Something was refused; ``reason`` is an error's code."""
        self._refused.labels(reason).inc()

    def asked(self, what: str) -> None:
        """The Hub was asked about a ``token``, a ``person`` or a ``server``, or for a ``list``."""
        self._asked.labels(what).inc()

    def page(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
