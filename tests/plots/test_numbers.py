"""Diagrams show the numbers they are drawn from."""

import numpy as np
import pytest
import xarray

import coloc_bridge as cb
from coloc_bridge import plots

A = np.random.default_rng(3).integers(0, 60000, (4, 20, 30)).astype(np.uint16)
B = A[::-1] // 2 + 7
MASK = A > 20000


def said(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def counted(axes):
    return axes.images[0].get_array().sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_a_cytofluorogram_counts_every_pixel_of_the_mask_once(dtype, ax) -> None:
    a, b = (image.astype(dtype) for image in (A, B))
    assert counted(plots.cytofluorogram(a, b, ax=ax)) == A.size
    ax.clear()
    assert counted(plots.cytofluorogram(a, b, MASK, ax=ax)) == MASK.sum()


def test_a_cytofluorogram_has_line_thresholds_and_marks(ax) -> None:
    marks = [plots.Mark("engine", 30000, 20000, slope=2, intercept=-5), plots.Mark("none", np.nan, 3)]
    plots.cytofluorogram(A, B, line=(0.5, 7), thresholds=(100, 57), marks=marks, name_a="GFP", ax=ax)
    line, vertical, horizontal, other, mark = ax.lines
    assert (line.get_slope(), line.get_xy1()) == (0.5, (0, 7))
    assert (set(vertical.get_xdata()), set(horizontal.get_ydata())) == ({100}, {57})
    assert (other.get_slope(), other.get_xy1()) == (2, (0, -5))
    assert mark.get_xydata().tolist() == [[30000, 20000]]
    assert said(ax) == ["B = 0.5 GFP + 7", "threshold of GFP: 100", "threshold of B: 57", "engine: 30000, 20000"]


def test_what_is_not_finite_is_not_drawn(ax) -> None:
    assert len(plots.cytofluorogram(A, B, thresholds=(np.inf, np.nan), line=(np.nan, 1), ax=ax).lines) == 0
    a = A.astype(float)
    a[0, 0, 0], a[0, 0, 1] = np.nan, np.inf
    ax.clear()
    assert counted(plots.cytofluorogram(a, B, ax=ax)) == A.size - 2


def test_a_mark_beside_the_pixels_is_said_to_be_outside_and_moves_no_axis(ax) -> None:
    plots.cytofluorogram(A, B, ax=ax)
    before = ax.get_xlim(), ax.get_ylim()
    ax.clear()
    plots.cytofluorogram(A, B, marks=[plots.Mark("far", 1e6, 5)], ax=ax)
    assert (ax.get_xlim(), ax.get_ylim()) == before
    assert said(ax) == ["far: 1e+06, 5 (outside)"]


def test_the_table_of_threshold_marks_is_taken_as_it_is(ax) -> None:
    table = cb.threshold_marks(A[0], B[0])
    found = table[np.isfinite(table.threshold_a) & np.isfinite(table.threshold_b)]
    texts = said(plots.threshold_surface(A[0], B[0], marks=table, levels=32, ax=ax))
    assert [text.split(":")[0] for text in texts] == found.mark.tolist()
    first = found.iloc[0]
    assert f"M1 {first.m1:.3f} ({first.m1_low:.3f} to {first.m1_high:.3f})" in texts[0]
    assert f"M2 {first.m2:.3f} ({first.m2_low:.3f} to {first.m2_high:.3f})" in texts[0]


def test_a_legend_of_a_surface_may_be_names_alone(ax) -> None:
    marks = [plots.Mark("here", 200, 100, m1=(0.5, 0.4, 0.6)), plots.Mark("far", 1e9, 100)]
    given = plots.threshold_surface(A, B, levels=20, quantities="m1", marks=marks, numbers=False, ax=ax)
    assert said(given) == ["here", "far (outside)"]
    assert given.get_legend().get_title().get_text() == ""


@pytest.mark.parametrize("quantity", ["m1", "m2", "r_below", "r_above", "pixels"])
def test_the_colours_of_a_surface_are_its_numbers(quantity, ax) -> None:
    surface = cb.threshold_surface(A, B, levels=20)
    plots.threshold_surface(surface, quantities=quantity, ax=ax)
    shown = ax.images[0].get_array()
    np.testing.assert_array_equal(np.ma.asarray(shown).filled(np.nan), surface[quantity].to_numpy().T)


def test_the_surface_shows_where_pixels_are_and_every_mark_on_it(ax) -> None:
    a = np.append(np.repeat(np.arange(50), 100), 255).astype(np.uint8)
    plots.threshold_surface(a, a, quantities="m1", ax=ax)
    assert 48 <= ax.get_xlim()[1] < 60
    ax.clear()
    plots.threshold_surface(a, a, quantities="m1", marks=[plots.Mark("high", 200, 100)], ax=ax)
    assert ax.get_xlim()[1] > 200


def test_a_box_reaches_five_percent_to_either_side(ax) -> None:
    plots.threshold_surface(A, B, levels=20, quantities="m1", marks=[plots.Mark("here", 20000, -400)], ax=ax)
    (box,) = ax.patches
    np.testing.assert_allclose([*box.get_xy(), box.get_width(), box.get_height()], [19000, -420, 2000, 40])


def test_ica_is_drawn_of_the_products(ax) -> None:
    found = cb.li_ica(A, B, MASK)
    for pane, channel in zip(plots.ica(A, B, MASK, ax=ax).child_axes, "ab", strict=True):
        np.testing.assert_array_equal(
            pane.lines[0].get_xydata(), np.column_stack([found["products"], found[channel]])
        )
        assert pane.get_title() == f"ICQ = {found['icq']:.4f}"


def test_the_curve_of_a_shifted_image_peaks_where_it_was_shifted(ax, drawn) -> None:
    a = xarray.DataArray(A[0], dims=("Y", "X"), name="GFP", attrs={"pixel_size": {"Y": 2.0, "X": 0.5}, "unit": "µm"})
    plots.ccf(a, np.roll(A[0], 3, axis=0), max_shift=6, axis=0, ax=ax)
    assert said(ax) == ["peak: r = 1.0000 at -3"]
    assert ax.get_xlabel() == "shift of B along Y (pixels)"
    (above,) = ax.child_axes
    assert above.get_xlabel() == "shift (µm)"
    drawn(ax)
    np.testing.assert_allclose(above.get_xlim(), 2 * np.array(ax.get_xlim()))


def test_a_randomization_shows_every_round_and_the_observed_r(ax) -> None:
    found = cb.costes_randomization(A[0], B[0], n_iter=60, block_size=4, seed=1)
    plots.randomization(found, title="cell 3", ax=ax)
    (bars,) = ax.patches
    assert bars.get_data().values.sum() == 60
    assert ax.lines[0].get_xdata()[0] == found["observed"]
    assert ax.get_title() == f"cell 3: p = {found['p_value']:.3g}, 60 rounds"


def test_a_shift_test_is_drawn_as_what_it_is(ax) -> None:
    found = cb.shift_test(A[0], B[0], n_shifts=19, coefficient="spearman", seed=1)
    assert plots.randomization(found, ax=ax).get_xlabel() == "spearman of shifted images"


def test_a_constant_channel_is_no_error_and_says_why(ax, drawn) -> None:
    flat = np.ones((16, 16))
    for picture in (plots.randomization, plots.ccf):
        axes = picture(flat, flat)
        assert axes.texts[0].get_text().startswith("no ")
        drawn(axes)
    drawn(plots.threshold_surface(flat, flat, ax=ax))


def test_wrong_arguments_are_named(ax) -> None:
    with pytest.raises(ValueError, match="unknown quantity 'm3'; known: m1, m2"):
        plots.threshold_surface(A, B, quantities=["m3"], ax=ax)
    with pytest.raises(TypeError, match="marks must be a list of Mark or the table of threshold_marks, got 5"):
        plots.cytofluorogram(A, B, marks=[5], ax=ax)
