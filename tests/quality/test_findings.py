"""What `check` finds, against closed forms, and against what was put into the pictures."""

import math
import re

import numpy as np
import pytest
from scipy import ndimage

import coloc_bridge as cb
from coloc_bridge.quality import CODES, Finding, check


def smooth(rng, shape, sigma=2.0):
    field = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    return np.clip(field / field.std(), 0, None)


def pair(seed=0, shape=(160, 160), rho=0.8, sigma=2.0):
    """Fields that are 0 on half of their pixels; the brightest is about 4000."""
    rng = np.random.default_rng(seed)
    a, other = smooth(rng, shape, sigma), smooth(rng, shape, sigma)
    return np.rint(1000 * a), np.rint(1000 * (rho * a + (1 - rho) * other))


def rolling(rng, shape=(256, 256), sigma=3.0):
    field = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="wrap")
    return field / field.std()


def u16(*images):
    return tuple(np.clip(np.rint(image), 0, 65535).astype(np.uint16) for image in images)


def only(findings, code):
    """The findings of a code, which must be there."""
    found = [finding for finding in findings if finding.code == code]
    assert found, [finding.code for finding in findings]
    return found


def test_a_clean_pair_has_no_finding():
    assert check(*u16(*pair())) == []


def test_fields_of_a_finding():
    a, b = u16(*pair())
    for finding in check(a + np.uint16(50), b):
        assert isinstance(finding, Finding)
        assert finding.code in CODES
        assert finding.channel == "a"
        assert finding.sentence.startswith("Channel A")
        assert finding.remedy
        with pytest.raises(AttributeError):
            finding.code = "other"  # type: ignore[misc]


def test_pixels_are_not_changed():
    a, b = u16(*pair())
    before = a.copy(), b.copy()
    check(a, b)
    assert np.array_equal(a, before[0])
    assert np.array_equal(b, before[1])


def test_saturation_is_the_share_of_what_has_signal_and_its_effect_is_measured_without():
    a, b = u16(*pair())
    ceiling = int(np.quantile(a, 0.99))
    clipped = np.minimum(a.astype(float) * (4095 / ceiling), 4095).astype(np.uint16)
    found = only(check(clipped, b), "saturation")[0]
    assert (found.channel, found.limit) == ("a", 0.001)
    at = clipped == 4095
    assert at.sum() / at.size <= found.value <= at.sum() / (clipped > 0).sum() * 1.2
    expected = np.corrcoef(clipped.ravel(), b.ravel())[0, 1] - np.corrcoef(clipped[~at], b[~at])[0, 1]
    assert found.effect["pearson"] == pytest.approx(expected, abs=1e-12)


def test_effect_of_an_offset_is_that_of_the_same_pair_without():
    a, b = u16(*pair())
    found = only(check(a + np.uint16(100), b), "offset")
    assert [finding.channel for finding in found] == ["a"]
    assert found[0].value == pytest.approx(100 / (a.mean() + 100), rel=1e-6)
    clean, seen = (cb.overlap(image, b) for image in (a, a + np.uint16(100)))
    for name, with_it, without in zip(("overlap", "k1", "k2"), seen, clean, strict=True):
        assert found[0].effect[name] == pytest.approx(with_it - without, abs=1e-9)
    ta, tb = cb.costes_threshold(a + np.uint16(100), b)
    m1, m2 = cb.manders(a + np.uint16(100), b, ta, tb)
    clean_m1, clean_m2 = cb.manders(a, b, ta - 100, tb)
    assert found[0].effect["m1"] == pytest.approx(m1 - clean_m1, abs=1e-9)
    assert found[0].effect["m2"] == pytest.approx(m2 - clean_m2, abs=1e-9)
    assert found[0].effect["pearson"] == 0


def test_an_offset_with_read_noise_is_found_to_a_grey_level():
    rng = np.random.default_rng(1)
    a, b = u16(*(image + 200 + rng.normal(0, 10, image.shape) for image in pair()))
    for finding, image in zip(only(check(a, b), "offset"), (a, b), strict=True):
        assert finding.value * image.mean() == pytest.approx(200, abs=2)


@pytest.mark.parametrize("level", [0, 1000])
def test_light_everywhere_is_told_from_an_offset_by_its_noise(level):
    rng = np.random.default_rng(17)
    photons = [rng.poisson(2000 * np.exp(0.3 * field)) for field in (rolling(rng), rolling(rng))]
    codes = [finding.code for finding in check(*u16(*(image + level for image in photons)))]
    assert codes.count("offset") == (2 if level else 0)


def test_few_levels_and_stretched_contrast():
    a, b = pair()
    coarse = (np.rint(a / a.max() * 12)).astype(np.uint8)
    eight = (np.rint(b / b.max() * 120)).astype(np.uint8)
    found = only(check(coarse, eight), "few-levels")
    assert [(finding.channel, finding.value) for finding in found] == [("a", len(np.unique(coarse)))]
    stretched = np.rint(eight * 1.5).astype(np.uint8)
    found = only(check(eight, stretched), "few-levels")
    assert [finding.channel for finding in found] == ["b"]
    assert found[0].value == pytest.approx(1 / 3, abs=0.05)  # of 1.5 levels one is used


@pytest.mark.parametrize("gain", [6, 91])
def test_counts_of_photons_with_a_gain_are_no_stretched_contrast(gain):
    rng = np.random.default_rng(21)
    a, b = (gain * rng.poisson(160 * image / image.max()) for image in pair(sigma=3.0))
    assert "few-levels" not in [finding.code for finding in check(*u16(a, b))]
    a, b = (gain * np.rint(160 * image / image.max()) for image in pair(sigma=3.0))  # the same levels, no photons
    assert len(only(check(*u16(a, b)), "few-levels")) == 2


@pytest.mark.parametrize("quality", [40, 75])
@pytest.mark.parametrize("corner", [(0, 0), (3, 5)])
def test_jpeg_is_seen_on_any_grid(quality, corner):
    import io

    from PIL import Image

    rng = np.random.default_rng(2)
    a, b = (
        np.rint(60 + image / 40 + rng.normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8) for image in pair()
    )
    file = io.BytesIO()
    Image.fromarray(a).save(file, "JPEG", quality=quality)
    saved = np.array(Image.open(file))
    cut = tuple(slice(start, None) for start in corner)
    found = only(check(saved[cut], b[cut]), "compression")
    assert [finding.channel for finding in found] == ["a"]
    assert not [finding for finding in check(a[cut], b[cut]) if finding.code == "compression"]


@pytest.mark.parametrize("move", [(2.3, -1.4), (0.0, 3.6), (-1.5, 0.0, 2.25)])
def test_shift_is_measured_to_a_tenth_of_a_pixel_and_undone(move):
    shape = (160, 160) if len(move) == 2 else (24, 96, 96)
    a, b = pair(3, shape)
    moved = ndimage.shift(b, move, order=3, mode="grid-wrap")
    [found] = only(check(*u16(a, moved)), "shift")
    assert found.value == pytest.approx(move, abs=0.1)
    assert np.linalg.norm(found.value) > found.limit
    clean = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    seen = np.corrcoef(a.ravel(), moved.ravel())[0, 1]
    assert found.effect["pearson"] == pytest.approx(seen - clean, abs=0.04)


@pytest.mark.parametrize(
    ("structure", "shape", "move"),
    [
        ("filaments", (128, 128), (-1.2, -0.52)),
        ("vesicles", (192, 192), (0.34, 3.59)),
        ("spots", (12, 96, 96), (1.5, -2.45, 0.6)),
        ("membranes", (16, 128, 128), (-0.5, 2.25, 1.3)),
    ],
)
def test_shift_of_channels_that_share_most_is_right_to_a_tenth_of_a_pixel(structure, shape, move):
    shares = {"shared_a": 0.8, "shared_b": 0.8, "correlation": 0.7}
    scene = cb.make_scene(shape=shape, structure=structure, **shares, blur=1.5, photons=100, shift=move, seed=11)
    [found] = only(check(scene.a, scene.b), "shift")
    assert found.value == pytest.approx(move, abs=0.1)


@pytest.mark.parametrize(
    ("structure", "shape", "move", "seed"),
    [
        ("texture", (8, 64, 64), (-1.1, -2.2, 1.9), 21),
        ("filaments", (8, 64, 64), (1.3, 4.0, -2.8), 22),
        ("spots", (16, 64, 64), (2.0, -3.7, -1.7), 23),
        ("vesicles", (128, 128), (1.6, 2.6), 24),
    ],
)
def test_shift_of_few_structures_is_found(structure, shape, move, seed):
    shares = {"shared_a": 0.8, "shared_b": 0.7, "correlation": 0.9}
    scene = cb.make_scene(shape=shape, structure=structure, **shares, blur=1.5, photons=100, shift=move, seed=seed)
    [found] = only(check(scene.a, scene.b), "shift")
    assert found.value == pytest.approx(move, abs=0.2)


@pytest.mark.parametrize("structure", ["spots", "filaments", "vesicles", "membranes", "texture"])
@pytest.mark.parametrize("move", [(1.3, -2.4), (-0.7, 3.6)])
def test_shift_of_channels_that_share_half_and_are_unrelated_where_they_do(structure, move):
    """What a channel has for itself does not pull at the place, and the sentence says how sure it is."""
    scene = cb.make_scene(shape=(256, 256), structure=structure, blur=1, photons=100, shift=move, seed=41)
    [found] = only(check(scene.a, scene.b), "shift")
    assert found.value == pytest.approx(move, abs=0.1)
    doubt = float(re.search(r"give or take ([\d.]+)", found.sentence)[1])
    assert 0.01 <= doubt < 0.2
    assert np.linalg.norm(np.subtract(found.value, move)) < 2.5 * doubt


@pytest.mark.parametrize("structure", ["spots", "filaments", "membranes", "texture"])
@pytest.mark.parametrize("shape", [(256, 256), (16, 128, 128)])
def test_shift_of_channels_that_share_a_third_is_found(structure, shape):
    shares = {"shared_a": 0.3, "shared_b": 0.3, "correlation": 0.5}
    move = (0.6, 2.4, -1.7)[-len(shape) :]
    scene = cb.make_scene(shape=shape, structure=structure, **shares, photons=50, shift=move, seed=52)
    [found] = only(check(scene.a, scene.b), "shift")
    assert found.value == pytest.approx(move, abs=0.15)


@pytest.mark.parametrize("slices", [12, 20])
def test_a_move_along_z_is_not_drawn_to_none_by_the_ends_of_a_short_stack(slices):
    moves = [(sign * 2.3, 1.0, -1.0) for sign in (-1, 1)]
    off = []
    for seed, move in enumerate(moves * 2):
        scene = cb.make_scene(shape=(slices, 96, 96), shared_a=0.8, shared_b=0.8, shift=move, blur=1, seed=seed)
        [found] = only(check(scene.a, scene.b), "shift")
        off.append((found.value[0] - move[0]) * np.sign(move[0]))
    assert np.mean(off) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("structure", ["spots", "vesicles", "membranes", "texture"])
@pytest.mark.parametrize("shape", [(128, 128), (8, 96, 96)])
def test_channels_that_exclude_each_other_have_no_shift(structure, shape):
    scene = cb.make_scene(shape=shape, structure=structure, shared_a=0, shared_b=0, blur=1.5, photons=30, seed=31)
    assert "shift" not in [finding.code for finding in check(scene.a, scene.b)]


def test_a_shift_inside_a_mask_is_that_of_what_is_inside():
    a, b = pair(3)
    other = pair(12)[0]
    moved = np.where(np.arange(160) < 110, ndimage.shift(b, (1.3, 2.2), order=3, mode="grid-wrap"), other)
    inside = np.zeros(a.shape, bool)
    inside[10:150, 10:105] = True
    [found] = only(check(*u16(a, moved), inside), "shift")
    assert found.value == pytest.approx((1.3, 2.2), abs=0.1)


@pytest.mark.parametrize("photons", [3, 30])
def test_bleed_through_by_a_control_is_exact_to_a_hundredth(photons):
    rng = np.random.default_rng(4)
    a, b = pair(rho=0.2)
    light = pair(5)[0]
    unit = light.mean() / photons
    control = [rng.poisson(part / unit) * unit + 100 for part in (light, 0.15 * light)]
    found = only(check(*u16(a, b + 0.15 * a), single_label_a=u16(*control)), "bleed-through")
    assert found[0].channel == "b"
    assert found[0].value == pytest.approx(0.15, abs=0.01)
    true = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    sa, sb, k = a.std(), b.std(), 0.15
    raised = (true * sb + k * sa) / math.sqrt(sb**2 + 2 * k * true * sa * sb + (k * sa) ** 2)
    assert found[0].effect["pearson"] == pytest.approx(raised - true, abs=0.02)


def test_bleed_through_without_a_control_is_a_hint_where_a_ghost_is_seen():
    seen = cb.make_scene(shape=(256, 256), shared_a=0.3, shared_b=0.3, bleed_a_into_b=0.2, blur=1, seed=1)
    assert "bleed-through" in [finding.code for finding in check(seen.a, seen.b)]
    equal = cb.make_scene(shape=(256, 256), shared_a=1, shared_b=1, correlation=1, seed=1)
    assert "bleed-through" not in [finding.code for finding in check(equal.a, equal.b)]


@pytest.mark.parametrize("structure", ["spots", "filaments", "vesicles", "membranes", "texture"])
@pytest.mark.parametrize("shape", [(256, 256), (12, 96, 96)])
def test_a_tenth_of_bleed_through_is_seen_in_every_structure(structure, shape):
    scene = cb.make_scene(shape=shape, structure=structure, bleed_a_into_b=0.1, blur=1, photons=100, seed=2)
    assert [finding.channel for finding in only(check(scene.a, scene.b), "bleed-through")] == ["b"]


@pytest.mark.parametrize("blur", [0, 1.5, 2.5])
@pytest.mark.parametrize("shared_a", [0.9, 1])
def test_proportional_channels_are_no_bleed_through(blur, shared_a):
    for structure in ("spots", "membranes", "texture"):
        shares = {"shared_a": shared_a, "shared_b": 0.2, "correlation": 1}
        scene = cb.make_scene(shape=(192, 192), structure=structure, **shares, blur=blur, seed=1)
        assert "bleed-through" not in [finding.code for finding in check(scene.a, scene.b)]


def test_noise_by_two_exposures_is_the_reliability():
    rng = np.random.default_rng(6)
    clean = [image + 5000 for image in pair()]
    noise = [0.9 * image.std() for image in clean]
    a, a_2 = u16(*(clean[0] + rng.normal(0, noise[0], clean[0].shape) for _ in "12"))
    b, b_2 = u16(*(clean[1] + rng.normal(0, noise[1], clean[1].shape) for _ in "12"))
    [found] = only(check(a, b, replicate_a=a_2, replicate_b=b_2), "noise")
    assert found.value == pytest.approx(1 / (1 + 0.9**2), abs=0.02)
    true = np.corrcoef(clean[0].ravel(), clean[1].ravel())[0, 1]
    seen = np.corrcoef(a.ravel(), b.ravel())[0, 1]
    assert found.effect["pearson"] == pytest.approx(seen - true, abs=0.02)
    [alone] = only(check(a, b), "noise")
    assert alone.value == pytest.approx(found.value, abs=0.04)


def test_sharp_lines_without_noise_are_no_noise():
    lines = {"shape": (128, 128), "structure": "membranes", "bits": 12}
    scene = cb.make_scene(**lines, shared_a=0.3, shared_b=0.8, correlation=-0.4, seed=993726)
    assert "noise" not in [finding.code for finding in check(scene.a, scene.b)]


@pytest.mark.parametrize("grey", [1, 20])
def test_noise_of_light_is_found_where_the_dark_has_none(grey):
    """Of a photon counter, and of a detector whose pulses of one photon differ, both without a dark level."""
    rng = np.random.default_rng(7)
    clean = [2 * image / image.mean() for image in pair()]
    photons = [rng.poisson(image) for image in clean]
    seen = photons if grey == 1 else [rng.gamma(np.maximum(counts, 1e-9), grey) for counts in photons]
    true = [np.corrcoef(image.ravel(), light.ravel())[0, 1] for image, light in zip(seen, clean, strict=True)]
    [found] = only(check(*u16(*seen)), "noise")
    assert found.value == pytest.approx(math.prod(true), abs=0.04)


@pytest.mark.parametrize(
    ("structure", "share", "size", "seed"),
    [("membranes", 0, 128, 840019), ("texture", 1, 256, 102), ("vesicles", 1, 128, 102), ("membranes", 1, 192, 110)],
)
def test_few_structures_of_a_small_frame_are_no_empty_frame(structure, share, size, seed):
    few = {"shape": (size, size), "structure": structure, "shared_a": share, "shared_b": share}
    scene = cb.make_scene(**few, bits=8, photons=1000, correlation=1, seed=seed)
    assert "region" not in [finding.code for finding in check(scene.a, scene.b)]


def test_sampling_is_that_of_a_wide_field_microscope():
    a, b = u16(*pair(shape=(8, 64, 64)))
    optics = {"numerical_aperture": 1.3, "wavelengths": (488, 600)}
    lateral, axial = 0.488 / (4 * 1.3), 0.488 / (2 * 1.515 * (1 - math.cos(math.asin(1.3 / 1.515))))
    found = only(check(a, b, pixel_size=(2 * axial, lateral * 1.01, lateral), **optics), "sampling")
    assert [(finding.channel, finding.value) for finding in found] == [
        ("a", lateral * 1.01),
        ("a", 2 * axial),
        ("b", 2 * axial),
    ]
    assert [finding.limit for finding in found[:2]] == pytest.approx([lateral, axial])
    fine = check(a, b, pixel_size=(axial * 0.9, lateral * 0.9, lateral * 0.9), **optics)
    assert "sampling" not in [finding.code for finding in fine]


def test_a_frame_that_is_mostly_empty_and_a_mask_that_is_not():
    a, b = u16(*(np.pad(image, ((40, 120), (80, 80))) for image in pair(rho=0)))
    [found] = only(check(a, b), "region")
    assert found.value == pytest.approx(1 - 0.5**2, abs=0.03)
    inside = np.zeros(a.shape, bool)
    inside[40:200, 80:240] = True
    whole, cell = (np.corrcoef(a[mask], b[mask])[0, 1] for mask in (inside | ~inside, inside))
    assert found.effect["pearson"] == pytest.approx(whole - cell, abs=0.03)
    assert "region" not in [finding.code for finding in check(a, b, inside)]


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("ends", [(0, 50), (50, 0)])
def test_a_fifth_of_the_frame_empty_along_an_edge(axis, ends):
    width = [(0, 0), (0, 0)]
    width[axis] = ends
    made = cb.make_scene(shape=(200, 200), structure="spots", shared_a=0.5, shared_b=0.5, seed=5)
    assert "region" not in [finding.code for finding in check(made.a, made.b)]
    [found] = only(check(np.pad(made.a, width), np.pad(made.b, width)), "region")
    assert found.value == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("structure", ["filaments", "vesicles", "membranes", "texture"])
def test_a_fifth_without_structures_that_are_few_or_run_together(structure):
    shares = {"shared_a": 0.5, "shared_b": 0.5}
    made = cb.make_scene(shape=(256, 256), structure=structure, **shares, blur=1, photons=300, seed=5)
    assert "region" not in [finding.code for finding in check(made.a, made.b)]
    a, b = (np.where(np.arange(256) < 52, 0, image).astype(np.uint16) for image in (made.a, made.b))
    [found] = only(check(a, b), "region")
    assert found.value == pytest.approx(0.2, abs=0.05)
    assert len(only(check(np.pad(made.a, 20), np.pad(made.b, 20)), "region")) == 1


@pytest.mark.parametrize("structure", ["spots", "filaments", "vesicles", "texture"])
@pytest.mark.parametrize("corner", [(0, 0), (64, 64)])
def test_a_blackened_quarter_in_a_corner_or_in_the_middle(structure, corner):
    shares = {"shared_a": 0.5, "shared_b": 0.5}
    made = cb.make_scene(shape=(256, 256), structure=structure, **shares, blur=1, photons=300, seed=3)
    assert "region" not in [finding.code for finding in check(made.a, made.b)]
    a, b = made.a.copy(), made.b.copy()
    part = tuple(slice(start, start + 128) for start in corner)
    a[part] = b[part] = 0
    [found] = only(check(a, b), "region")
    assert found.value == pytest.approx(0.25, abs=0.05)


def test_channels_of_different_scale():
    a, b = u16(*pair())
    [found] = only(check(a, b // 20), "scale")
    assert found.value == pytest.approx(20, rel=0.1)
    assert only(check(a, b.astype(np.uint32)), "scale")


def test_an_empty_channel_ends_the_check():
    a, _ = u16(*pair())
    assert [(f.code, f.channel, f.value) for f in check(a, np.zeros_like(a))] == [("empty", "b", 0)]
    dark = u16(np.random.default_rng(7).normal(100, 5, a.shape))[0]
    assert [(f.code, f.channel) for f in check(a, dark)] == [("empty", "b")]


def test_only_what_is_inside_the_mask_counts():
    a, b = u16(*pair())
    inside = np.zeros(a.shape, bool)
    inside[:, :120] = True
    spoiled = a.copy()
    spoiled[:, 120:] = 65535
    assert check(spoiled, b, inside) == []


@pytest.mark.parametrize("shape", [(0,), (1,), (50,), (1, 1), (8, 8), (3, 90), (2, 8, 8), (2, 2, 16, 16)])
def test_pictures_of_any_shape_are_checked(shape):
    rng = np.random.default_rng(8)
    for kind in (np.uint8, np.int16, np.float32):
        a, b = (rng.normal(40, 9, (2, *shape))).astype(kind)
        assert all(isinstance(finding, Finding) for finding in check(a, b))


def test_nan_and_infinite_pixels_are_left_out():
    a, b = (image.astype(np.float32) for image in pair())
    a[:3], b[5, 5] = np.nan, np.inf
    assert check(a, b) == []
    assert [finding.code for finding in check(a * np.nan, b)] == ["empty", "empty"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pixel_size": -1}, "pixel_size must be above 0"),
        ({"pixel_size": (1, 1, 1, 1)}, "pixel_size"),
        ({"numerical_aperture": 2.5}, "numerical_aperture must be below 2"),
        ({"wavelengths": (1, 2, 3)}, "wavelengths must be one number, or two"),
        ({"replicate_a": np.zeros((3, 3))}, "shape mismatch: replicate_a"),
        ({"single_label_b": (np.zeros((3, 3)), np.zeros((3, 4)))}, "shape mismatch: the channels of single_label_b"),
        ({"single_label_a": (np.zeros((3, 3)),)}, "single_label_a must be two images"),
    ],
)
def test_a_wrong_argument_is_named(wrong, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        check(*u16(*pair()), **wrong)
