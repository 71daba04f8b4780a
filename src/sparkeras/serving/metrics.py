"""Metrics of predictions for Prometheus: requests, their seconds, rows, rows of a pass, open models.

Runs on: driver.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_ROWS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The counters of one server."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        labels = ["model"]
        self.requests = Counter(
            "sparkeras_requests_total", "Predict requests answered", ["model", "status"], registry=registry
        )
        self.seconds = Histogram(
            "sparkeras_request_seconds",
            "From a request's body to its answer",
            labels,
            registry=registry,
            buckets=_SECONDS,
        )
        self.rows = Counter("sparkeras_rows_total", "Rows predicted", labels, registry=registry)
        self.batch = Histogram(
            "sparkeras_batch_rows", "Rows of one forward pass", labels, registry=registry, buckets=_ROWS
        )
        self.version = Gauge("sparkeras_model_version", "How often a model was opened", labels, registry=registry)
        ProcessCollector(registry=registry)

    def observe_pass(self, model: str, rows: int) -> None:
        """Count a forward pass."""
        self.batch.labels(model).observe(rows)
        self.rows.labels(model).inc(rows)

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)
