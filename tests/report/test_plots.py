"""The pictures of a pair show every pixel, the line and the thresholds, whatever the data."""

import subprocess
import sys

import numpy as np
import pytest

from coloc_bridge.report.plots import channel_overview, cytofluorogram

A = np.random.default_rng(3).integers(0, 60000, (4, 20, 30)).astype(np.uint16)
B = A[::-1] // 2 + 7
MASK = A > 20000


def counted(figure):
    return figure.axes[0].collections[0].get_array().sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_cytofluorogram_counts_every_pixel_of_the_mask_once(dtype):
    a, b = (image.astype(dtype) for image in (A, B))
    assert counted(cytofluorogram(a, b)) == A.size
    assert counted(cytofluorogram(a, b, mask=MASK)) == MASK.sum()


def test_cytofluorogram_draws_line_and_thresholds():
    axes = cytofluorogram(A, B, slope=0.5, intercept=7, threshold_a=100, threshold_b=57, name_a="GFP").axes[0]
    line, vertical, horizontal = axes.lines
    assert line.get_slope() == 0.5
    assert line.get_xy1() == (0, 7)
    assert set(vertical.get_xdata()) == {100}
    assert set(horizontal.get_ydata()) == {57}
    assert axes.get_xlabel() == "GFP"


def test_what_is_not_finite_is_not_drawn():
    assert len(cytofluorogram(A, B, threshold_a=np.inf).axes[0].lines) == 0
    a = A.astype(float)
    a[0, 0, 0], a[0, 0, 1] = np.nan, np.inf
    assert counted(cytofluorogram(a, B)) == A.size - 2


@pytest.mark.parametrize("value", [0, 5, np.nan])
def test_degenerate_images_still_give_pictures(value):
    flat = np.full((5, 6), value, float)
    for figure in (channel_overview(flat, flat), cytofluorogram(flat, flat)):
        figure.canvas.draw()


def test_overview_shows_the_maximum_projection_from_minimum_to_the_brightest():
    green, magenta, overlay = (axes.images[0].get_array() for axes in channel_overview(A, B).axes)
    assert green.shape == (20, 30, 3)
    assert np.all(green[..., [0, 2]] == 0)
    assert np.all(magenta[..., 1] == 0)
    darkest = np.unravel_index(A.max(axis=0).argmin(), (20, 30))
    assert green[darkest][1] == 0
    assert green.max() == 1
    np.testing.assert_allclose(overlay, np.clip(green + magenta, 0, 1))


def test_names_are_shown_as_they_are():
    figure = channel_overview(A, B, name_a="$\\alpha", name_b="<b>")
    figure.canvas.draw()
    assert figure.axes[0].get_title() == "$\\alpha, maximum projection"


def test_no_pyplot_state():
    program = (
        "import sys, numpy as np; from coloc_bridge.report.plots import channel_overview, cytofluorogram;"
        "a = np.eye(9); channel_overview(a, a).canvas.draw(); cytofluorogram(a, a).canvas.draw();"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
