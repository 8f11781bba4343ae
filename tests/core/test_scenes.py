"""Scenes have the answer that was asked for, and each fault is what it says."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import coloc_bridge as cb
from coloc_bridge.scenes import STRUCTURES


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("shape", [(128, 96), (16, 64, 64)])
@pytest.mark.parametrize(("m1", "m2", "r"), [(0.5, 0.5, 0.0), (0.2, 0.9, 0.8), (1, 1, -0.5), (0.01, 1, 1), (0, 0, 0)])
def test_the_answer_is_the_one_asked_for(structure, shape, m1, m2, r):
    scene = cb.make_scene(shape=shape, structure=structure, shared_a=m1, shared_b=m2, correlation=r, seed=3)
    a, b = scene.clean_a, scene.clean_b
    assert a.shape == scene.b.shape == shape
    assert (a[b > 0].sum() / a.sum(), b[a > 0].sum() / b.sum()) == pytest.approx((m1, m2), abs=1e-12)
    assert (scene.truth["m1"], scene.truth["m2"]) == pytest.approx((m1, m2), abs=1e-12)
    assert scene.truth["pearson"] == pytest.approx(cb.pearson(a, b)[0], abs=1e-12)
    shared = (a > 0) & (b > 0)
    if m1:
        assert np.corrcoef(a[shared], b[shared])[0, 1] == pytest.approx(r, abs=1e-9)
    assert cb.pearson(scene.a, scene.b)[0] == pytest.approx(scene.truth["pearson"], abs=1e-4)  # rounded to levels


def test_a_small_frame_between_cells_is_a_scene():
    scene = cb.make_scene(shape=(64, 64), structure="texture", shared_a=0.4, shared_b=0.6, seed=110)
    assert np.isfinite(scene.clean_a + scene.clean_b).all()
    assert (scene.truth["m1"], scene.truth["m2"]) == pytest.approx((0.4, 0.6), abs=1e-12)
    assert scene.a.max() == scene.b.max() == 32768
    assert np.count_nonzero(scene.clean_a + scene.clean_b) == pytest.approx(0.15 * 64**2, rel=0.02)


def test_a_seed_is_a_scene():
    first, again, other = (cb.make_scene(shape=(64, 64), photons=9, seed=seed) for seed in (1, 1, 2))
    assert_array_equal(first.a, again.a)
    assert (first.a != other.a).any()


def test_without_faults_pixels_are_the_clean_ones_in_whole_levels():
    scene = cb.make_scene(shape=(64, 64))
    assert_array_equal(scene.a, np.rint(scene.clean_a))
    assert scene.a.dtype == np.uint16
    assert cb.make_scene(shape=(64, 64), bits=8).a.dtype == np.uint8


@pytest.mark.parametrize("structure", STRUCTURES)
def test_small_scenes_have_all_their_parts(structure):
    for seed in range(20):
        for shape in ((64, 64), (8, 48, 48)):
            assert cb.make_scene(shape=shape, structure=structure, seed=seed).truth["m1"] == pytest.approx(0.5)


SHAPE = (128, 128)
PLAIN = cb.make_scene(shape=SHAPE)


def faulty(**fault):
    return cb.make_scene(shape=SHAPE, **fault)


def test_faults_leave_the_truth():
    assert (
        faulty(offset=50, photons=5, blur=2, shift=(1, 2), bleed_a_into_b=0.3, saturation=0.01).truth == PLAIN.truth
    )


def test_offset_and_background_are_added():
    assert_array_equal(faulty(offset=100).a, PLAIN.a + 100)
    assert np.abs(faulty(background=0.1).a - PLAIN.clean_a - 0.1 * PLAIN.clean_a.max()).max() <= 0.5 + 1e-6


def test_bleed_through_adds_a_share_of_a():
    assert np.abs(faulty(bleed_a_into_b=0.2).b - PLAIN.clean_b - 0.2 * PLAIN.clean_a).max() <= 0.5 + 1e-6


def test_b_moves_against_a():
    scene = faulty(shift=(3, -2))
    assert_array_equal(scene.b, np.roll(PLAIN.b, (3, -2), (0, 1)))
    assert_array_equal(scene.a, PLAIN.a)


def test_blur_keeps_the_light_and_spreads_it():
    scene = faulty(blur=2)
    assert scene.a.mean() == pytest.approx(PLAIN.a.mean(), rel=1e-3)
    assert scene.a.std() < 0.9 * PLAIN.a.std()


def test_photons_have_the_variance_of_their_number():
    scene = faulty(background=1.0, photons=50)
    flat = (PLAIN.a == 0) & (PLAIN.b == 0)
    unit = (PLAIN.clean_a.mean() + PLAIN.clean_a.max()) / 50  # grey levels of a photon
    dark = scene.a[flat] / unit
    assert dark.var() == pytest.approx(dark.mean(), rel=0.05)


def test_read_noise_has_its_deviation():
    flat = (PLAIN.a == 0) & (PLAIN.b == 0)
    assert faulty(offset=500, read_noise=20).a[flat].std() == pytest.approx(20, rel=0.03)


def test_saturation_is_a_share_of_pixels():
    scene = faulty(saturation=0.02, bits=12, offset=100)
    assert (scene.a == 4095).mean() == pytest.approx(0.02, abs=0.002)
    assert (scene.b == 4095).mean() == pytest.approx(0.02, abs=0.002)


def test_where_fewer_pixels_are_lit_than_shall_saturate_all_of_them_do():
    scene = faulty(saturation=0.5, shared_a=0.02, shared_b=1)
    for image, clean in ((scene.a, scene.clean_a), (scene.b, scene.clean_b)):
        assert_array_equal(image, np.where(clean > 0, 65535, 0))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": (64,)}, "2 or 3 axes"),
        ({"shape": (2, 2)}, "too small"),
        ({"structure": "dots"}, "unknown structure"),
        ({"shared_a": 1.5}, "shared_a must be from 0 to 1"),
        ({"shared_a": 0}, "both 0 or none"),
        ({"correlation": float("nan")}, "correlation must be"),
        ({"photons": 0}, "photons must be"),
        ({"shift": (1,)}, "each of 2 axes"),
        ({"bits": 17}, "bits must be at most 16"),
        ({"blur": -1}, "blur must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_makes_no_scene_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        cb.make_scene(**options)
