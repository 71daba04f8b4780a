"""A hook into what is drawn: the figures themselves, whose axes and words can be asked for."""

import pytest


@pytest.fixture
def figures(monkeypatch):
    """The matplotlib figures that were saved during the test, in order."""
    from matplotlib.figure import Figure

    saved, save = [], Figure.savefig

    def savefig(figure, *arguments, **more):
        saved.append(figure)
        save(figure, *arguments, **more)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return saved
