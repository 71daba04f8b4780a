"""Pieces of the report's page as HTML. Every text that comes from outside is escaped here.

Runs on: driver.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from sparkeras.runs.report.figures import Metrics, figure_text


def picture(light: bytes, dark: bytes, description: str) -> str:
    """Return a picture for light and dark pages from two PNGs, with its description."""
    return (
        f'<picture class="narrow"><source media="(prefers-color-scheme: dark)" srcset="{_data(dark)}">'
        f'<img src="{_data(light)}" alt="{escape(description)}"></picture>'
    )


def tile(png: bytes, height: int, label: str, prediction: str, probability: float | None) -> str:
    """Return one wrongly predicted image, a PNG of ``height`` pixels, with its label and its prediction."""
    coarse = ' class="coarse"' if height < 64 else ""
    chance = "" if probability is None else f" ({probability:.2f})"
    caption = f"label <b>{escape(label)}</b>, predicted <b>{escape(prediction)}</b>{chance}"
    alt = escape(f"label {label}, predicted {prediction}")
    return f'<figure><img{coarse} src="{_data(png)}" alt="{alt}"><figcaption>{caption}</figcaption></figure>'


def meter(value: float, baseline: float) -> str:
    """Return the main figure as a bar with a mark at the baseline; both are shares of 1."""
    mark = f'<u style="--share:{_percent(baseline)}"></u>'
    return f'<div class="meter"><i style="--share:{_percent(value)}"></i>{mark}</div>'


def pairs(items: Mapping[str, Any]) -> str:
    """Return ``{name: value}`` as the lines of a description list."""
    return "".join(
        f"<dt>{escape(words(name))}</dt><dd>{escape(setting_text(value))}</dd>" for name, value in items.items()
    )


def class_table(metrics: Metrics) -> str:
    """Return the metrics per class as a table with a bar in each cell, and their plain mean at the foot."""
    keys = ("precision", "recall", "f1")
    head = "".join(f"<th>{name}</th>" for name in ("class", *keys)) + '<th class="number">test rows</th>'
    body = "".join(
        f"<tr><th>{escape(str(line['class']))}</th>{''.join(_mark(line[key]) for key in keys)}"
        f'<td class="number">{int(line["support"] or 0):,}</td></tr>'
        for line in metrics
    )
    foot = "".join(_mark(_mean(line[key] for line in metrics)) for key in keys)
    rows = sum(int(line["support"] or 0) for line in metrics)
    foot = f'<tr><th>mean</th>{foot}<td class="number">{rows:,}</td></tr>'
    return table(head, body, foot)


def figure_table(metrics: Metrics) -> str:
    """Return a regression's figures as a table."""
    body = "".join(
        f'<tr><th>{escape(words(line["figure"]))}</th><td class="number">{figure_text(line["value"])}</td></tr>'
        for line in metrics
    )
    return table('<th>figure</th><th class="number">on the test rows</th>', body)


def layer_table(layers: Sequence[Mapping[str, Any]], parameters: int) -> str:
    """Return the layers (list of dict: name, type, output_shape, parameters) as a table."""
    body = "".join(
        f"<tr><th>{escape(str(layer['name']))} <small>{escape(str(layer['type']))}</small></th>"
        f"<td>{escape(shape_text(layer['output_shape']))}</td>"
        f'<td class="number">{int(layer["parameters"]):,}</td></tr>'
        for layer in layers
    )
    foot = f'<tr><th>total</th><td></td><td class="number">{int(parameters):,}</td></tr>'
    return table('<th>layer</th><th>output per row</th><th class="number">parameters</th>', body, foot)


def time_bar(seconds: Mapping[str, float | None]) -> str:
    """Return seconds per part as one bar and its legend; a part called ``total`` is the sum, not a piece."""
    parts = {name: value for name, value in seconds.items() if name != "total" and value and math.isfinite(value)}
    total = seconds.get("total") or sum(parts.values())
    colours = [f"part-{i % 6 + 1}" for i in range(len(parts))]
    bar = "".join(
        f'<i class="{colour}" style="--seconds:{value:.4f}"></i>'
        for colour, value in zip(colours, parts.values(), strict=True)
    )
    legend = "".join(
        f'<li><i class="{colour}"></i><span>{escape(words(name))}</span><span>{value:.1f} s</span></li>'
        for colour, (name, value) in zip(colours, parts.items(), strict=True)
    )
    end = f'<li class="total"><i></i><span>total</span><span>{total:.1f} s</span></li>'
    return f'<div class="parts">{bar}</div><ul class="legend">{legend}{end}</ul>'


def command(text: str) -> str:
    """Return a command line that breaks between its options only."""
    return " ".join(f'<span class="keep">{escape(part)}</span>' for part in text.replace(" --", "\n--").split("\n"))


def words(name: str) -> str:
    """Return a name of code as words: ``batch_size`` is "batch size"."""
    return str(name).replace("_", " ")


def setting_text(value: Any) -> str:
    """Return a setting's value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}={setting_text(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(setting_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def shape_text(shape: Sequence[int | None] | int) -> str:
    """Return the shape of one row, without the batch: ``28 x 28 x 1``."""
    sizes = list(shape) if isinstance(shape, (list, tuple)) else [shape]
    sizes = sizes[1:] if sizes[:1] == [None] else sizes
    return " × ".join("any" if size is None else str(size) for size in sizes) or "1"


def _data(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _mark(value: float | None) -> str:
    bar = "" if value is None or math.isnan(value) else f'<i style="--share:{_percent(value)}"></i>'
    return f'<td><span class="mark">{figure_text(value) if not bar else f"{value:.3f}"}{bar}</span></td>'


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return sum(known) / len(known) if known else None


def _percent(value: float | None) -> str:
    return f"{100 * min(max(value, 0.0), 1.0):.2f}%" if value is not None and math.isfinite(value) else "0%"


def table(head: str, body: str, foot: str = "") -> str:
    """Return a table of HTML: the cells of its head, its rows, and the rows at its foot."""
    foot = f"<tfoot>{foot}</tfoot>" if foot else ""
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    return f'<div class="scroll" tabindex="0">{whole}</div>'
