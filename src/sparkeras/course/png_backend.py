"""matplotlib's backend for lessons that run without a screen: ``plt.show()`` writes files.

Runs on: driver.
"""

import io

from matplotlib import pyplot
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sparkeras.course import pictures


class FigureManager(FigureManagerBase):
    """Shows figures by writing them to files."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Write and close all open figures."""
        for number in pyplot.get_fignums():
            content = io.BytesIO()
            pyplot.figure(number).savefig(content)
            pictures.keep(content.getvalue())
        pyplot.close("all")


class FigureCanvas(FigureCanvasAgg):
    """Agg's canvas with this manager."""

    manager_class = FigureManager
