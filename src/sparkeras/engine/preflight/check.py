"""``sparkeras.check``: the problems of a training before it starts, each with the setting that helps.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.engine import backends, blueprint, columns, params
from sparkeras.engine.columns.field import Field
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight import capacity, probe, value_check
from sparkeras.engine.preflight.finding import Finding, attempt
from sparkeras.engine.preflight.planning import fields_of, limits_of, number_of_workers
from sparkeras.engine.preflight.requirements import (
    callback_files,
    checkpoint_folder,
    require_batch_size,
    require_known_reductions,
    require_not_streaming,
    several_workers,
)
from sparkeras.engine.spark_job import rendezvous
from sparkeras.errors import InvalidColumnError
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LONG_WAIT_SECONDS = 10
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


@dataclass
class Report:
    """The result of ``check``; printed, one line per finding.

    Attributes
    ----------
    findings : list of Finding
        Each with ``subject``, ``level`` (``"ok"``, ``"warning"`` or ``"error"``), ``message`` and ``fix``.
    """

    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing would stop the training."""
        return all(finding.level != "error" for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))

    __repr__ = __str__


def check(df: DataFrame, model: keras.Model, *, timeout_seconds: int = 60, **settings: Any) -> Report:
    """Report the problems that a training of ``model`` on ``df`` would have, without training it.

    It runs one small Spark task per worker, which reports on its machine, counts the rows, and checks all their values
    as the training would. The report names what is unknown, as the slots of a cluster behind Spark Connect.

    Parameters
    ----------
    df : DataFrame
    model : keras.Model
    timeout_seconds : int
        Longest wait for each of the few Spark jobs, which are cancelled after it.
    **settings
        The settings of ``fit``: ``features``, ``label``, ``batch_size``, ``callbacks``, ``num_workers`` and so on;
        ``verbose`` is ignored.

    Returns
    -------
    Report
        ``report.ok`` is False if the training would fail. A problem is a finding, never an exception. One thing the
        training alone can see: with several workers, a first step that is not that of one worker (``check_exact``).
    """
    settings.pop("verbose", None)
    checked, problem = attempt("settings", lambda: params.settings(**settings))
    problem += attempt("DataFrame", _require_frame, df)[1]
    problem += [] if problem else attempt("session", session.require_running, df.sparkSession)[1]
    problem += [] if problem else attempt("DataFrame", require_not_streaming, df)[1]
    name, unknown = attempt("backend", backends.choose, settings.get("backend"))
    if checked is None or name is None or problem:
        return Report(problem + unknown)
    return Report(_findings(df, model, replace(checked, queue_timeout_seconds=timeout_seconds), name))


def _findings(df: DataFrame, model: keras.Model, settings: Settings, backend: str) -> list[Finding]:
    spark, seconds = df.sparkSession, settings.queue_timeout_seconds
    workers = number_of_workers(spark, settings)
    findings = [Finding("workers", "ok", f"{workers}."), *several_workers(spark, settings, workers)]
    folder, problem = checkpoint_folder(spark, settings)
    findings += [*_locality(spark, workers), *problem]
    findings += _callbacks(spark, model, settings, workers, backend)
    _, uncompiled = attempt("model", blueprint.require_compiled, model)
    findings += uncompiled or _model(model, workers, settings)
    fields, problem = (None, []) if uncompiled else attempt("columns", fields_of, df.schema, model, settings)
    findings += problem
    machines, problem = _machines(spark, workers, backend, seconds, findings, folder)
    findings += problem
    if fields:
        findings.append(Finding("columns", "ok", f"{_names(fields)} fit the model by their types."))
        on_rows = capacity.rows(df, fields, workers, settings, machines, seconds)
        findings += on_rows
        if not any(each.level == "error" or each.error is probe.Late for each in on_rows if each.subject == "rows"):
            limits = limits_of(df.schema, model, fields)
            findings += value_check.findings(df, fields, limits, settings, seconds)
    return findings


def _callbacks(
    spark: SparkSession, model: keras.Model, settings: Settings, workers: int, backend: str
) -> list[Finding]:
    """Return the findings on callbacks: whether they can be sent, and work and write where they run."""
    if not settings.callbacks:
        return []
    files, problem = attempt("callbacks", callback_files, spark, settings, workers, backend)
    if files:
        problem = attempt("callbacks", files.packed_callbacks, model)[1]
    names = ", ".join(type(each).__name__ for each in settings.callbacks)
    return problem or [Finding("callbacks", "ok", f"{names}.")]


def _require_frame(df: Any) -> None:
    from pyspark.sql import DataFrame

    if not isinstance(df, DataFrame):
        raise InvalidColumnError(
            f"Expected a Spark DataFrame, then the model: check(df, model); got {type(df).__name__}."
        )


def _names(fields: list[Field]) -> str:
    names = columns.column_names(fields)
    return ", ".join(map(repr, names[:4])) + (f" and {len(names) - 4} more columns" if len(names) > 4 else "")


def _model(model: keras.Model, workers: int, settings: Settings) -> list[Finding]:
    """Return the findings on the model: whether it can be sent, and whether several workers train it exactly."""
    packed, problem = attempt("model", blueprint.pack, model)
    problem += attempt("model", require_known_reductions, model, workers)[1]
    problem += attempt("batch size", require_batch_size, model, settings.batch_size, workers)[1]
    return problem or [Finding("model", "ok", f"Compiled; {capacity.size(len(packed or b''))} go to each worker.")]


def _locality(spark: SparkSession, workers: int) -> list[Finding]:
    """Report a long spark.locality.wait: barrier tasks start together, so all wait for a slot near the rows of one."""
    if workers == 1 or (session.master_of(spark) or "local").startswith("local"):
        return []
    general = session.setting(spark, "spark.locality.wait", "3s")
    wait = session.setting(spark, "spark.locality.wait.node", general)
    reduces = session.setting(spark, "spark.shuffle.reduceLocality.enabled", "true")
    if reduces == "false" or _seconds(wait) <= _LONG_WAIT_SECONDS:
        return [Finding("locality wait", "ok", f"{wait}: the workers start that much later at most.")]
    return [
        Finding(
            "locality wait",
            "warning",
            f"Where the rows lie on few machines, Spark delays all workers by {wait} to run them near their rows.",
            "Start the session with spark.locality.wait=0s.",
        )
    ]


def _seconds(text: str | None) -> float:
    """Return the seconds of a time as Spark writes it, e.g. ``"3s"``; a bare number counts milliseconds."""
    text = text or "0"
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return float(digits or 0) * _UNITS.get(text[len(digits) :].strip() or "ms", 1)


def _machines(
    spark: SparkSession, workers: int, backend: str, seconds: int, findings: list[Finding], folder: str | None
) -> tuple[list[dict[str, Any]] | None, list[Finding]]:
    """Return the answers of ``probe.probe`` (None without), and the findings about them."""
    if any(finding.level == "error" and finding.subject in ("slots", "dynamic allocation") for finding in findings):
        return None, [Finding("workers' machines", "warning", "Unknown: the workers cannot start.")]
    machines, problem = probe.ask("workers' machines", probe.probe, spark, workers, backend, seconds, folder)
    if machines is None:
        return None, problem
    return machines, [*_versions(machines, backend), *_reach(machines), *_checkpoints(machines, folder)]


def _versions(machines: list[dict[str, Any]], backend: str) -> list[Finding]:
    _, problem = attempt("versions", rendezvous.require_same_versions, machines)
    if problem:
        return problem
    there = machines[0]["versions"]
    listed = ", ".join(f"{name} {version or '(unknown)'}" for name, version in there.items())
    here = rendezvous.versions(backend)
    differing = [name for name in here if there[name] and here[name] and there[name] != here[name]]
    if not differing:
        return [Finding("versions", "ok", f"{listed} on each worker and here.")]
    name = differing[0]
    return [
        Finding(
            "versions",
            "warning",
            f"Workers run {name} {there[name]}, and this driver {here[name]}: the model may behave differently there.",
            f"Install the same on each machine, e.g. pip install {name}=={here[name]}.",
        )
    ]


def _checkpoints(machines: list[dict[str, Any]], folder: str | None) -> list[Finding]:
    problems = [each for each in machines if each["checkpoints"]]
    if folder is None:
        return []
    if not problems:
        return [Finding("checkpoints", "ok", f"Every worker reaches {folder}.")]
    each = problems[0]
    return [Finding("checkpoints", "error", f"Rank {each['rank']} on host {each['host']}: {each['checkpoints']}")]


def _reach(machines: list[dict[str, Any]]) -> list[Finding]:
    hosts = sorted({each["host"] for each in machines})
    lost = [each for each in machines if each["unreached"]]
    if lost:
        each = lost[0]
        return [
            Finding(
                "network",
                "error",
                f"Rank {each['rank']} on host {each['host']} does not reach rank 0 on host {machines[0]['host']} "
                f"({each['unreached']}).",
                "Open the ports between the workers' machines, or set an address that the others reach in the "
                "environment of each worker: SPARKERAS_ADDRESS.",
            )
        ]
    where = f"on {len(hosts)} host(s): {', '.join(hosts[:4])}{', ...' if len(hosts) > 4 else ''}"
    return [Finding("network", "ok", f"{len(machines)} worker(s) {where}; all reach rank 0.")]
