"""What is counted of predictions, for Prometheus: requests, their times, rows, rows of a pass, open models.

Runs on: driver.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_ROWS = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """The counters of one server."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self):
        self.registry = CollectorRegistry()
        of_model = {"labelnames": ["model"], "registry": self.registry}
        self.requests = Counter(
            "sparkeras_requests_total", "Predict requests answered", ["model", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "sparkeras_request_seconds", "From a request's body to its answer", buckets=_SECONDS, **of_model
        )
        self.rows = Counter("sparkeras_rows_total", "Rows predicted", **of_model)
        self.batch = Histogram("sparkeras_batch_rows", "Rows of one forward pass", buckets=_ROWS, **of_model)
        self.version = Gauge("sparkeras_model_version", "How often a model was opened", **of_model)
        ProcessCollector(registry=self.registry)

    def observe_pass(self, model, rows):
        """Count a forward pass."""
        self.batch.labels(model).observe(rows)
        self.rows.labels(model).inc(rows)

    def text(self):
        """Return all of them as Prometheus reads them, bytes."""
        return generate_latest(self.registry)
