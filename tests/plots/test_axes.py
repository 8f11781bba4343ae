"""An ax in, the ax out; matplotlib and pyplot are imported when they are needed, no sooner."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import coloc_bridge as cb
from coloc_bridge import plots

A, B = np.random.default_rng(0).integers(0, 99, (2, 24, 32)).astype(np.uint8)
ALL = {
    "channels": 2,
    "overlay": 1,
    "cytofluorogram": 1,
    "ica": 2,
    "ccf": 1,
    "randomization": 1,
    "threshold_surface": 4,
    "objects": 1,
}


@pytest.mark.parametrize("name", ALL)
def test_the_axes_given_are_those_returned(name) -> None:
    ax = Figure().subplots()
    assert getattr(plots, name)(A, B, ax=ax) is ax
    many = Figure().subplots(1, ALL[name], squeeze=False)[0]
    assert getattr(plots, name)(A, B, ax=many) is many
    assert all(pane.has_data() or pane.images for pane in many)


@pytest.mark.parametrize("name", ALL)
def test_without_axes_there_is_a_figure_that_a_notebook_shows(name) -> None:
    before = set(pyplot.get_fignums())
    ax = getattr(plots, name)(A, B)
    assert isinstance(ax, Axes)
    assert len(ax.child_axes or [ax]) >= ALL[name]
    assert ax.figure.number in set(pyplot.get_fignums()) - before
    pyplot.close(ax.figure)


def test_a_mask_is_the_third_argument_everywhere() -> None:
    mask = np.zeros(A.shape, bool)
    mask[:16] = True
    for name in ALL:
        getattr(plots, name)(A, B, mask, ax=Figure().subplots())


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_matplotlib_is_not_imported_before_something_is_drawn() -> None:
    program = "import sys, coloc_bridge.plots; print('matplotlib' in sys.modules)"
    assert run(program) == ["False"]


def test_with_axes_pyplot_is_not_touched() -> None:
    program = (
        "import sys, numpy as np; from matplotlib.figure import Figure; from coloc_bridge import plots;"
        f"a = np.eye(24); [getattr(plots, name)(a, a, ax=Figure().subplots()) for name in {[*ALL]}];"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert run(program) == ["False"]


def test_ready_results_give_the_same_pictures() -> None:
    pairs = [
        (plots.ica(A, B), plots.ica(cb.li_ica(A, B))),
        (plots.ccf(A, B, max_shift=5), plots.ccf(cb.van_steensel_ccf(A, B, max_shift=5))),
        (
            plots.randomization(A, B, n_iter=49, seed=3),
            plots.randomization(cb.costes_randomization(A, B, None, 49, seed=3)),
        ),
        (plots.threshold_surface(A, B), plots.threshold_surface(cb.threshold_surface(A, B))),
    ]
    for computed, ready in pairs:
        pictures = []
        for ax in (computed, ready):
            ax.figure.canvas.draw()
            pictures.append(np.asarray(ax.figure.canvas.buffer_rgba()).copy())
            pyplot.close(ax.figure)
        np.testing.assert_array_equal(*pictures)
