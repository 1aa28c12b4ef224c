"""``healthz``, ``readyz`` and ``metrics``: for whoever runs the service; nothing about anybody (HUB-17)."""

from __future__ import annotations

from collections.abc import Callable

from tornado.web import RequestHandler

from jupyter_tandem.adapters.hub.meter import HubMeter


class HealthRoute(RequestHandler):
    """Whether the process runs."""

    def get(self) -> None:
        """Always 200."""
        self.finish({"status": "ok"})


class ReadyRoute(RequestHandler):
    """Whether the service can take edits."""

    def initialize(self, trouble: Callable[[], str]) -> None:
        """Ask ``trouble`` what is in the way; ``""``: nothing."""
        self._trouble = trouble

    def get(self) -> None:
        """200, or 503 with a sentence."""
        trouble = self._trouble()
        self.set_status(503 if trouble else 200)
        self.finish({"status": "waiting" if trouble else "ready", "message": trouble})


class MetricsRoute(RequestHandler):
    """Counters."""

    def initialize(self, meter: HubMeter) -> None:
        """Show ``meter``."""
        self._meter = meter

    def get(self) -> None:
        """In Prometheus' text format."""
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(self._meter.page())
