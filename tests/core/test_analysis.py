"""Rows of regions and slices: published values, region = cut-out, warnings, refusals, tables."""

import itertools
import math

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import coloc_bridge as cb
from coloc_bridge.statistics.moments.tables import PackedSums
from coloc_bridge.statistics.regions import whole_region

A = np.array([[0, 1, 2], [3, 4, 10]], float)
B = np.array([[1, 0, 2], [4, 3, 12]], float)
NAN = math.nan
KEYS = (*cb.ALL_METRICS, "ktau")
COLUMNS = "region slice channel_a channel_b n_pixels pcc pcc_pvalue srcc srcc_pvalue icq overlap k1 k2 m1 m2"


def close(expected):
    return pytest.approx(expected, rel=1e-12, abs=1e-14, nan_ok=True)


def values(row):
    return {key: value for key, value in row.items() if isinstance(value, float) and key != "slice"}


def test_names_that_scripts_rely_on():
    assert (*COLUMNS.split(), "threshold_a", "threshold_b") == cb.COLUMNS
    assert cb.ALL_METRICS == ("pcc", "srcc", "icq", "overlap", "mcc")


def test_published_rows_of_two_regions():
    warnings = []
    first, second = cb.analyse_pairwise(A, B, label_mask=[[1, 1, 0], [7, 7, 7]], region_warnings=warnings)
    assert list(first) == list(cb.COLUMNS)
    assert (first["region"], first["n_pixels"], second["region"], second["n_pixels"]) == (1, 2, 7, 3)
    assert [type(first[key]) for key in ("region", "n_pixels", "slice", "pcc")] == [int, int, float, float]
    assert (first["channel_a"], first["channel_b"]) == ("A", "B")
    expected = {
        "pcc": -1,
        "pcc_pvalue": 1,
        "srcc": -1,
        "srcc_pvalue": NAN,
        "icq": -0.5,
        "overlap": 0,
        "k1": 0,
        "k2": 0,
        "m1": 0,
        "m2": 0,
    }
    assert values(first) == close(expected | {"threshold_a": 1.0, "threshold_b": 1.0})
    assert values(second) == close(
        {
            "pcc": 0.9727491151536328,
            "pcc_pvalue": 0.14896239014909535,
            "srcc": 0.5,
            "srcc_pvalue": 0.6666666666666667,
            "icq": 0.5,
            "overlap": 0.9907501192614454,
            "k1": 1.152,
            "k2": 0.8520710059171598,
            "m1": 0.5882352941176471,
            "m2": 0.631578947368421,
            "threshold_a": 9.98399258601579,
            "threshold_b": 11.99945068359375,
        }
    )
    assert warnings == []


AUTO = [
    ("u1", "otsu", 4, 4, 0.5, 0.5454545454545454),
    ("u1", "li", 3.570396770934653, 3.8829698373538677, 0.65, 0.6818181818181818),
    ("u1", "triangle", 5, 5, 0.5, 0.5454545454545454),
    ("u1", "yen", 2, 2, 0.85, 0.8636363636363636),
    ("u1", "mean", 3.3333333333333335, 3.6666666666666665, 0.65, 0.6818181818181818),
    ("u1", "isodata", 6, 7, 0.5, 0.5454545454545454),
    ("f8", "otsu", 4.00390625, 4.0078125, None, None),
    ("f8", "triangle", 0.05859375, 0.0703125, None, None),
    ("f8", "yen", 2.01171875, 1.9921875, None, None),
    ("f8", "isodata", 5.95703125, 6.9609375, None, None),
    ("f8", "li", 3.570396770934653, 3.8829698373538677, None, None),
    ("f8", "mean", 3.3333333333333335, 3.6666666666666665, None, None),
]


@pytest.mark.parametrize(("dtype", "method", "ta", "tb", "m1", "m2"), AUTO)
def test_published_automatic_thresholds(dtype, method, ta, tb, m1, m2):
    (row,) = cb.analyse_pairwise(A.astype(dtype), B.astype(dtype), metrics="mcc", threshold_method=method)
    assert (row["threshold_a"], row["threshold_b"]) == close((ta, tb))
    if m1 is not None:
        assert (row["m1"], row["m2"]) == close((m1, m2))


def test_published_slices():
    v = np.arange(8).reshape(2, 2, 2)
    u = v[::-1]

    def found(labels, axis):
        rows = cb.analyse_pairwise(v, u, label_mask=labels, slice_axis=axis)
        return [(row["slice"], row["region"], row["n_pixels"]) for row in rows]

    assert found([[[1, 1], [2, 2]], [[2, 2], [0, 0]]], 0) == [(0, 1, 2), (0, 2, 2), (1, 2, 2)]
    assert found([[5, 5], [0, 0]], -1) == [(0, 5, 2), (1, 5, 2)]
    assert found(None, 1) == [(0, 0, 4), (1, 0, 4)]
    (row,) = cb.analyse_pairwise(v, u, label_mask=v == 3)
    assert type(row["slice"]) is float


def test_published_warnings_and_the_values_they_speak_of():
    warnings = []
    rows = cb.analyse_pairwise(
        [[0, 0, 1, 1, 2, 3]],
        [[5, 5, 5, 5, 9, 1]],
        label_mask=[[1, 1, 2, 2, 3, 3]],
        channel_a="g",
        channel_b="r",
        region_warnings=warnings,
    )
    assert warnings == [
        "region 1 (g vs r): channel 'g' has no signal; channel 'r' is constant",
        "region 2 (g vs r): channel 'g' is constant; channel 'r' is constant",
    ]
    picked = ("overlap", "k1", "k2", "m1", "m2", "threshold_a", "threshold_b")
    assert [rows[0][key] for key in picked] == close([NAN, NAN, 0.0, NAN, NAN, 0.0, 5.0])
    assert [rows[1][key] for key in picked] == close([1.0, 5.0, 0.2, 0.0, 0.0, 1.0, 5.0])


@pytest.mark.parametrize(
    ("a", "labels", "options", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 2, 2], {}, ["region 1 (A vs B): fewer than 2 pixels"]),
        ([1, NAN, 3, NAN], None, {}, ["region 0 (A vs B): channel 'A' has 2 NaN pixels"]),
        ([1, -2, 3, 4], None, {}, ["region 0 (A vs B): channel 'A' has 1 negative pixels"]),
        ([1, -2, 3, 4], None, {"metrics": ["pcc", "icq"]}, []),
        ([2, 2, 2, 2], None, {"metrics": ["mcc"]}, []),
        (
            [[1, 1], [2, 3]],
            None,
            {"slice_axis": 0, "metrics": "pcc"},
            ["slice 0, region 0 (A vs B): channel 'A' is constant"],
        ),
        ([1, 2, 1, 2], None, {"threshold_method": "manual", "threshold_a": NAN, "threshold_b": 0}, "undefined"),
    ],
)
def test_warnings_name_the_region_and_the_reason(a, labels, options, expected):
    warnings = []
    b = np.arange(4.0).reshape(np.shape(a)) ** 2 + 1
    cb.analyse_pairwise(np.array(a), b, label_mask=labels, region_warnings=warnings, **options)
    if expected == "undefined":
        assert warnings == ["region 0 (A vs B): metric undefined for this region"]
    else:
        assert warnings == expected


def test_negative_pixels_leave_the_other_metrics_alone():
    (row,) = cb.analyse_pairwise([-1, 2, 5, 3], [1, 2, 5, 4], metrics=KEYS)
    undefined = {key for key, value in values(row).items() if math.isnan(value)}
    assert undefined == {"overlap", "k1", "k2", "m1", "m2"}


REFUSED = [
    ({"b": np.ones((3, 2))}, "shape mismatch"),
    ({"label_mask": np.ones((3, 2), int)}, "shape mismatch: label_mask is"),
    (
        {"label_mask": np.ones((2, 3), int), "slice_axis": 2, "a": np.ones((2, 2, 2)), "b": np.ones((2, 2, 2))},
        "shape mismatch",
    ),
    ({"metrics": ["pcc", "pearson"]}, "unknown metric 'pearson'; known ones: pcc, srcc, icq, overlap, mcc, ktau"),
    ({"metrics": "pearson"}, "unknown metric 'pearson'"),
    ({"threshold_method": "best"}, "unknown threshold_method 'best'; known ones: costes, manual, otsu"),
    (
        {"threshold_method": "manual", "threshold_a": 1.0},
        "'manual' needs threshold_a and threshold_b; threshold_b is",
    ),
    ({"slice_axis": 2}, r"slice_axis 2 does not exist in an image of shape \(2, 3\)"),
    ({"slice_axis": -3}, "slice_axis -3 does not exist"),
]


@pytest.mark.parametrize(("options", "text"), REFUSED)
def test_refused_calls_name_the_argument(options, text):
    with pytest.raises(ValueError, match=text):
        cb.analyse_pairwise(**({"a": A, "b": B} | options))


def test_the_threshold_is_not_looked_at_without_manders_or_regions():
    assert cb.analyse_pairwise(A, B, metrics=["pcc"], threshold_method="best")[0]["pcc"] > 0
    assert cb.analyse_pairwise(A, B, label_mask=np.zeros((2, 3), int), threshold_method="manual") == []


def test_what_is_not_requested_is_nan_and_kendall_is_appended():
    (row,) = cb.analyse_pairwise(A, B, metrics="icq")
    assert {key for key, value in values(row).items() if not math.isnan(value)} == {"icq"}
    (row,) = cb.analyse_pairwise(A, B, metrics=["ktau"])
    assert list(row) == [*cb.COLUMNS, "ktau", "ktau_pvalue"]
    assert (row["ktau"], row["ktau_pvalue"]) == close(cb.kendall(A, B))


def scalar_row(a, b):
    """The same numbers from the scalar functions."""
    ta, tb = cb.costes_threshold(a, b)
    return dict(
        zip(("pcc", "pcc_pvalue"), cb.pearson(a, b), strict=True),
        **dict(zip(("srcc", "srcc_pvalue"), cb.spearman(a, b), strict=True)),
        icq=cb.li_icq(a, b),
        **dict(zip(("overlap", "k1", "k2"), cb.overlap(a, b), strict=True)),
        **dict(zip(("m1", "m2"), cb.manders(a, b, ta, tb), strict=True)),
        threshold_a=ta,
        threshold_b=tb,
        **dict(zip(("ktau", "ktau_pvalue"), cb.kendall(a, b), strict=True)),
    )


SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=9)
LABELS = st.sampled_from([0, 0, 1, 2, 3, 1000, -5, 2**31 - 1, -(2**31)])


@given(st.data(), st.sampled_from(["u1", "u2", "i4", "f4", "f8"]))
@settings(max_examples=80, deadline=None)
def test_a_region_gives_what_its_cut_out_gives(data, dtype):
    shape = data.draw(SHAPES)
    a, b = (data.draw(hnp.arrays(np.int16, shape, elements=st.integers(0, 30))).astype(dtype) for _ in range(2))
    labels = data.draw(hnp.arrays(np.int64, shape, elements=LABELS))
    if dtype[0] == "f":
        a, b = a / 7, b / 3
    rows = cb.analyse_pairwise(a, b, label_mask=labels, metrics=KEYS)
    ids = [int(label) for label in np.unique(labels) if label]
    assert [row["region"] for row in rows] == ids
    for row, label in zip(rows, ids, strict=True):
        inside = labels == label
        assert row["n_pixels"] == inside.sum()
        assert values(row) == close(scalar_row(a[inside], b[inside]))
        (masked,) = cb.analyse_pairwise(a, b, label_mask=inside, metrics=KEYS)
        assert values(masked) == close(values(row))


@pytest.mark.parametrize(
    "labels",
    [
        lambda z: z.astype(bool),
        lambda z: z.astype(np.uint8),
        lambda z: z.astype(">i4"),
        lambda z: z.astype(float),
        lambda z: z.astype(np.uint64) * np.uint64(2**61),
        lambda z: z * np.int64(-(2**61)),
        lambda z: np.asfortranarray(z),
        lambda z: (z * 1000 + np.arange(z.size).reshape(z.shape) % 1000) * (z > 0),
    ],
)
def test_label_images_of_every_kind(labels):
    """Gaps, huge and negative ids, bool, floats, one region per pixel."""
    z = np.zeros((60, 50), np.int64)
    z[5:20, 5:20], z[30:50, 10:40] = 1, 3
    image = labels(z)
    a, b = np.random.default_rng(0).integers(0, 50, (2, *z.shape))
    rows = cb.analyse_pairwise(a, b, label_mask=image, metrics=["overlap"])
    expected = [int(label) for label in np.unique(image) if label]
    assert [row["region"] for row in rows] == expected
    for row in rows[:3]:
        inside = image == row["region"]
        assert (row["n_pixels"], row["k1"]) == close((inside.sum(), cb.overlap(a[inside], b[inside])[1]))


@pytest.fixture(scope="module")
def large():
    """600 x 600 pixels in one large region, some small ones, and background."""
    rng = np.random.default_rng(8)
    a, b = rng.integers(0, 4000, (2, 600, 600), dtype=np.uint16)
    b[:, 300:] = a[:, 300:] // 2 + b[:, 300:] // 3
    labels = (np.arange(600)[:, None] // 50 * 12 + np.arange(600) // 50).astype(np.int32)
    labels[:, 200:450] = 500
    labels[::40] = 0
    return a, b, labels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_number_of_threads_changes_no_bit(large, dtype, monkeypatch):
    a, b, labels = large
    a, b = (
        (a.astype(dtype), b.astype(dtype))
        if dtype != np.float32
        else (np.sqrt(a, dtype=dtype), np.sqrt(b, dtype=dtype))
    )
    found = []
    for workers in (1, 2, 3, 7):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", str(workers))
        rows = cb.analyse_pairwise(a, b, metrics=KEYS) + cb.analyse_pairwise(a, b, label_mask=labels, metrics=KEYS)
        found.append([repr(row) for row in rows])
    assert found[0] == found[1] == found[2] == found[3]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64])
def test_large_and_small_regions_of_one_label_image(large, dtype):
    a, b, labels = large
    a, b = a.astype(dtype), b.astype(dtype)
    rows = {row["region"]: row for row in cb.analyse_pairwise(a, b, label_mask=labels, metrics=KEYS)}
    for region in (1, 75, 500):
        inside = labels == region
        assert values(rows[region]) == close(scalar_row(a[inside], b[inside]))


def test_sums_that_are_full_are_begun_anew(large, monkeypatch):
    """Counts and sums share 64 bits for 2**24 pixels; here they are full after every chunk."""
    a, b, _ = large
    expected = scalar_row(a.astype(np.float64), b.astype(np.float64))
    monkeypatch.setattr(PackedSums, "make_room", lambda self, pixels: self.unpacked())
    assert values(cb.analyse_pairwise(a, b, metrics=KEYS)[0]) == close(expected)


def test_sums_are_begun_anew_before_a_count_is_full():
    sums, other = PackedSums(2, bit=61), PackedSums(2, bit=61)  # counts of 7 pixels at most
    for _ in range(100):
        sums.make_room(3)
        sums.packed[1] += np.uint64((3 << 61) + 5)
    other.make_room(6)
    other.packed[0] += np.uint64((6 << 61) + 4)
    assert sums.combine(other).combine(PackedSums(2, bit=61)).unpacked().tolist() == [[6, 300], [4, 500]]


def test_below_a_mask_of_zeros_nothing_varies():
    """Where the pixels below a threshold are all (0, 0) they have no correlation: the thresholds go up again."""
    rng = np.random.default_rng(3)
    signal = np.where(rng.random((300, 300)) < 0.5, rng.integers(2000, 4000, (300, 300)), 0)
    for dtype in ("u2", "f8"):
        a, b = signal.astype(dtype), (2 * signal + 1 * (signal > 0)).astype(dtype)
        assert min(cb.costes_threshold(a, b)) > 1990


def test_all_pairs_of_channels():
    image = np.random.default_rng(1).integers(0, 99, (7, 3, 8))
    rows = cb.analyse_all_to_all(image, 1, label_mask=np.ones((7, 8), int), channel_names=["r", "g", "b"])
    assert [(row["channel_a"], row["channel_b"]) for row in rows] == [("r", "g"), ("r", "b"), ("g", "b")]
    (expected,) = cb.analyse_pairwise(image[:, 0], image[:, 2])
    assert values(rows[1]) == close(values(expected))
    assert rows == cb.analyse_all_to_all(image, -2, label_mask=np.ones((7, 8), int), channel_names=["r", "g", "b"])
    assert cb.analyse_all_to_all(image[:, :1], 1) == []
    with pytest.raises(ValueError, match="channel_names has 2 names for 3 channels"):
        cb.analyse_all_to_all(image, 1, channel_names=["r", "g"])
    with pytest.raises(ValueError, match="channel_axis 5 does not exist"):
        cb.analyse_all_to_all(image, 5)


def test_the_channel_axis_of_an_xarray_is_found_by_name():
    data = np.random.default_rng(2).integers(0, 99, (3, 6, 7))
    image = xarray.DataArray(data, dims=("C", "Y", "X"))
    expected = cb.analyse_all_to_all(data, 0, metrics="pcc")
    for found in (
        cb.analyse_all_to_all(image, None, metrics="pcc"),
        cb.analyse_all_to_all(image, np.argmin(data.shape), metrics="pcc"),
        cb.analyse_all_to_all(image.transpose("Y", "X", "C"), "C", metrics="pcc"),
        cb.analyse_all_to_all(image.rename(C="channel"), None, metrics="pcc"),
    ):
        assert [row["pcc"] for row in found] == close([row["pcc"] for row in expected])
    with pytest.raises(ValueError, match=r"channel_axis 'T' is not among the dimensions \['C', 'Y', 'X'\]"):
        cb.analyse_all_to_all(image, "T")
    with pytest.raises(ValueError, match="channel_axis None"):
        cb.analyse_all_to_all(data, None)
    (row,) = cb.analyse_pairwise(image[0], image[1], label_mask=xarray.ones_like(image[0]))
    assert row["pcc"] == close(expected[0]["pcc"])


def test_channel_names_are_the_text_coordinate_of_an_xarray():
    data = np.random.default_rng(2).integers(0, 99, (3, 6, 7))
    for coordinate, options, names in (
        (["DAPI", "GFP", "RFP"], {}, ("DAPI", "GFP", "RFP")),
        (["DAPI", "GFP", "RFP"], {"channel_names": "xyz"}, ("x", "y", "z")),
        ([10, 20, 30], {}, ("c0", "c1", "c2")),
    ):
        image = xarray.DataArray(data, dims=("C", "Y", "X"), coords={"C": coordinate}).transpose("Y", "X", "C")
        rows = cb.analyse_all_to_all(image, None, metrics="pcc", **options)
        assert [(row["channel_a"], row["channel_b"]) for row in rows] == list(itertools.combinations(names, 2))


@pytest.mark.parametrize("threads", ["abc", "0", "-1", "1.5"])
def test_threads_are_a_whole_number(monkeypatch, large, threads):
    monkeypatch.setenv("COLOC_BRIDGE_THREADS", threads)
    with pytest.raises(ValueError, match=f"COLOC_BRIDGE_THREADS must be a whole number .*, got '{threads}'"):
        cb.pearson(*large[:2])


@pytest.mark.parametrize("label", [NAN, math.inf, "1", 1j])
def test_labels_are_numbers(label):
    for call in (lambda z: cb.analyse_pairwise(A, B, label_mask=z), lambda z: list(cb.iter_regions(z))):
        with pytest.raises(ValueError, match=r"label_mask has .*: regions are whole numbers"):
            call(np.full(A.shape, label))


def test_table():
    rows = cb.analyse_pairwise(A, B, label_mask=[[1, 1, 0], [7, 7, 7]], metrics=("pcc", "ktau"))
    table = cb.results_table(rows)
    assert list(table.columns) == [*cb.COLUMNS, "ktau", "ktau_pvalue"]
    assert table["region"].tolist() == [1, 7]
    assert {str(kind) for kind in table.dtypes[["region", "n_pixels"]]} == {"int64"}
    assert {str(kind) for kind in table.drop(columns=["region", "n_pixels", "channel_a", "channel_b"]).dtypes} == {
        "float64"
    }
    assert cb.results_table([]).columns.tolist() == list(cb.COLUMNS)


def test_a_table_keeps_columns_it_does_not_know() -> None:
    rows = [row | {"condition": "control", "timepoint": 2} for row in cb.analyse_pairwise([1, 2, 3], [1, 2, 4])]
    table = cb.results_table(rows)
    assert list(table.columns) == [*cb.COLUMNS, "condition", "timepoint"]
    assert table.loc[0, "condition"] == "control"
    assert table.loc[0, "timepoint"] == 2


def test_a_field_that_nobody_asked_for_is_an_error() -> None:
    a = np.arange(6)
    with pytest.raises(KeyError, match="rab"):
        whole_region(a, a).describe()["rab"]


@pytest.mark.parametrize("side", [20, 300])
def test_nan_pixels_leave_thresholds_undefined_and_those_given_alone(side: int) -> None:
    a = np.random.default_rng(1).random((side, side))
    b = a.copy()
    b[2, 3] = np.nan
    (costes,) = cb.analyse_pairwise(a, b)
    assert np.isnan([costes[name] for name in ("pcc", "srcc", "icq", "m1", "m2", "threshold_a", "threshold_b")]).all()
    (given,) = cb.analyse_pairwise(a, b, metrics="mcc", threshold_method="manual", threshold_a=0.5, threshold_b=0.5)
    assert given["threshold_a"] == 0.5
    assert given["m1"] == pytest.approx(a[b > 0.5].sum() / a.sum())
    assert math.isnan(given["m2"])
