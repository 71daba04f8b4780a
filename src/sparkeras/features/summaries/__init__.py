"""What one pass over a column learns: counts, moments, quantiles, frequent values, words. All of it can be merged."""

from sparkeras.features.summaries.column import Summary
from sparkeras.features.summaries.moments import Moments
from sparkeras.features.summaries.numbers import Numbers
from sparkeras.features.summaries.quantiles import Quantiles
from sparkeras.features.summaries.sizes import Sizes
from sparkeras.features.summaries.texts import TextSummary
from sparkeras.features.summaries.values import Values

__all__ = ["Moments", "Numbers", "Quantiles", "Sizes", "Summary", "TextSummary", "Values"]
