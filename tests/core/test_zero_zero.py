"""Pixels in which both channels are 0 left out: by masking them with NumPy."""

import numpy as np
import pytest

import coloc_bridge as cb


@pytest.fixture(params=["uint8", "uint16", "int16", "float32"])
def pair(request):
    rng = np.random.default_rng(3)
    a, b = (np.where(rng.random((2, 300, 290)) < 0.6, rng.integers(1, 200, (2, 300, 290)), 0)).astype(request.param)
    a[:20], b[:20] = 0, 0
    return a, b, rng.integers(0, 4, a.shape)


def test_whole_image_labels_lists_and_planes(pair):
    a, b, labels = pair
    signal = (a != 0) | (b != 0)
    whole = cb.analyse_pairwise(a, b, zero_zero=False)[0]
    of_mask = cb.analyse_pairwise(a, b, label_mask=signal.astype(int))[0]
    assert whole | {"region": 1} == of_mask | {"zero_zero": False}
    assert whole["n_pixels"] == signal.sum()
    assert whole["pcc"] == cb.pearson(a, b, zero_zero=False)[0] == cb.pearson(a, b, signal)[0]
    inside = labels == 2
    assert cb.pearson(a, b, inside, zero_zero=False) == cb.pearson(a, b, inside & signal)
    rows = cb.analyse_pairwise(a, b, label_mask=labels, zero_zero=False)
    expected = cb.analyse_pairwise(a, b, label_mask=np.where(signal, labels, 0))
    assert rows == [row | {"zero_zero": False} for row in expected]
    listed = [("one", labels == 1), ("overlapping", labels > 0)]
    rows = cb.analyse_pairwise(a, b, regions=listed, zero_zero=False)
    expected = cb.analyse_pairwise(a, b, regions=[(name, mask & signal) for name, mask in listed])
    assert rows == [row | {"zero_zero": False} for row in expected]
    planes = cb.analyse_pairwise(a, b, slice_axis=0, zero_zero=False)
    assert [row["n_pixels"] for row in planes if row["n_pixels"]] == signal.sum(axis=1)[20:].tolist()


def test_dask_gives_the_same_rows(pair):
    dask = pytest.importorskip("dask.array")
    a, b, labels = pair
    x, y, z = (dask.from_array(image, chunks=(130, 100)) for image in (a, b, labels))
    listed = [("one", labels == 1), ("overlapping", labels > 0)]
    keys = ("pcc", "icq", "mcc")
    for given, lazy in ((None, None), ("label_mask", z), ("regions", listed)):
        memory = {} if given is None else {given: labels if given == "label_mask" else lazy}
        blocks = {} if given is None else {given: lazy}
        rows = cb.chunked.analyse_pairwise(x, y, zero_zero=False, metrics=keys, **blocks)
        expected = cb.analyse_pairwise(a, b, zero_zero=False, metrics=keys, **memory)
        for row, other in zip(rows, expected, strict=True):
            assert row["zero_zero"] is False
            for name in ("region", "n_pixels", "pcc", "icq", "m1", "threshold_b"):
                assert row[name] == pytest.approx(other[name], rel=1e-12)


def test_all_pairs_and_tables_say_it():
    rows = cb.analyse_all_to_all(np.eye(3), 0, zero_zero=False, metrics="pcc")
    assert [row["n_pixels"] for row in rows] == [2, 2, 2]
    assert cb.results_table(rows)["zero_zero"].tolist() == [False] * 3
    assert "zero_zero" not in cb.analyse_pairwise([1, 0], [0, 0])[0]


def test_nothing_is_left():
    row = cb.analyse_pairwise(np.zeros(9), np.zeros(9), zero_zero=False)[0]
    assert row["n_pixels"] == 0
    assert np.isnan(row["pcc"])


def test_nan_is_no_zero():
    assert cb.analyse_pairwise([0, np.nan, 1], [0.0, 0, 1], zero_zero=False, metrics="pcc")[0]["n_pixels"] == 2
