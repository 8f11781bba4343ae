"""Objects against facts by hand, and against scikit-image's labels and region properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from skimage import filters, measure

from coloc_bridge import OBJECT_COLUMNS, label_objects, nearest_neighbour_vectors, object_centroids, object_table

IMAGE = np.zeros((6, 6), np.uint8)
IMAGE[0, 0] = IMAGE[1, 1] = IMAGE[0, 5] = 9
IMAGE[4:6, 3:6] = 7
L1 = label_objects(IMAGE, min_size=2)
L2 = np.zeros((6, 6), int)
L2[0:2, 0], L2[4, 4] = 4, 2


@pytest.mark.parametrize(("min_size", "count"), [(0, 3), (1, 3), (2, 2), (3, 1), (6, 1), (7, 0)])
def test_known_objects(min_size, count):
    labels = label_objects(IMAGE, min_size=min_size)
    assert labels.dtype == np.int32
    assert np.unique(labels[labels > 0]).tolist() == list(range(1, count + 1))
    assert labels[0, 0] == labels[1, 1]  # a corner joins


def test_ids_start_again_after_small_objects_are_gone():
    labels = label_objects(IMAGE, min_size=3)
    assert_array_equal(labels, np.where(IMAGE == 7, 1, 0))


@pytest.mark.parametrize("method", ["otsu", "li", "triangle", "yen", "mean", "isodata"])
@pytest.mark.parametrize("shape", [(40, 50), (9, 20, 21)])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_labels_are_scikit_images(method, shape, dtype):
    rng = np.random.default_rng(1)
    image = (filters.gaussian(rng.random(shape), 1.5) * 200).astype(dtype)
    mask = rng.random(shape) < 0.9
    threshold = getattr(filters, f"threshold_{method}")(image[mask])
    expected = measure.label((image > threshold) & mask, connectivity=len(shape))
    assert_array_equal(label_objects(image, method, mask), expected)


@pytest.mark.parametrize(
    "image", [np.zeros((3, 4)), np.full((2, 2), 0.1), np.array([[1.0, math.nan]]), np.empty((0, 3))]
)
def test_without_a_threshold_nothing_is_an_object(image):
    labels = label_objects(image)
    assert labels.dtype == np.int64
    assert_array_equal(labels, np.zeros(image.shape))


def test_the_threshold_is_that_of_the_masked_pixels():
    image = np.array([[0, 1, 2, 3, 100, 200]])
    assert label_objects(image, "mean", [[1, 1, 1, 1, 0, 0]]).tolist() == [[0, 0, 1, 1, 0, 0]]


@pytest.mark.parametrize("method", ["costes", "manual", "Otsu", ""])
def test_unknown_methods(method):
    with pytest.raises(ValueError, match="otsu"):
        label_objects(IMAGE, method)


def test_mask_of_another_shape():
    with pytest.raises(ValueError, match="shape mismatch"):
        label_objects(IMAGE, mask=np.ones((6, 5)))


def test_known_table():
    rows, summary = object_table(L1, L2, "green", "red")
    assert [tuple(row) for row in rows] == [OBJECT_COLUMNS] * 4
    assert [tuple(row.values()) for row in rows] == [
        ("green", 1, 2, (0.5, 0.5), True, True),
        ("green", 2, 6, (4.5, 4.0), True, True),
        ("red", 2, 1, (4.0, 4.0), True, True),
        ("red", 4, 2, (0.5, 0.0), True, True),
    ]
    counts = ("n_objects_a", "n_objects_b", "coincident_a", "coincident_b", "overlap_a", "overlap_b")
    shares = ("frac_coincident_a", "frac_coincident_b", "frac_overlap_a", "frac_overlap_b")
    assert list(summary.items()) == [*((key, 2) for key in counts), *((key, 1.0) for key in shares)]


def test_half_rounds_to_the_even_pixel():
    a = np.zeros((1, 8), int)
    a[0, 0:2], a[0, 5:7] = 1, 2  # centres 0.5 and 5.5
    b = np.zeros((1, 8), int)
    b[0, 0], b[0, 5] = 1, 1
    coincident = [row["coincident"] for row in object_table(a, b)[0] if row["channel"] == "A"]
    assert coincident == [True, False]  # pixels 0 and 6


def test_equal_names_keep_their_own_counts():
    _, summary = object_table([[1, 0, 2, 0]], [[0, 0, 5, 0]], "dapi", "dapi")
    assert (summary["n_objects_a"], summary["n_objects_b"]) == (2, 1)
    assert (summary["overlap_a"], summary["overlap_b"]) == (1, 1)
    assert (summary["frac_overlap_a"], summary["frac_overlap_b"]) == (0.5, 1.0)


def test_table_of_empty_images():
    rows, summary = object_table(np.zeros((3, 3), int), np.zeros((3, 3), int))
    assert rows == []
    assert all(math.isnan(v) if k.startswith("frac") else v == 0 for k, v in summary.items())
    assert len(summary) == 10


def test_negative_labels_are_no_objects_but_are_met():
    rows, _ = object_table([[-1, 3]], [[7, -2]])
    assert [(row["channel"], row["object"], row["overlap"]) for row in rows] == [("A", 3, True), ("B", 7, True)]


@pytest.mark.parametrize("dtype", ["u1", "i4", "u8"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_table_is_scikit_images_region_properties(dtype, data):
    ids = st.sampled_from([0, 0, 1, 2, 9, np.iinfo(dtype).max])
    shape = data.draw(st.sampled_from([(5, 7), (3, 4, 5)]))
    a, b = (data.draw(arrays(dtype, shape, elements=ids)) for _ in "ab")
    rows, summary = object_table(a, b)
    own = [row for row in rows if row["channel"] == "A"]
    # regionprops takes no id beyond int64: number them by rank
    values, ranks = np.unique(a, return_inverse=True)
    ranks = ranks.reshape(shape) + (values[0] != 0)
    props = measure.regionprops(ranks)
    assert [row["object"] for row in own] == [int(v) for v in values if v]
    assert [row["n_pixels"] for row in own] == [p.num_pixels for p in props]
    assert [row["centroid"] for row in own] == [tuple(round(float(c), 1) for c in p.centroid) for p in props]
    assert [row["overlap"] for row in own] == [bool(b[tuple(p.coords.T)].any()) for p in props]
    assert [row["coincident"] for row in own] == [bool(b[tuple(round(float(c)) for c in p.centroid)]) for p in props]
    assert summary["n_objects_a"] == len(props)
    assert_allclose(object_centroids(a), np.reshape([p.centroid for p in props], (-1, len(shape))), rtol=1e-15)


@pytest.mark.parametrize("dtype", [float, bool])
def test_labels_that_are_no_integers(dtype):
    with pytest.raises(TypeError, match="dtype"):
        object_table(np.zeros((2, 2), dtype), np.zeros((2, 2), int))
    with pytest.raises(TypeError, match="dtype"):
        object_centroids(np.zeros((2, 2), dtype))


def test_tables_of_other_shapes():
    with pytest.raises(ValueError, match="shape mismatch"):
        object_table(L1, L2[:5])


@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4)])
def test_centroids_of_nothing(shape):
    assert object_centroids(np.zeros(shape, int)).shape == (0, len(shape))


def test_known_vectors():
    vectors = nearest_neighbour_vectors(object_centroids(L1), object_centroids(L2))
    assert_array_equal(vectors, [[[0.5, 0.5], [0, -0.5]], [[4.5, 4], [-0.5, 0]]])


def test_vectors_are_the_shortest_of_all():
    rng = np.random.default_rng(0)
    a, b = rng.random((30, 3)), rng.random((20, 3))
    vectors = nearest_neighbour_vectors(a, b)
    assert_array_equal(vectors[:, 0], a)
    every = b[np.newaxis] - a[:, np.newaxis]
    assert_array_equal(vectors[:, 1], every[np.arange(30), (every**2).sum(axis=2).argmin(axis=1)])


@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        (np.empty((0, 3)), np.ones((2, 3)), (0, 2, 3)),
        (np.ones((2, 3)), np.empty((0, 3)), (0, 2, 3)),
        ([], np.ones((2, 3)), (0, 2, 0)),
    ],
)
def test_vectors_of_nothing(a, b, shape):
    assert nearest_neighbour_vectors(a, b).shape == shape


def test_vectors_between_dimensions():
    with pytest.raises(ValueError, match="ndim"):
        nearest_neighbour_vectors(np.ones((2, 3)), np.ones((2, 2)))


def blocks(*sizes):
    """A row of objects of these sizes, two pixels apart."""
    row = [value for size in sizes for value in [9] * size + [0, 0]]
    return np.array([row, [0] * len(row)], np.uint8)


@pytest.mark.parametrize("min_size", range(-1, 7))
def test_an_object_of_just_the_least_size_stays(min_size):
    sizes = [3, 1, 5, 4, 2, 5]
    labels = label_objects(blocks(*sizes), min_size=min_size)
    kept = [size for size in sizes if size >= min_size]
    assert np.bincount(labels.ravel())[1:].tolist() == kept
    assert (labels.dtype, labels.shape) == (np.int32, (2, 32))
    assert label_objects(blocks(*sizes)).max() == 6


def test_objects_stay_where_small_ones_between_them_go():
    assert label_objects(blocks(2, 1, 3), min_size=2)[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 2, 2, 2, 0, 0]


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
def test_corners_join_in_every_dimension(ndim):
    image = np.zeros((3,) * ndim, np.uint8)
    image[(0,) * ndim] = image[(1,) * ndim] = 9
    assert label_objects(image).max() == 1
    image[(1,) * ndim], image[(2,) * ndim] = 0, 9
    assert label_objects(image).max() == 2


def test_pixels_outside_the_mask_join_no_objects():
    image = np.array([[9, 9, 9, 0]])
    assert label_objects(image, mask=[[1, 0, 1, 1]]).tolist() == [[1, 0, 2, 0]]


def test_a_centroid_beyond_its_pixels_is_kept_inside_the_image_and_to_one_decimal():
    """The centroid of an open ring lies outside of it: the other channel counts there, not the ring."""
    ring = np.array([[1, 1, 1], [1, 0, 1], [1, 0, 1]])
    other = np.array([[0, 0, 0], [0, 8, 0], [0, 0, 0]])
    (row, _), summary = object_table(ring, other, "a", "b")
    assert (row["centroid"], row["coincident"], row["overlap"]) == ((0.9, 1.0), True, False)
    assert (summary["coincident_a"], summary["overlap_a"], summary["frac_coincident_b"]) == (1, 0, 0.0)


def test_shares_of_the_summary_are_counts_over_objects():
    a, b = [[1, 0, 2, 2, 0, 3, 0, 4]], [[5, 0, 0, 6, 0, 0, 0, 0]]
    _, summary = object_table(a, b)
    assert summary == {
        "n_objects_a": 4, "n_objects_b": 2, "coincident_a": 1, "coincident_b": 2, "overlap_a": 2, "overlap_b": 2,
        "frac_coincident_a": 0.25, "frac_coincident_b": 1.0, "frac_overlap_a": 0.5, "frac_overlap_b": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b"),
    [(np.ones((2, 3)), np.ones(3)), (np.ones(3), np.ones((2, 3))), (np.ones((1, 2, 3)), np.ones((1, 2, 3)))],
)
def test_centroids_that_are_no_table(a, b):
    with pytest.raises(ValueError, match=r"centroids_a and centroids_b must be \(N, ndim\) with one ndim"):
        nearest_neighbour_vectors(a, b)
