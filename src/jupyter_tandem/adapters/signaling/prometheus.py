"""Counters in Prometheus' text format."""

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


class PrometheusMeter:
    """Counts; implements :class:`jupyter_tandem.ports.signaling.Meter`.

    Labels take values from short fixed lists, so nobody outside can make the page grow.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"tandem_signal_{name}", text, labels, registry=registry)

        self._messages = counter("messages", "Messages of clients that were understood", "kind")
        self._deliveries = counter("deliveries", "Copies of messages sent to clients")
        self._dropped = counter("dropped", "Messages and subscriptions without effect", "reason")
        self._refused = counter("refused", "Connections and requests refused", "reason")
        self._closed = counter("closed", "WebSocket connections that ended", "reason")
        self._relayed = counter("relayed", "Messages between processes", "direction")
        self._credentials = counter("turn_credentials", "Credentials for TURN given out")

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show ``value()`` as the gauge ``tandem_signal_<name>``, asked for at each reading."""
        Gauge(f"tandem_signal_{name}", text, registry=self._registry).set_function(value)

    def page(self) -> str:
        """Return all counters as text."""
        return generate_latest(self._registry).decode()

    def troubles(self) -> dict[str, float]:
        """Return how often each thing happened that an operator may wonder about, since the start."""
        return {
            f"{sample.name.removeprefix('tandem_signal_').removesuffix('_total')} "
            f"{sample.labels['reason']}": sample.value
            for counted in (self._refused, self._dropped, self._closed)
            for metric in counted.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["reason"] != "client"
        }

    def message(self, kind: str) -> None:
        """A client's message was decoded."""
        self._messages.labels(kind).inc()

    def delivered(self, copies: int) -> None:
        """A message went to so many clients."""
        self._deliveries.inc(copies)

    def dropped(self, reason: str) -> None:
        """A message, or a subscription, had no effect."""
        self._dropped.labels(reason).inc()

    def refused(self, reason: str) -> None:
        """A connection or a request was refused."""
        self._refused.labels(reason).inc()

    def closed(self, reason: str) -> None:
        """A connection ended."""
        self._closed.labels(reason).inc()

    def relayed(self, direction: str) -> None:
        """A message went ``out`` to the relay, or came ``in`` from it."""
        self._relayed.labels(direction).inc()

    def credentials(self) -> None:
        """Credentials for a TURN server were given out."""
        self._credentials.inc()
