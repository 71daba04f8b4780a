"""The columns that settings name.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkeras.engine.columns.encoding import is_spec, means_target

if TYPE_CHECKING:
    from sparkeras.engine.columns.encoder import Spec
    from sparkeras.engine.columns.signature import Columns


def columns_of_training(
    features: Columns | Spec, label: Columns | None, weight: str | None, validation: str | None
) -> list[str]:
    """Return the columns that a training reads, each once."""
    if is_spec(features) and features.target and means_target(features, label):
        label = list(features.target.sources)
    names = [name for each in (features, label, weight, validation) for name in named_columns(each)]
    return list(dict.fromkeys(names))


def named_columns(setting: Columns | Spec | None) -> list[str]:
    """Return the columns that ``features`` or ``label`` name, each once; those that a column spec reads."""
    if is_spec(setting):
        groups: list[Any] = [block.sources for block in setting.blocks.values()]
    else:
        groups = list(setting.values()) if isinstance(setting, dict) else [setting]
    names = [name for group in groups for name in ([group] if isinstance(group, str) else group or ())]
    return list(dict.fromkeys(names))
