"""The pictures of a pair show its pixels, its names and its scale, whatever the data."""

import numpy as np
import pytest
import xarray

import coloc_bridge as cb
from coloc_bridge import plots
from coloc_bridge.plots.pictures import overview

A = np.random.default_rng(3).integers(0, 60000, (4, 20, 30)).astype(np.uint16)
B = A[::-1] // 2 + 7
CALIBRATED = {"pixel_size": {"Z": 0.5, "Y": 0.25, "X": 0.25}, "unit": "micron"}


def image(array, name, **attrs):
    return xarray.DataArray(array, dims=list("ZYX")[-array.ndim :], name=name, attrs=attrs)


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_channels_are_green_and_magenta_from_the_minimum_to_the_brightest(ax) -> None:
    green, magenta = (pane.images[0].get_array() for pane in plots.channels(A, B, ax=ax).child_axes)
    assert green.shape == (20, 30, 3)
    assert np.all(green[..., [0, 2]] == 0)
    assert np.all(magenta[..., 1] == 0)
    projection = A.max(axis=0)
    assert green[np.unravel_index(projection.argmin(), (20, 30))][1] == 0
    assert green[np.unravel_index(projection.argmax(), (20, 30))][1] == 255


def test_the_overlay_adds_both(ax) -> None:
    figure = overview(A, B)
    green, magenta, both = (pane.images[0].get_array().astype(int) for pane in figure.axes)
    np.testing.assert_array_equal(both, green + magenta)
    np.testing.assert_array_equal(plots.overlay(A, B, ax=ax).images[0].get_array(), both)


def test_the_display_range_is_said_and_can_be_given(ax) -> None:
    a = np.array([[0, 10], [20, 400]])
    panes = plots.channels(a, a, limits=((0, 20), (100, 300)), ax=ax).child_axes
    assert [pane.get_title() for pane in panes] == ["A, shown from 0 to 20", "B, shown from 100 to 300"]
    assert panes[0].images[0].get_array()[..., 1].tolist() == [[0, 128], [255, 255]]
    assert panes[1].images[0].get_array()[..., 0].tolist() == [[0, 0], [0, 255]]


@pytest.mark.parametrize(
    ("width", "size", "expected"), [(100, 0.25, (5, 20)), (512, 0.1, (10, 100)), (30, 2.0, (10, 5))]
)
def test_the_scale_bar_is_as_long_as_it_says(ax, width, size, expected) -> None:
    plane = image(np.eye(width), "GFP", pixel_size={"Y": size, "X": size}, unit="µm")
    axes = plots.overlay(plane, plane, ax=ax)
    (bar,) = [line for line in axes.lines if line.get_gid() == "scale bar"]
    assert (words(axes), np.ptp(bar.get_xdata())) == ([f"{expected[0]} µm"], pytest.approx(expected[1]))


def test_no_bar_without_a_pixel_size_and_one_by_argument(ax) -> None:
    plane = image(np.eye(40), "GFP", pixel_size={"Y": 1.0, "X": 1.0}, unit="pixel")
    assert words(plots.overlay(plane, plane, ax=ax)) == []
    assert words(plots.overlay(np.eye(40), np.eye(40), pixel_size=50, unit="nm", ax=ax)) == ["500 nm"]
    assert words(plots.overlay(image(np.eye(40), "G", **CALIBRATED), np.eye(40), ax=ax))[-1] == "2 µm"


def test_pixels_that_are_higher_than_wide_are_shown_so(ax) -> None:
    axes = plots.overlay(np.eye(9), np.eye(9), pixel_size=(0.3, 0.1), ax=ax)
    assert axes.get_aspect() == pytest.approx(3)


def test_names_come_from_the_channel_the_name_or_the_argument(ax) -> None:
    stack = xarray.DataArray(np.ones((2, 3, 4)), dims=list("CYX"), coords={"C": ["GFP", "RFP"]}, name="file.tif")
    panes = plots.channels(stack[0], stack[1].rename(None), ax=ax).child_axes
    assert [pane.get_title().split(",")[0] for pane in panes] == ["GFP", "RFP"]
    panes = plots.channels(image(np.eye(3), "tubulin"), np.eye(3), name_b="actin", ax=ax).child_axes
    assert [pane.get_title().split(",")[0] for pane in panes[-2:]] == ["tubulin", "actin"]


def test_regions_have_outline_number_and_name(ax) -> None:
    labels = np.zeros((20, 30), int)
    labels[2:8, 3:9], labels[10:15, 20:29] = 4, 11
    axes = plots.overlay(A[0], B[0], regions=labels, ax=ax)
    assert words(axes) == ["4", "11"]
    (lines,) = axes.collections
    boxes = [path.get_extents().get_points().tolist() for path in lines.get_paths()]
    assert boxes == [[[2.5, 1.5], [8.5, 7.5]], [[19.5, 9.5], [28.5, 14.5]]]
    for text, number in zip(axes.texts, (4, 11), strict=True):
        x, y = text.get_position()
        assert labels[round(y), round(x)] == number


def test_a_named_region_of_any_shape_is_named_where_it_has_a_pixel(ax) -> None:
    ring = np.ones((20, 30), bool)
    ring[1:-1, 1:-1] = False
    axes = plots.overlay(A[0], B[0], regions=[("membrane", ring)], ax=ax)
    assert words(axes) == ["1 membrane"]
    x, y = axes.texts[0].get_position()
    assert ring[round(y), round(x)]


def test_many_regions_are_outlined_without_names_and_very_many_as_one(ax) -> None:
    labels = np.arange(2500).reshape(50, 50)
    many = plots.overlay(labels, labels, regions=np.where(labels < 40, labels, 0), ax=ax)
    assert words(many) == [str(number) for number in range(1, 40)]
    for text in list(many.texts):
        text.remove()
    assert words(plots.overlay(labels, labels, regions=labels, ax=ax)) == []


def test_what_is_above_the_thresholds_is_what_manders_counts(ax) -> None:
    a, b = A[0], B[0]
    t = 30000, 12000
    axes = plots.overlay(a, b, thresholds=t, ax=ax)
    picture = axes.images[0].get_array()
    white, green, magenta = (np.all(picture == colour, axis=-1) for colour in ([255] * 3, [0, 255, 0], [255, 0, 255]))
    m1, m2 = cb.manders(a, b, *t)
    assert a[white | magenta].sum() / a.sum() == pytest.approx(m1, rel=1e-12)
    assert b[white | green].sum() / b.sum() == pytest.approx(m2, rel=1e-12)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said[0] == f"both above: {100 * white.mean():.1f} % of the pixels"


def test_only_pixels_of_the_mask_count_for_them(ax) -> None:
    mask = np.zeros(A[0].shape, bool)
    mask[:10] = True
    axes = plots.overlay(A[0], A[0], mask, thresholds=(-1, np.nan), ax=ax)
    assert [text.get_text().split(": ")[1] for text in axes.get_legend().get_texts()] == [
        "0.0 % of the pixels",
        "100.0 %",
        "0.0 %",
    ]
    green = np.all(axes.images[0].get_array() == [0, 255, 0], axis=-1)
    np.testing.assert_array_equal(green, mask)


def test_objects_are_counted_and_numbered_as_in_the_table(ax) -> None:
    labels_a, labels_b = np.zeros((2, 12, 20), int)
    labels_a[1:4, 1:4], labels_a[6:9, 10:13] = 1, 2
    labels_b[2:5, 2:5], labels_b[1:3, 15:19], labels_b[9:11, 1:3] = 1, 2, 5
    axes = plots.objects(np.ones((12, 20)), np.ones((12, 20)), labels=(labels_a, labels_b), ax=ax)
    _, summary = cb.object_table(labels_a, labels_b)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        f"A: {summary['n_objects_a']} objects, {summary['overlap_a']} meet B",
        f"B: {summary['n_objects_b']} objects, {summary['overlap_b']} meet A",
    ]
    assert words(axes) == ["1", "2", "1", "2", "5"]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 6), np.uint8),
        np.full((5, 6), np.nan),
        np.array([[np.nan, np.inf], [0.5, -3.0]], np.float32),
        np.arange(200, dtype=np.uint16).reshape(200, 1),
        np.arange(200, dtype=np.uint16).reshape(1, 200),
        np.arange(7),
        np.arange(5 * 6 * 7).reshape(5, 6, 7),
        np.full((4, 4), 2**63, np.uint64),
        np.eye(4, dtype=bool),
    ],
    ids=["constant", "NaN", "infinite", "one wide", "one high", "a line", "stack", "uint64", "bool"],
)
def test_odd_images_still_give_pictures(array, ax, drawn) -> None:
    mask = np.ones(array.shape, bool)
    mask.flat[0] = False
    drawn(overview(array, array, mask))
    for picture in (plots.channels, plots.overlay, plots.cytofluorogram, plots.objects, plots.ica):
        drawn(picture(array, array, mask))
    drawn(plots.overlay(array, array, thresholds=(0, 0), ax=ax))


HOSTILE = ["$\\alpha", "a_b^{", "<b>&", "_hidden", "אבג", "\u202eevil", "x\ny", "L" * 10_000, "%s{0}", "日本"]


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_shown_as_they_are(name, drawn) -> None:
    a = image(A[0], name, **CALIBRATED)
    labels = [(name, A[0] > 30000)]
    marks = [plots.Mark(name, 20000, 9000)]
    pictures = [
        plots.channels(a, a, regions=labels),
        plots.overlay(a, a, thresholds=(5, 5)),
        plots.cytofluorogram(a, a, line=(1, 0), thresholds=(5, 5), marks=marks),
        plots.ica(a, a),
        plots.ccf(a, a, title=name),
        plots.threshold_surface(a, a, marks=marks, levels=16),
        plots.objects(a, a),
    ]
    for picture in pictures:
        drawn(picture)
    title = pictures[0].child_axes[0].get_title()
    assert len(title) < 80
    assert "\n" not in title
    assert "\u202e" not in title
    if len(name) < 10 and name.isascii() and "\n" not in name:
        assert title.startswith(name)
        assert name in pictures[2].get_xlabel()
        assert any(name in text.get_text() for text in pictures[2].get_legend().get_texts())


def test_wrong_axes_and_ranges_are_refused(ax) -> None:
    with pytest.raises(ValueError, match=r"ax must be a matplotlib Axes or a sequence of 2 of them, got \[<Axes"):
        plots.channels(A, B, ax=[ax])
    with pytest.raises(ValueError, match="got 'here'"):
        plots.overlay(A, B, ax="here")
    with pytest.raises(ValueError, match=r"a display range goes from a smaller to a larger value, got 5\.0 to 5\.0"):
        plots.overlay(A, B, limits=((5, 5), (0, 1)), ax=ax)
    with pytest.raises(ValueError, match=r"pixel_size along Y must be above 0, got -1\.0"):
        plots.overlay(A, B, pixel_size=-1, ax=ax)
    with pytest.raises(ValueError, match="shape mismatch"):
        plots.overlay(A, B[0], ax=ax)
    with pytest.raises(ValueError, match="shape mismatch: regions is"):
        plots.overlay(A, B, regions=np.ones((2, 2), int), ax=ax)
