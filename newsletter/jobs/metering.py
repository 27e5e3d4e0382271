"""What one sender measures of itself, and the port on which Prometheus reads it.

Each process has a port of its own: a sender's numbers are lost with it, as Prometheus expects of
counters, and nothing is shared between processes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from newsletter.config import Metrics
from newsletter.delivery.meter import Meter

log = logging.getLogger(__name__)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Upper ends of the histogram's buckets: from a relay next door to the ten minutes it may take."""


class PromMeter:
    """Counts what a sender tells (see `Meter`)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._outcomes = Counter(
            "newsletter_outcomes",
            "Messages whose outcome this sender recorded",
            ("relay", "state"),
            registry=registry,
        )
        self._seconds = Histogram(
            "newsletter_delivery_seconds",
            "From a message's mark until its outcome was recorded",
            ("relay",),
            buckets=SECONDS,
            registry=registry,
        )
        self._claimed = Counter(
            "newsletter_claimed", "Messages that this sender claimed", registry=registry
        )
        self._claim_seconds = Histogram(
            "newsletter_claim_seconds",
            "How long a transaction with a claim took",
            buckets=SECONDS,
            registry=registry,
        )
        # Looking a child up by its labels takes longer than counting.
        self._by_outcome: dict[tuple[str, str], Counter] = {}
        self._by_relay: dict[str, Histogram] = {}

    def recorded(self, relay: str, state: str, seconds: float) -> None:
        counter = self._by_outcome.get((relay, state))
        if counter is None:
            counter = self._by_outcome[relay, state] = self._outcomes.labels(relay, state)
        histogram = self._by_relay.get(relay)
        if histogram is None:
            histogram = self._by_relay[relay] = self._seconds.labels(relay)
        counter.inc()
        histogram.observe(seconds)

    def claimed(self, count: int, seconds: float) -> None:
        self._claimed.inc(count)
        self._claim_seconds.observe(seconds)


@contextmanager
def serving(metrics: Metrics, port: int | None = None) -> Iterator[Meter | None]:
    """A meter whose numbers can be read over HTTP while the block lasts.

    `port` None is the configured one; without any, None is given: nothing is measured. A port that
    cannot be had is told and costs no mail: the sender then measures for nobody.
    """
    wanted = port or metrics.worker_port
    if wanted is None:
        yield None
        return
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    meter = PromMeter(registry)
    try:
        server, thread = start_http_server(wanted, metrics.worker_host, registry)
    except OSError as error:
        log.warning(
            "metrics: cannot listen on %s:%d: %s (set another 'worker_port' under [metrics], "
            "or --metrics-port)",
            metrics.worker_host,
            wanted,
            (error.strerror or str(error)).lower(),
        )
        yield None
        return
    try:
        yield meter
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
