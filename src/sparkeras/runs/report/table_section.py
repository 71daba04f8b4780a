"""The sections of a report on a table: warnings, baselines, importance, trust in probabilities, columns.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from sparkeras.runs.report import fragments
from sparkeras.runs.report.figures import Metrics, figure_text
from sparkeras.runs.table_facts.scores import WORDS

Facts = Mapping[str, Any]  # the entry "table" of a run's summary
_MOST_COLUMNS = 200


def first(table: Facts, metrics: Metrics, pictures: Mapping[str, tuple[bytes, bytes]]) -> str:
    """Return the HTML below the page's head: what to look at first, the baselines, and the importance of columns."""
    messages = [f"<p>{escape(message)}.</p>" for message in table["warnings"]]
    warnings = _section("Look at this first", "".join(messages)) if messages else ""
    baselines = f"<p>{escape(table['label']['line'])}.</p>{_baselines(table)}{_rare(table, metrics)}"
    importance = fragments.picture(*pictures["importance"], "Importance of each column")
    note = _importance_note(table["importance"])
    return warnings + _two(
        _section("Beside two simple models", baselines),
        _section("What it looks at", importance + f'<p class="note">{note}</p>'),
    )


def more(table: Facts, pictures: Mapping[str, tuple[bytes, bytes]]) -> str:
    """Return the HTML further down: whether probabilities come true, rows found early, and all columns."""
    parts = []
    if "calibration" in pictures:
        words = (
            "A point on the line: of the rows with a predicted 30 %, 30 % came true. Points below it promise too much, "
            "points above it too little."
        )
        if table["label"]["balance"]:
            words += " --balance raises the probability of rare classes, so points lie below the line."
        parts.append(_pictured("Do its probabilities come true", pictures["calibration"], words))
    if "lift" in pictures:
        words = (
            "If only some rows can be looked at, take those with the highest probability: the curve says what is found."
        )
        parts.append(_pictured("What the rows with the highest probability hold", pictures["lift"], words))
    pair = _two(*parts) if len(parts) == 2 else "".join(parts)
    return pair + _section("The columns", _columns(table))


def shown(value: float | None, name: str) -> str:
    """Return a figure of ``table_facts.scores`` as people read it."""
    if name in ("accuracy", "mean_recall"):
        return figure_text(value, share=True)
    return f"{value:.3f}" if name in ("auc", "r2") and value is not None else figure_text(value)


def rows_of(found: Facts) -> str:
    """Return which rows the baselines were compared on."""
    if found["rows"] == found["test_rows"]:
        return f"{found['rows']:,} held-out rows"
    return f"{found['rows']:,} of {found['test_rows']:,} held-out rows"


def names_of(table: Facts) -> list[str]:
    """Return the names of the figures to show; the mean recall only where a class is rare, as accuracy says little."""
    hidden = {"name"} if table["is_uneven"] else {"name", "mean_recall"}
    return [name for name in table["baselines"]["lines"][-1] if name not in hidden]


def _baselines(table: Facts) -> str:
    found = table["baselines"]
    names = names_of(table)
    head = "<th></th>" + "".join(f'<th class="number">{WORDS[name]}</th>' for name in names)
    lines = "".join(
        f"<tr><th>{escape(line['name'])}</th>"
        + "".join(f'<td class="number">{shown(line[name], name)}</td>' for name in names)
        + "</tr>"
        for line in found["lines"]
    )
    return fragments.table(head, lines) + (
        f'<p class="note">All on the same {rows_of(found)}. The linear model was fitted to the same encoded columns of '
        f"{found['training_rows']:,} training rows; a model that does not beat it is not worth its weights.</p>"
    )


def _rare(table: Facts, metrics: Metrics) -> str:
    """Return a sentence on the rarest class where that is rare, or on balanced weights."""
    of_all = table["label"]["shares"]
    rare = min(of_all, key=of_all.__getitem__) if of_all else None
    if rare is None or not table["is_uneven"]:
        return ""
    line = next((line for line in metrics if str(line["class"]) == rare), None)
    found = ""
    if line:
        found = f" Of its held-out rows {_percent(line['recall'])} were found (recall); of those that the model "
        found += f"called {rare}, {_percent(line['precision'])} were (precision)."
    cure = "Rare classes have had more weight (--balance)."
    if not table["label"]["balance"]:
        cure = "--balance gives rows of rare classes more weight: more of them are found, with more false alarms."
    return f'<p class="note">{escape(f"Class {rare} has {_percent(of_all[rare])} of the rows.{found} {cure}")}</p>'


def _importance_note(found: Facts) -> str:
    return (
        f"How much the {WORDS[found['figure']]} falls on {found['rows']:,} held-out rows when one column's values are "
        "shuffled among the rows; the line is the spread of five shuffles. Two columns that say the same share their "
        "importance."
    )


def _columns(table: Facts) -> str:
    """Return each column with what was learned, what it becomes, its importance, and what it says alone."""
    loss = {each["column"]: each["loss"] for each in table["importance"]["columns"]}
    alone = table["alone"]["columns"]
    head = "".join(f"<th>{name}</th>" for name in ("column", "kind", "learned", "becomes"))
    head += '<th class="number">alone</th><th class="number">importance</th>'
    body = "".join(
        "<tr>"
        + f"<th>{escape(line['column'])}</th>"
        + "".join(f"<td>{escape(line[key])}</td>" for key in ("kind", "learned", "becomes"))
        + f'<td class="number">{_digits(alone.get(line["column"]))}</td>'
        + f'<td class="number">{_digits(loss.get(line["column"]))}</td></tr>'
        for line in table["columns"][:_MOST_COLUMNS]
    )
    hidden = len(table["columns"]) - _MOST_COLUMNS
    rest = f" The other {hidden:,} columns are in summary.json." if hidden > 0 else ""
    note = (
        f"Alone: {WORDS[table['alone']['figure']]} of the column by itself, learned from half of "
        f"{table['alone']['rows']:,} training rows and measured on the other half.{rest}"
    )
    return fragments.table(head, body) + f'<p class="note">{note}</p>'


def _digits(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _pictured(title: str, picture: tuple[bytes, bytes], words: str) -> str:
    return _section(title, fragments.picture(*picture, title) + f'<p class="note">{words}</p>')


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _two(*sections: str) -> str:
    return f'<div class="two">{"".join(sections)}</div>'
