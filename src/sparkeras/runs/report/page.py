"""The report's page: one HTML file with everything inside, filled from ``page.html`` and ``page.css``.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from sparkeras.runs.report import fragments, repeating, table_section
from sparkeras.runs.report.figures import Headline, Metrics
from sparkeras.runs.run_folder import Summary


def page(
    run_path: Path,
    summary: Summary,
    metrics: Metrics,
    main: Headline,
    pictures: Mapping[str, tuple[bytes, bytes]],
    mistakes: str,
) -> str:
    """Return the page as text.

    Parameters
    ----------
    run_path : pathlib.Path
        Where the run will be, as the caller wrote it.
    summary : dict
        The content of ``summary.json``.
    metrics : list of dict
        The lines of ``metrics.csv``.
    main : Headline
        The figure at the top.
    pictures : dict of name to (bytes, bytes)
        ``history``, ``confusion`` and ``detail`` (accuracy per class, or residuals), those of a table: the PNG
        for a light and for a dark page.
    mistakes : str
        HTML of wrong predictions.
    """
    texts = {name: escape(text) for name, text in _texts(run_path, summary, metrics, main).items()}
    pieces = _pieces(summary, metrics, main) | {
        "css": _read("page.css"),
        "history": fragments.picture(*pictures["history"], "Loss and metrics over the epochs"),
        "confusion": fragments.picture(*pictures["confusion"], texts["confusion_title"]),
        "detail": fragments.picture(*pictures["detail"], texts["detail_words"]),
        "mistakes": mistakes,
        "table_first": table_section.first(summary["table"], metrics, pictures) if "table" in summary else "",
        "table_more": table_section.more(summary["table"], pictures) if "table" in summary else "",
        "beside": "two" if mistakes.startswith("<picture") else "one",
    }
    return Template(_read("page.html")).substitute(texts, **pieces)


def _read(name: str) -> str:
    return files("sparkeras.runs.report").joinpath(name).read_text(encoding="utf-8")


def _texts(run_path: Path, summary: Summary, metrics: Metrics, main: Headline) -> dict[str, str]:
    """Return the page's plain texts by their place in the template."""
    regression = "figure" in metrics[0]
    return {
        "title": f"{main.text} {main.name} · {run_path.name}",
        "run": run_path.name,
        "figure": main.text,
        "figure_name": main.name,
        "baseline": main.baseline_text,
        "verdict": main.verdict,
        "confusion_title": "Predicted against true" if regression else "Confused classes",
        "metrics_title": "On the test rows" if regression else "Class by class",
        "detail_words": "Residuals" if regression else "Accuracy per class",
        "load": repeating.load_lines(run_path, summary),
        "takes": repeating.what_it_takes(summary),
        "date": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
    }


def _pieces(summary: Summary, metrics: Metrics, main: Headline) -> dict[str, str]:
    """Return the page's pieces of HTML from the summary and the metrics."""
    regression = "figure" in metrics[0]
    return {
        "meter": fragments.meter(main.value, main.baseline) if main.share else "",
        "facts": fragments.pairs(_facts(summary)),
        "metrics": fragments.figure_table(metrics) if regression else fragments.class_table(metrics),
        "layers": fragments.layer_table(summary["model"].get("layers", []), summary["parameters"]),
        "seconds": fragments.time_bar(summary["seconds"]),
        "command": fragments.command(repeating.command(summary)),
        "settings": fragments.pairs({k: v for k, v in summary["settings"].items() if k != "command"}),
        "versions": fragments.pairs(summary["versions"]),
    }


def _facts(summary: Summary) -> dict[str, str]:
    data, model = summary["data"], summary["model"]
    seconds = [value for name, value in summary["seconds"].items() if name != "total" and value]
    facts = {
        "data": f"{data.get('name', '')} ({data.get('source', 'own')})",
        "training rows": f"{data.get('train_rows', 0):,}",
        "test rows": f"{data.get('test_rows', 0):,}",
        "one row": _one_row(summary),
        "model": f"{model.get('name', '')}, {summary['parameters']:,} parameters",
        "time": f"{summary['seconds'].get('total') or sum(seconds):.1f} seconds",
    }
    if summary["settings"].get("backend"):
        facts["backend"] = f"{summary['settings']['backend']} on Spark"
    return facts


def _one_row(summary: Summary) -> str:
    shape = fragments.shape_text(summary["data"].get("input_shape") or ())
    return f"{shape} {'column' if shape == '1' else 'columns'}" if "table" in summary else f"{shape} numbers"
