"""Axes without pyplot, and pictures that are really drawn."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


@pytest.fixture
def ax():
    return Figure(figsize=(5, 5), layout="constrained").subplots()


@pytest.fixture
def drawn():
    """Draw the figure of axes: what a picture cannot bear is an error here."""

    def draw(axes):
        figure = axes if isinstance(axes, Figure) else axes.figure
        FigureCanvasAgg(figure).draw()
        return figure

    return draw
