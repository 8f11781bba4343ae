"""The analysis of dask arrays gives what the analysis in memory gives."""

import dask.array
import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge import chunked
from coloc_bridge.statistics.blocks import regions as blocks

KEYS = (*cb.ALL_METRICS, "ktau", "area", "rwc", "tos", "intersection")


@pytest.fixture(scope="module")
def image():
    """300 x 260 pixels, related channels, and regions with gaps, one of them in every block."""
    rng = np.random.default_rng(3)
    a = rng.gamma(1.5, 300, (300, 260))
    b = 0.5 * a + rng.gamma(1.0, 200, a.shape)
    labels = (np.arange(300)[:, None] // 40 * 10 + np.arange(260) // 60).astype(np.int32)
    labels[::9, :] = 1000
    labels[:, :5] = -3
    return a, b, labels


def numbers(rows):
    return [{key: value for key, value in row.items() if isinstance(value, int | float)} for row in rows]


def dask_pair(a, b, chunks=(77, 100)):
    return dask.array.from_array(a, chunks), dask.array.from_array(b, (300, 50))


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", ">u2", "i4", "u8"])
def test_whole_integer_images_give_the_same_bits(image, dtype):
    a, b = ((channel / (20 if dtype == "u1" else 1)).astype(dtype) for channel in image[:2])
    found = chunked.analyse_pairwise(*dask_pair(a, b), metrics=KEYS)
    assert repr(found) == repr(cb.analyse_pairwise(a, b, metrics=KEYS))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
def test_whole_float_images_differ_by_rounding(image, dtype):
    a, b = (((channel * 1e9) if dtype == "i8" else channel).astype(dtype) for channel in image[:2])
    (found,) = numbers(chunked.analyse_pairwise(*dask_pair(a, b), metrics=KEYS))
    (expected,) = numbers(cb.analyse_pairwise(a, b, metrics=KEYS))
    assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
@pytest.mark.parametrize("batch", [1 << 24, 9000])
def test_regions_give_the_same_bits(image, dtype, batch, monkeypatch):
    monkeypatch.setattr(blocks, "BATCH", batch)
    a, b, labels = (image[0].astype(dtype), image[1].astype(dtype), image[2])
    warned, expected_warned = [], []
    options = {"metrics": KEYS, "region_warnings": warned}
    found = chunked.analyse_pairwise(*dask_pair(a, b), label_mask=dask.array.from_array(labels, (50, 260)), **options)
    expected = cb.analyse_pairwise(a, b, label_mask=labels, metrics=KEYS, region_warnings=expected_warned)
    assert repr(found) == repr(expected)
    assert warned == expected_warned


@pytest.mark.parametrize("method", ["otsu", "manual"])
def test_other_thresholds(image, method):
    a, b = (channel.astype(np.uint16) for channel in image[:2])
    options = {"metrics": "mcc", "threshold_method": method, "threshold_a": 100, "threshold_b": 200}
    assert repr(chunked.analyse_pairwise(*dask_pair(a, b), **options)) == repr(cb.analyse_pairwise(a, b, **options))


def test_slices(image):
    a, b = (np.stack([channel[:80], channel[80:160], channel[160:240]]).astype(np.uint16) for channel in image[:2])
    labels = image[2][:80]
    for options in ({"slice_axis": 0}, {"slice_axis": 0, "label_mask": labels}, {"slice_axis": -1, "metrics": "pcc"}):
        found = chunked.analyse_pairwise(dask.array.from_array(a, 30), dask.array.from_array(b, 70), **options)
        assert repr(found) == repr(cb.analyse_pairwise(a, b, **options))


def test_edges():
    empty = dask.array.zeros((0, 5), dtype=np.uint8)
    assert chunked.analyse_pairwise(empty, empty)[0]["n_pixels"] == 0
    ones = dask.array.ones((4, 5), chunks=2)
    assert chunked.analyse_pairwise(ones, ones, label_mask=dask.array.zeros((4, 5), dtype=int)) == []
    with pytest.raises(ValueError, match="shape mismatch"):
        chunked.analyse_pairwise(ones, ones[1:])
    with pytest.raises(ValueError, match="unknown shape"):
        chunked.analyse_pairwise(ones[ones > 0], ones)
    with pytest.raises(ValueError, match="complex"):
        chunked.analyse_pairwise(ones * 1j, ones)
