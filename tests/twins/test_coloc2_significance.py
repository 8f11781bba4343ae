"""The null model of Coloc 2's significance test."""

import math

import numpy as np
import pytest

from coloc_bridge import twins

Y, X = np.mgrid[:24, :70]


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 2, (24, 70))


# Channel 1 is 200 all over but for noise: a shuffle changes next to nothing, so the blurred block grid itself, black
# outside, is what correlates with channel 2. Means of the null: those of the real Coloc 2 3.1.1 (30 rounds, PSF 3).
@pytest.mark.parametrize(
    ("rows", "columns", "means"),
    [
        # One block more than fits, also where the edge divides the box.
        ((8, 14), (13, 55), (0.766, 0.216, -0.347, -0.300)),
        ((8, 20), (13, 55), (0.676, 0.211, -0.491, -0.290)),
        ((8, 13), (13, 54), (0.395, 0.128, -0.467, -0.523)),
        ((9, 15), (12, 54), (0.766, 0.215, -0.347, -0.299)),
    ],
)
def test_block_grid(rows: tuple[int, int], columns: tuple[int, int], means: tuple[float, ...]) -> None:
    mask = np.zeros(X.shape, bool)
    mask[slice(*rows), slice(*columns)] = True
    a = (200 + noise(0)).astype(np.uint8)
    from_middle = abs(2 * Y - sum(rows) + 1), abs(2 * X - sum(columns) + 1)
    for b, mean in zip((Y, X, *from_middle), means, strict=True):
        drawn = twins.randomize("coloc2", a, b.astype(np.uint8), mask=mask, rounds=30)
        assert drawn["mean"] == pytest.approx(mean, abs=0.004)


def test_blocks_beyond_the_mask_read_the_image() -> None:
    """Half as bright outside the mask: sd of 200 rounds of the real engine is 0.067, without those pixels 0.001."""
    mask = np.zeros(X.shape, bool)
    mask[8:14, 13:55] = True
    a = np.where(mask, 200 + noise(0), (200 + noise(0)) // 2).astype(np.uint8)
    drawn = twins.randomize("coloc2", a, Y.astype(np.uint8), mask=mask, rounds=200)
    assert drawn["mean"] == pytest.approx(0.674, abs=4 * 0.067 / math.sqrt(200))
    assert drawn["sd"] == pytest.approx(0.067, rel=0.25)


def test_convention_is_near_one_for_channels_that_agree() -> None:
    a = np.random.default_rng(1).integers(0, 255, (40, 40)).astype(np.uint8)
    drawn = twins.randomize("coloc2", a, a, rounds=50)
    assert drawn["observed"] == pytest.approx(1.0)
    assert drawn["p_value"] > 0.999
    # The ratio is printed upside down, and 0 stands for "never".
    assert drawn["ratio"] == 0.0
    assert twins.randomize("coloc2", a, 255 - a, rounds=50)["ratio"] == 1.0
    assert "near 1 are significant" in drawn["convention"]


def test_seed_and_rounds() -> None:
    a = np.random.default_rng(1).integers(0, 255, (7, 13, 11)).astype(np.uint16)
    first, again, other = (twins.randomize("coloc2", a, a, seed=seed, rounds=12, psf=2) for seed in (3, 3, 4))
    assert first["null"].shape == (12,)
    assert (first["null"] == again["null"]).all()
    assert (first["null"] != other["null"]).any()
    assert first["mean"] == pytest.approx(np.mean(first["null"]))
    assert first["sd"] == pytest.approx(np.std(first["null"], ddof=1))


def test_undefined_correlation_gives_nan() -> None:
    a = np.random.default_rng(1).integers(0, 255, (12, 12)).astype(np.uint8)
    drawn = twins.randomize("coloc2", a, np.full_like(a, 4), rounds=3)
    assert np.isnan([drawn["observed"], drawn["mean"], drawn["sd"], drawn["p_value"]]).all()


def test_shuffles_that_round_to_a_constant_are_left_out() -> None:
    a = np.full((4, 4), 255, np.uint8)
    a[0, 1], a[0, 3], a[1, 0], a[3, 0] = 149, 48, 0, 188
    drawn = twins.randomize("coloc2", a, a[::-1, ::-1].copy(), rounds=200)
    finite = drawn["null"][np.isfinite(drawn["null"])]
    # 7 of the 24 permutations of the four blocks
    assert finite.size == pytest.approx(200 * 17 / 24, abs=25)
    assert drawn["mean"] == pytest.approx(finite.mean())


@pytest.mark.parametrize("settings", [{"rounds": 0}, {"psf": 0}])
def test_refusals(settings: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        twins.randomize("coloc2", X, X, **settings)
