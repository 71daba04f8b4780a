"""How the columns of a table are to be learned, anew from the rows of each training.

Runs on: driver.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sparkeras.errors import InvalidParamError
from sparkeras.features.kinds import KINDS, Kind
from sparkeras.features.learning import learn
from sparkeras.features.spec import VERSION, Features, require_readable

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Recipe:
    """The kinds of columns that a person has named; those of the others are found.

    Attributes
    ----------
    kinds : dict of str to Kind or None
        As ``learn`` takes them.
    """

    kinds: Mapping[str, Kind | None] = field(default_factory=dict)

    def learn(
        self, dataset: DataFrame, columns: Sequence[str], label: str | None = None, task: str | None = None
    ) -> Features:
        """Return the Features of some columns of a DataFrame; see ``learn``, which it calls."""
        return learn(dataset, label, columns=columns, kinds=self.kinds, task=task)

    def to_json(self) -> str:
        """Return the recipe as JSON, see ``opened``."""
        kinds = {name: kind and {"kind": kind.name, **kind.settings()} for name, kind in self.kinds.items()}
        return json.dumps({"version": VERSION, "kinds": kinds}, ensure_ascii=False)


def checked(features: Any) -> Features | Recipe | None:
    """Return what an estimator's ``features`` mean: columns as learned before, or a Recipe to learn them by.

    Raises
    ------
    InvalidParamError
        For anything but None, True, ``{column: kind}`` and a Features.
    """
    if features is None or isinstance(features, Features | Recipe):
        return features
    if features is True:
        return Recipe()
    if isinstance(features, dict) and all(isinstance(name, str) and _is_kind(kind) for name, kind in features.items()):
        return Recipe(features)
    raise InvalidParamError(
        "'features' must be True, to learn columns of any kind from the rows; {column: kind}, such as {'zip': "
        f"features.category(), 'remark': None}}; or what sparkeras.features.learn has returned. Got {features!r}."
    )


def opened(text: str) -> Features | Recipe:
    """Return the Features or the Recipe that ``to_json`` of either wrote.

    Raises
    ------
    InvalidParamError
        If it is damaged, or of a newer version.
    """
    try:
        saved = json.loads(text)
        if "kinds" not in saved:
            return Features.from_json(text)
        require_readable(saved["version"])
        return Recipe({name: each and _opened_kind(dict(each)) for name, each in saved["kinds"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InvalidParamError):
            raise
        raise InvalidParamError(f"The saved features are damaged ({error!r}). Save them again.") from error


def _is_kind(value: Any) -> bool:
    """Tell whether a value is a Kind, or None, which leaves a column out."""
    return value is None or isinstance(value, tuple(kind for kind, _ in KINDS.values()))


def _opened_kind(saved: dict[str, Any]) -> Kind:
    make: Any = KINDS[saved.pop("kind")][0]
    return make(**saved)
