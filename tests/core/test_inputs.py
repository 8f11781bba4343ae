"""What is an image, a mask, a label image and a pair, by one rule in every public function."""

import warnings

import dask.array
import numpy as np
import pytest
import xarray

import coloc_bridge as cb
from coloc_bridge import chunked, inputs, twins

A = np.arange(64, dtype=np.uint8).reshape(8, 8)
B = A[::-1].copy()
MASK = A > 9
LABELS = np.repeat([0, 1, 2, 3], 16).reshape(8, 8)

OF_PAIRS = {
    f.__name__: f
    for f in (cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_regression, cb.costes_threshold)
} | {
    "manders": lambda a, b, mask=None: cb.manders(a, b, 3, 3, mask),
    "li_ica": cb.li_ica,
    "ccf": lambda a, b, mask=None: cb.van_steensel_ccf(a, b, mask, max_shift=2),
    "randomization": lambda a, b, mask=None: cb.costes_randomization(a, b, mask, n_iter=2, block_size=2, seed=0),
    "coloc2": lambda a, b, mask=None: twins.coloc2(a, b, mask=mask),
    "biop": lambda a, b, mask=None: twins.biop(a, b, mask=mask, max_shift=2),
    "run": lambda a, b, mask=None: twins.run("jacop", a, b, mask=mask, max_shift=2),
    **{
        f"randomize {engine}": lambda a, b, mask=None, e=engine: twins.randomize(e, a, b, mask=mask, rounds=2)
        for engine in ("coloc2", "jacop")
    },
}
WITHOUT_MASK = {
    "analyse_pairwise": cb.analyse_pairwise,
    "chunked": chunked.analyse_pairwise,
    "ccf_map": lambda a, b: cb.ccf_map(a, b, max_shift=2),
    "jacop": lambda a, b: twins.jacop(a, b, max_shift=2),
    "rows": lambda a, b: twins.rows("coloc2", a, b),
    "all_to_all": lambda a, b: cb.analyse_all_to_all([a, b], 0),
    "labels": lambda a, b: [cb.label_objects(image) for image in (a, b)],
    "scrambled": lambda a, b: [cb.scramble_example(image, 2, 0) for image in (a, b)],
}


@pytest.mark.parametrize("name", OF_PAIRS | WITHOUT_MASK)
@pytest.mark.parametrize("dtype", [np.uint8, float])
def test_masked_arrays_are_refused_while_pixels_are_masked(name, dtype):
    function = (OF_PAIRS | WITHOUT_MASK)[name]
    masked = np.ma.masked_array(A.astype(dtype), A < 5)
    for pair in ((masked, B), (B, masked)):
        with pytest.raises(ValueError, match="is a masked array, 5 of whose pixels are masked: pass its data"):
            function(*pair)
    np.testing.assert_equal(function(np.ma.masked_array(A), B), function(A, B))


@pytest.mark.parametrize("name", OF_PAIRS)
def test_masks_may_not_be_masked_arrays_either(name):
    with pytest.raises(ValueError, match="mask is a masked array"):
        OF_PAIRS[name](A, B, np.ma.masked_array(MASK, A < 5))


@pytest.mark.parametrize("analyse", [cb.analyse_pairwise, chunked.analyse_pairwise])
def test_label_images_and_lazy_images_may_not_be_masked(analyse):
    with pytest.raises(ValueError, match="label_mask is a masked array"):
        analyse(A, B, label_mask=np.ma.masked_array(LABELS, LABELS == 1))
    lazy = dask.array.ma.masked_less(dask.array.from_array(A, chunks=4), 5)
    with pytest.raises(ValueError, match="a is a dask array of masked arrays"):
        analyse(lazy, B)
    with pytest.raises(ValueError, match="label_mask is a dask array of masked arrays"):
        analyse(A, B, label_mask=lazy)


@pytest.mark.parametrize("analyse", [cb.analyse_pairwise, chunked.analyse_pairwise])
@pytest.mark.parametrize("lazy", [False, True])
def test_an_xarray_has_nan_for_what_was_masked_or_is_refused(analyse, lazy):
    image = dask.array.from_array(A, chunks=4) if lazy else A
    array = xarray.DataArray((dask.array.ma if lazy else np.ma).masked_less(image, 5))
    reasons = []
    if isinstance(getattr(array.data, "_meta", None), np.ma.MaskedArray):  # older versions keep the mask
        with pytest.raises(ValueError, match="a is a dask array of masked arrays"):
            analyse(array, B)
        return
    analyse(array, B, region_warnings=reasons)
    assert reasons == ["region 0 (A vs B): channel 'A' has 5 NaN pixels"]


def test_objects_may_not_be_masked():
    masked = np.ma.masked_array(LABELS, LABELS == 1)
    for call in (
        lambda: cb.object_centroids(masked),
        lambda: cb.object_table(LABELS, masked),
        lambda: list(cb.iter_regions(masked)),
        lambda: cb.nearest_neighbour_vectors(masked, LABELS),
    ):
        with pytest.raises(ValueError, match="is a masked array"):
            call()


@pytest.mark.parametrize(
    "form",
    [
        lambda m: m.astype(np.uint8),
        lambda m: m.astype(np.uint8) * 255,
        lambda m: m.astype(np.int64),
        lambda m: m.astype(float),
        lambda m: m.astype(np.float16) * 255,
        lambda m: m.tolist(),
        lambda m: xarray.DataArray(m),
    ],
)
def test_masks_are_bool_or_0_and_1_or_0_and_255(form):
    assert np.array_equal(inputs.as_mask(form(MASK), MASK.shape), MASK)
    for mask in (np.ones_like(MASK), np.zeros_like(MASK)):
        assert np.array_equal(inputs.as_mask(form(mask), MASK.shape), mask)


NO_MASKS = {
    "an intensity image": (A, "mask has values from 0 to 63: a mask is bool, 0 and 1, or 0 and 255"),
    "labels": (LABELS, "mask has values from 0 to 3"),
    "0, 1 and 255": (np.where(A == 3, 255, MASK), "mask has values from 0 to 255"),
    "negative": (-MASK.astype(int), "mask has values from -1 to 0"),
    "shares": (MASK / 2, "mask has values from 0.0 to 0.5"),
    "infinite": (np.where(A == 3, np.inf, MASK), "mask has values from 0.0 to inf"),
    "NaN": (np.where(A < 3, np.nan, MASK), "mask has 3 NaN pixels, neither inside nor outside"),
    "text": (A.astype(str), "mask has dtype <U"),
}


@pytest.mark.parametrize("name", OF_PAIRS)
@pytest.mark.parametrize("mask", NO_MASKS)
def test_anything_else_is_no_mask(name, mask):
    image, text = NO_MASKS[mask]
    with pytest.raises(ValueError, match=text):
        OF_PAIRS[name](A, B, image)


NO_LABELS = {
    "halves": (np.where(LABELS > 0, LABELS + 0.5, 0), r"label_mask has fractions such as [123]\.5: "),
    "float32 halves": (np.float32(LABELS) / 2, r"label_mask has fractions such as [01]\.5: "),
    "2**63": (
        LABELS.astype(np.uint64) + np.uint64(2**63 - 2),
        r"label_mask has the value 9223372036854775\d+, beyond the 64 bits",
    ),
    "-1e19": (LABELS * -1e19, r"label_mask has the value -[123]e[+]19, beyond"),
    "1e300": (LABELS * 1e300, r"label_mask has the value [123]e[+]300, beyond"),
    "NaN": (np.where(LABELS == 2, np.nan, LABELS), "label_mask has NaN or infinite pixels"),
    "inf": (np.where(LABELS == 2, np.inf, LABELS), "label_mask has NaN or infinite pixels"),
    "complex": (LABELS * 1j, "label_mask has dtype complex128"),
}
OF_LABELS = {
    "analyse_pairwise": lambda z: cb.analyse_pairwise(A, B, label_mask=z),
    "chunked": lambda z: chunked.analyse_pairwise(A, B, label_mask=dask.array.from_array(z, chunks=3)),
    "all_to_all": lambda z: cb.analyse_all_to_all([A, B], 0, label_mask=z),
    "iter_regions": lambda z: list(cb.iter_regions(z)),
    "rows": lambda z: twins.rows("coloc2", A, B, label_mask=z),
}


@pytest.mark.parametrize("function", OF_LABELS)
@pytest.mark.parametrize("labels", NO_LABELS)
def test_labels_are_whole_numbers_of_64_bits(function, labels):
    image, text = NO_LABELS[labels]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=text):
            OF_LABELS[function](image)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", np.longdouble, "u8", "i1", ">f8", ">i4"])
@pytest.mark.parametrize("function", OF_LABELS)
def test_whole_labels_of_any_dtype_are_regions(function, dtype):
    np.testing.assert_equal(OF_LABELS[function](LABELS.astype(dtype)), OF_LABELS[function](LABELS))


STACK = np.arange(64, dtype=np.uint8).reshape(4, 4, 4)


@pytest.mark.parametrize("function", [cb.pearson, cb.li_ica, cb.analyse_pairwise, chunked.analyse_pairwise])
def test_axes_of_other_names_are_no_pair_without_a_word(function):
    z, t = (xarray.DataArray(STACK, dims=dims) for dims in (("Z", "Y", "X"), ("T", "Y", "X")))
    with pytest.warns(UserWarning, match="a has the axes Z, Y, X; b has the axes T, Y, X: pixels are paired"):
        function(z, t)
    mask = "mask" if function in (cb.pearson, cb.li_ica) else "label_mask"
    with pytest.warns(UserWarning, match=f"a has the axes Z, Y, X; .*{mask} has the axes T, Y, X"):
        function(z, z, **{mask: t > 0})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for other in (z, STACK, xarray.DataArray(STACK, dims=("z", "y", "x"))):
            function(z, other)
            function(other, z)
