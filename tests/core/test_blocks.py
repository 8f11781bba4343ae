"""What is found from blocks of dask arrays is what is found in memory, however they are cut, and in few reads."""

import itertools
import os
import pickle
import signal
import threading
import time

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scipy import ndimage

import coloc_bridge as cb
from coloc_bridge import inputs
from coloc_bridge.pixels import tallies
from coloc_bridge.statistics.blocks import pixels as of_region
from coloc_bridge.statistics.concordance import pairs

da = pytest.importorskip("dask.array")
dask = pytest.importorskip("dask")

KEYS = (*cb.ALL_METRICS, "ktau", "area")


def cuts(draw, length):
    """Some way to cut an axis."""
    edges = draw(st.lists(st.integers(1, max(length - 1, 1)), max_size=4, unique=True))
    whole = [0, *sorted(edge for edge in edges if edge < length), length]
    return tuple(b - a for a, b in itertools.pairwise(whole))


@st.composite
def cut_pairs(draw):
    shape = draw(st.sampled_from([(97,), (9, 14), (3, 6, 8)]))
    dtype = draw(st.sampled_from(["uint8", "uint16", "int16", "int64"]))
    most = {"uint8": 255, "uint16": 2000, "int16": 300, "int64": 60_000}[dtype]
    values = npst.arrays(dtype, shape, elements=st.integers(0, most), fill=st.integers(0, 5))
    a, b = draw(values), draw(values) + np.array(10**12 if dtype == "int64" else 0, dtype)
    labels = draw(st.none() | npst.arrays("int32", shape, elements=st.sampled_from([0, 1, 2, 2, 2, -4, 90])))
    ways = [tuple(cuts(draw, length) for length in shape) for _ in range(3)]
    return a, b, labels, ways, draw(st.booleans())


@given(cut_pairs(), st.integers(1, 3))
@settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_integers_give_the_same_bits_however_they_are_cut(small_is_large, case, workers):
    a, b, labels, ways, zero_zero = case
    options = {"metrics": KEYS, "zero_zero": zero_zero}
    lazy = [da.from_array(image, way) for image, way in zip((a, b), ways, strict=False)]
    lazy_labels = None if labels is None else da.from_array(labels, ways[2])
    said, expected_said = [], []
    with dask.config.set(scheduler="threads", num_workers=workers):
        found = cb.analyse_pairwise(*lazy, label_mask=lazy_labels, region_warnings=said, **options)
    expected = cb.analyse_pairwise(a, b, label_mask=labels, region_warnings=expected_said, **options)
    assert repr(found) == repr(expected)
    assert said == expected_said


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("labelled", [False, True])
def test_no_block_of_integers_is_read_more_than_three_times(related, counted, dtype, labelled):
    """Of the labels a fourth read says how large the regions are."""
    images = [counted(image) for image in related((520, 500), dtype)]
    labels = counted((np.arange(520)[:, None] // 30 * 20 + np.arange(500) // 30).astype(np.int32))
    labels.image[::2] = 9999  # a large one in every block
    a, b, z = (da.from_array(image, (200, 150), name=False, asarray=False) for image in (*images, labels))
    found = cb.analyse_pairwise(a, b, label_mask=z if labelled else None, metrics=KEYS)
    expected = cb.analyse_pairwise(
        *(x.image for x in images), label_mask=labels.image if labelled else None, metrics=KEYS
    )
    assert repr(found) == repr(expected)
    for image in images:
        counts = [count for box, count in image.reads.items() if "slice(0, 0" not in box]
        assert len(counts) == 12
        assert max(counts) <= 3
    assert max(labels.reads.values(), default=0) <= 4


SCALAR = {
    "pearson": lambda a, b, m: cb.pearson(a, b, m),
    "pearson without 0, 0": lambda a, b, m: cb.pearson(a, b, m, zero_zero=False),
    "spearman": lambda a, b, m: cb.spearman(a, b, m),
    "kendall": lambda a, b, m: cb.kendall(a, b, m),
    "li_icq": lambda a, b, m: cb.li_icq(a, b, m),
    "manders": lambda a, b, m: cb.manders(a, b, 400, 300, m),
    "overlap": lambda a, b, m: cb.overlap(a, b, m),
    "costes_threshold": lambda a, b, m: cb.costes_threshold(a, b, m),
    "costes_regression": lambda a, b, m: cb.costes_regression(a, b, m),
    "van_steensel_ccf": lambda a, b, m: cb.van_steensel_ccf(a, b, m, max_shift=9, axis=0)[1].tolist(),
    "ccf, cropped": lambda a, b, m: cb.van_steensel_ccf(a, b, m, max_shift=60, boundary="crop")[1].tolist(),
}


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("dtype", ["u2", "f4"])
@pytest.mark.parametrize("masked", [False, True])
def test_functions_take_dask_arrays(related, name, dtype, masked):
    xarray = pytest.importorskip("xarray")
    a, b = related((300, 260), dtype)
    mask = np.random.default_rng(1).random(a.shape) < 0.8 if masked else None
    expected = SCALAR[name](a, b, mask)
    lazy = da.from_array(a, (70, 90)), xarray.DataArray(da.from_array(b, (300, 50)), dims=("dim_0", "dim_1"))
    found = SCALAR[name](*lazy, None if mask is None else da.from_array(mask, 100))
    assert found == (expected if dtype == "u2" else pytest.approx(expected, rel=1e-12, abs=1e-14))
    assert SCALAR[name](lazy[0], b, mask) == found  # one of them is enough


def test_all_channels_of_a_dask_array_and_regions_by_name(related):
    xarray = pytest.importorskip("xarray")
    image = np.stack([*related((300, 260), "u2"), related((300, 260), "u2", 8)[0]])
    lazy = xarray.DataArray(da.from_array(image, (2, 100, 260)), dims=("C", "Y", "X"), coords={"C": list("rgb")})
    masks = [("left", np.arange(260) < 130), ("top", np.arange(300)[:, None] < 3)]
    masks = [(name, np.broadcast_to(mask, image.shape[1:])) for name, mask in masks]
    for options in ({}, {"regions": masks}, {"threshold_method": "otsu"}, {"threshold_method": "li"}):
        found = cb.analyse_all_to_all(lazy, None, **options)
        assert repr(found) == repr(cb.analyse_all_to_all(image, 0, channel_names=list("rgb"), **options))


@pytest.mark.parametrize(
    ("shape", "chunks"), [((300, 301), (41, 77)), ((20, 80, 90), (3, 33, 90)), ((70000,), (999,))]
)
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_objects_across_blocks(shape, chunks, dtype):
    rng = np.random.default_rng(2)
    smooth = [ndimage.gaussian_filter(rng.normal(size=shape), 1.5) for _ in "ab"]
    images = [((image - image.min()) * 100).astype(dtype) for image in smooth]
    mask = rng.random(shape) < 0.95
    labels = []
    for image in images:
        for options in ({}, {"mask": mask, "min_size": 5}):
            lazy = {**options, "mask": da.from_array(mask, 50) if "mask" in options else None}
            expected = cb.label_objects(image, **options)
            found = cb.label_objects(da.from_array(image, chunks), **lazy)
            np.testing.assert_array_equal(found.compute(), expected)
            assert found.dtype == expected.dtype
        labels.append((found, expected))
    lazy, expected = zip(*labels, strict=True)
    assert cb.object_table(*lazy) == cb.object_table(*expected) == cb.object_table(lazy[0], expected[1])
    assert (cb.object_centroids(lazy[0]) == cb.object_centroids(expected[0])).all()


def test_a_constant_image_has_no_objects():
    labels = cb.label_objects(da.full((300, 300), 7, chunks=100))
    assert labels.dtype == np.int64
    assert not labels.compute().any()


def test_what_needs_all_pixels_says_so(related, monkeypatch):
    a, b = related((300, 300), "f4")
    lazy = da.from_array(a, 100), da.from_array(b, 100)
    monkeypatch.setattr(of_region, "MOST_AT_ONCE", 1000)
    with pytest.raises(ValueError, match=r"Kendall's tau of float images cannot be found in blocks .* leave it out"):
        cb.kendall(*lazy)
    monkeypatch.setattr(pairs, "MOST_PAIRS", 1000)
    with pytest.raises(ValueError, match=r"more than 1000 different pairs .*image // 16"):
        cb.kendall(*(image.astype("u2") for image in lazy))
    monkeypatch.setattr(inputs, "MOST_AT_ONCE", 1000)
    for call in (cb.costes_randomization, cb.shift_test, cb.threshold_surface):
        with pytest.raises(ValueError, match=r"a is a dask array of .* cannot be computed in blocks: pass a part"):
            call(*lazy)


def test_shapes_and_masks_that_do_not_fit_are_refused(related):
    a, b = (da.from_array(image, 100) for image in related((300, 300), "u2"))
    with pytest.raises(ValueError, match="shape mismatch: a is"):
        cb.pearson(a, b[1:])
    with pytest.raises(ValueError, match="shape mismatch: mask is"):
        cb.pearson(a, b, np.ones((2, 2)))
    with pytest.raises(ValueError, match="a mask is bool, 0 and 1, or 0 and 255"):
        cb.pearson(a, b, a)
    with pytest.raises(ValueError, match="unknown shape"):
        cb.pearson(a[a > 3], b)


def test_what_leaves_a_block_is_small_and_can_be_pickled():
    """A loop goes by its name: another process shall not compile it once more."""
    from coloc_bridge.statistics.above import _above

    assert pickle.loads(pickle.dumps(_above)) is _above
    assert len(pickle.dumps(tallies.Counts(_above, 1, 2, 0, 0))) < 300
    part = tallies.Part([tallies.Counts(_above, 1, 2, 0, 0)], [(np.zeros(9, "u2"), np.zeros(9, "u2"))])
    assert len(pickle.dumps(part)) < 1000


def test_callbacks_of_dask_see_the_tasks(related):
    from dask.callbacks import Callback

    seen = []
    lazy = [da.from_array(image, 100) for image in related((300, 300), "u2")]
    with Callback(posttask=lambda key, *_: seen.append(key)):
        cb.pearson(*lazy)
    assert len(seen) >= 9


@pytest.mark.parametrize(("chosen", "threads"), [({}, dask.system.CPU_COUNT + 1), ({"num_workers": 1}, 1)])
def test_one_more_thread_than_cores_reads_unless_someone_chose(related, chosen, threads):
    reading, most, lock = 0, 0, threading.Lock()

    def slowly(block):
        nonlocal reading, most
        with lock:
            reading += 1
            most = max(most, reading)
        time.sleep(0.02)
        with lock:
            reading -= 1
        return block

    a, b = (da.from_array(image, (5, 300)).map_blocks(slowly, dtype="u2") for image in related((300, 300), "u2"))
    with dask.config.set(chosen):
        cb.pearson(a, b)
    assert most == threads


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 5}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started,
        distributed.Client(started) as client,
    ):
        yield client


def fatal(block, marker):
    """Kill the process that reads this block, once."""
    if block.size and not os.path.exists(marker):  # noqa: PTH110
        with open(marker, "w"):  # noqa: PTH123
            os.kill(os.getpid(), signal.SIGKILL)
    return block


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_cluster_gives_the_same_though_a_worker_is_killed(related, cluster, tmp_path):
    a, b = related((400, 400), "u2")
    labels = (np.arange(400)[:, None] // 30 * 20 + np.arange(400) // 30).astype(np.int32)
    labels[::2] = 7777
    lazy = [da.from_array(image, (150, 400)) for image in (a, b, labels)]
    lazy[0] = lazy[0].map_blocks(fatal, str(tmp_path / "killed"), meta=np.empty((0, 0), "u2"))
    found = cb.analyse_pairwise(*lazy[:2], label_mask=lazy[2], metrics=KEYS)
    assert (tmp_path / "killed").exists()
    assert repr(found) == repr(cb.analyse_pairwise(a, b, label_mask=labels, metrics=KEYS))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_cluster_ranks_floats_though_a_worker_is_killed(related, cluster, tmp_path):
    a, b = related((400, 400), "f4")
    lazy = [da.from_array(image, (150, 400)) for image in (a, b)]
    lazy[1] = lazy[1].map_blocks(fatal, str(tmp_path / "killed"), meta=np.empty((0, 0), "f4"))
    found = cb.spearman(*lazy)
    assert (tmp_path / "killed").exists()
    assert found == cb.spearman(a, b)
