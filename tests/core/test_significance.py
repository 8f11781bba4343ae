"""The effective number of pixels and the tests that stand on it, against theory, explicit matrices and scipy."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage, stats

import coloc_bridge as cb

Field = NDArray[np.float64]


def smoothed(seed: Any, shape: tuple[int, ...], sigma: float) -> Field:
    """White noise smoothed by a Gaussian, cut from a larger field, so that no edge is special; of variance 1."""
    margin = math.ceil(4 * sigma)
    noise = np.random.default_rng(seed).normal(size=[n + 2 * margin for n in shape])
    field = ndimage.gaussian_filter(noise, sigma, mode="wrap")[tuple(slice(margin, -margin) for _ in shape)]
    return field * (2 * math.sqrt(math.pi) * sigma) ** (len(shape) / 2)


def ellipse(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    return np.asarray(sum((x / half) ** 2 for x, half in zip(axes, (0.8, 0.65, 0.75), strict=False)) < 1)


def by_theory(inside: NDArray[np.bool_], sigma: float) -> float:
    """n² / Σ N(h) exp(-h² / 2 sigma²), the pairs counted one by one."""
    places = np.argwhere(inside).astype(float)
    squares = np.square(places).sum(axis=1)
    total = 0.0
    for first in range(0, len(places), 1000):
        part = places[first : first + 1000]
        distances = np.square(part).sum(axis=1)[:, None] + squares - 2 * part @ places.T
        total += float(np.exp(-distances / (2 * sigma**2)).sum())
    return len(places) ** 2 / total


def numbers(found: dict[str, Any]) -> dict[str, float]:
    return {key: value for key, value in found.items() if not isinstance(value, str)}


CASES = [
    ((96, 96), 1, False),
    ((96, 96), 2, False),
    ((96, 96), 4, False),
    ((96, 96), 2, True),
    ((96, 96), 4, True),
    ((128, 64), 6, False),
    ((16, 40, 40), 1, False),
    ((24, 48, 48), 2, True),
]


@pytest.mark.parametrize(("shape", "sigma", "masked"), CASES)
def test_effective_sample_size_is_that_of_theory(shape: tuple[int, ...], sigma: float, masked: bool) -> None:
    inside = ellipse(shape) if masked else np.ones(shape, bool)
    found = [
        cb.effective_sample_size(
            smoothed((i, 0), shape, sigma), smoothed((i, 1), shape, sigma), inside if masked else None
        )
        for i in range(25)
    ]
    assert np.median(found) == pytest.approx(by_theory(inside, sigma), rel=0.15)


@pytest.mark.parametrize(("shape", "masked"), [((64, 64), False), ((96, 96), True), ((12, 32, 32), False)])
def test_white_noise_is_worth_all_its_pixels(shape: tuple[int, ...], masked: bool) -> None:
    inside = ellipse(shape) if masked else None
    count = np.prod(shape) if inside is None else inside.sum()
    for seed in range(8):
        a, b = np.random.default_rng(seed).poisson(20, (2, *shape))
        found = cb.effective_sample_size(a, b, inside)
        assert 0.95 * count < found <= count


@pytest.mark.parametrize(("sigma_a", "sigma_b"), [(1, 1), (2, 2), (1, 2), (1.5, 3)])
def test_the_trace_formula_of_dutilleul_by_explicit_matrices(sigma_a: float, sigma_b: float) -> None:
    places = np.argwhere(np.ones((32, 32))).astype(float)
    squares = np.square(places[:, None] - places).sum(axis=-1)
    centred = []
    for sigma in (sigma_a, sigma_b):
        covariance = np.exp(-squares / (4 * sigma**2))
        means = covariance.mean(axis=0)
        centred.append(covariance - means - means[:, None] + covariance.mean())
    exact = 1 + np.trace(centred[0]) * np.trace(centred[1]) / float((centred[0] * centred[1]).sum())
    found = [
        cb.effective_sample_size(smoothed((i, 0), (32, 32), sigma_a), smoothed((i, 1), (32, 32), sigma_b))
        for i in range(80)
    ]
    assert np.median(found) == pytest.approx(exact, rel=0.1)


def test_the_test_is_students_and_fishers_with_the_effective_number() -> None:
    a, c = smoothed((7, 0), (80, 90), 2), smoothed((7, 1), (80, 90), 2)
    found = cb.correlation_test(a, 0.3 * a + c, confidence=0.9)
    r, size = found["r"], found["effective_n"]
    assert r == cb.pearson(a, 0.3 * a + c)[0]
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(r) * math.sqrt((size - 2) / (1 - r * r)), size - 2))
    half = stats.norm.ppf(0.95) / math.sqrt(size - 3)
    assert (found["low"], found["high"]) == pytest.approx(
        (math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))
    )
    assert found["n_pixels"] == 7200
    assert found["coefficient"] == "pearson"


def test_white_noise_gives_the_pvalue_of_scipy() -> None:
    a, b = np.random.default_rng(3).normal(size=(2, 200, 200))
    b += 0.01 * a
    for coefficient, function in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        r, p = function(a.ravel(), b.ravel())
        found = cb.correlation_test(a, b, coefficient=coefficient)
        assert found["r"] == pytest.approx(r)
        assert found["p_value"] == pytest.approx(p, rel=0.05)


def test_spearman_is_pearson_of_the_ranks() -> None:
    a, b = (np.exp(smoothed((11, k), (64, 64), 1.5)) for k in range(2))
    inside = ellipse(a.shape)
    ranks = [np.zeros(a.shape) for _ in range(2)]
    for found, image in zip(ranks, (a, b), strict=True):
        found[inside] = stats.rankdata(image[inside])
    expected = cb.correlation_test(*ranks, inside)
    found = cb.correlation_test(a, b, inside, coefficient="spearman")
    for key in ("r", "effective_n", "p_value", "low", "high"):
        assert found[key] == pytest.approx(expected[key], rel=1e-9)


def test_levels_floats_offsets_and_units_give_one_answer() -> None:
    a, b = (np.round(1000 + 100 * smoothed((5, k), (48, 60), 1.5)) for k in range(2))
    expected = cb.correlation_test(a, b)
    for x, y in (
        (a.astype("u2"), b.astype("u2")),
        (a.astype(">i4"), b.astype("f4")),
        (a.astype("i8") + (1 << 40), b * 2.0**1000),
        (a * 2.0**-1060, b - 1e6),
    ):
        found = cb.correlation_test(x, y)
        for key in ("r", "effective_n", "p_value", "low", "high"):
            assert found[key] == pytest.approx(expected[key], rel=1e-6), key


def test_only_the_box_and_the_mask_matter() -> None:
    a, b = (smoothed((6, k), (70, 80), 2) for k in range(2))
    inside = np.zeros(a.shape, bool)
    inside[10:60, 15:70] = ellipse((50, 55))
    cut = (slice(10, 60), slice(15, 70))
    noise = np.random.default_rng(0).normal(size=a.shape) * 1e6
    outside = [np.where(inside, image, noise) for image in (a, b)]
    alone = numbers(cb.correlation_test(a[cut], b[cut], inside[cut]))
    assert numbers(cb.correlation_test(*outside, inside)) == pytest.approx(alone, rel=1e-9)


def test_spacing_tells_how_far_slices_are_apart() -> None:
    fine = [smoothed((8, k), (60, 40, 40), 3) for k in range(2)]
    a, b = (image[::3] for image in fine)
    known = cb.correlation_test(a, b, spacing=(0.3, 0.1, 0.1))
    assert known["correlation_length_a"] == pytest.approx(cb.correlation_test(*fine)["correlation_length_a"], abs=4)
    assert numbers(known) == pytest.approx(numbers(cb.correlation_test(a, b, spacing=(3, 1, 1))))
    assert 0.5 < known["effective_n"] / cb.effective_sample_size(*fine) < 2


@pytest.mark.parametrize("spacing", [(1,), (1, 2, 3), (1, 0), (1, math.inf), "11", 3, (1, math.nan)])
def test_a_spacing_that_is_none_is_refused(spacing: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="spacing"):
        cb.correlation_test(np.eye(9), np.eye(9), spacing=spacing)


REFUSED = {
    "effective pixels are fewer than 10": (smoothed(1, (24, 24), 8), smoothed(2, (24, 24), 8)),
    "channel b is constant": (np.arange(64.0).reshape(8, 8), np.full((8, 8), 3)),
    "channel a is constant; channel b is constant": (np.zeros((8, 8)), np.ones((8, 8))),
    "fewer than 2 pixels": (np.ones((1, 1)), np.ones((1, 1))),
    "NaN": (np.full((8, 8), math.nan), np.eye(8)),
}


@pytest.mark.parametrize(("reason", "pair"), REFUSED.items(), ids=list(REFUSED))
def test_a_refusal_says_why(reason: str, pair: tuple[Field, Field]) -> None:
    with pytest.warns(UserWarning, match=reason):
        found = cb.correlation_test(*pair)
    assert reason in found["method"]
    assert all(math.isnan(found[key]) for key in ("p_value", "low", "high"))


@pytest.mark.parametrize("coefficient", ["pearson", "spearman"])
def test_the_number_of_threads_changes_no_bit(coefficient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(smoothed((9, 0), shape, 2), smoothed((9, 1), shape, 2)) for shape in ((150, 130), (20, 40, 50), (400,))]
    found = []
    for threads in (1, 2, 3, 5):
        monkeypatch.setenv("COLOC_BRIDGE_THREADS", str(threads))
        found.append([cb.correlation_test(a, b, a > -1, coefficient=coefficient) for a, b in pairs])
        found[-1] += [cb.shift_test(*pairs[0], coefficient=coefficient, n_shifts=20, seed=1)["null"].tolist()]
    assert all(other == found[0] for other in found[1:])


def independent(kind: str, seed: int, sigma: float) -> tuple[Field, Field]:
    """Two channels that have nothing in common."""
    if kind == "noise":
        return smoothed((seed, 0), (64, 64), sigma), smoothed((seed, 1), (64, 64), sigma)
    if kind == "texture":
        a, b = (smoothed((seed, k), (64, 64), sigma) for k in range(2))
        return a - ndimage.gaussian_filter(a, sigma), b - ndimage.gaussian_filter(b, sigma)
    rng = np.random.default_rng((seed, 2))
    spots = ndimage.gaussian_filter((rng.random((2, 88, 88)) < 0.03 / sigma**2).astype(float), (0, sigma, sigma))
    return tuple(rng.poisson(5 + 300 * sigma**2 * spots[:, 12:76, 12:76]))  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["noise", "texture", "spots"])
@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_independent_images_are_significant_as_often_as_they_should_be(kind: str, sigma: float) -> None:
    inside = ellipse((64, 64))
    found = []
    for seed in range(200):
        a, b = independent(kind, seed, sigma)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            found += [cb.correlation_test(a, b, mask)["p_value"] for mask in (None, inside)]
    assert 0.02 <= np.nanmean(np.array(found)[~np.isnan(found)] < 0.05) <= 0.09


@pytest.mark.parametrize("rho", [0, 0.4, 0.8])
def test_the_interval_covers_the_true_correlation(rho: float) -> None:
    covered = []
    for seed in range(200):
        a, c = (smoothed((seed, k), (64, 64), 2) for k in range(2))
        found = cb.correlation_test(a, rho * a + math.sqrt(1 - rho * rho) * c)
        covered.append(found["low"] <= rho <= found["high"])
    assert 0.92 <= np.mean(covered) <= 0.98


COEFFICIENTS = {
    "pearson": lambda a, b, t: stats.pearsonr(a.ravel(), b.ravel()).statistic,
    "spearman": lambda a, b, t: stats.spearmanr(a.ravel(), b.ravel()).statistic,
    "icq": lambda a, b, t: np.mean((a - a.mean()) * (b - b.mean()) > 0) - 0.5,
    "overlap": lambda a, b, t: (a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum()),
    "m1": lambda a, b, t: a[b > t].sum() / a.sum(),
    "m2": lambda a, b, t: b[a > t].sum() / b.sum(),
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_shifts_find_what_is_there_and_nothing_else(name: str) -> None:
    a, c = (np.exp(smoothed((21, k), (72, 72), 1.5)) for k in range(2))
    b = 0.7 * a + c
    for x, y, mask in ((a, b, None), (a, b, ellipse(a.shape)), (a, c, None), (a, c, ellipse(a.shape))):
        found = cb.shift_test(x, y, mask, coefficient=name, threshold_a=1.5, threshold_b=1.5, seed=4)
        inside = ... if mask is None else mask
        assert found["observed"] == pytest.approx(COEFFICIENTS[name](x[inside], y[inside], 1.5))
        assert len(found["null"]) == 199
        assert found["z_score"] > 1.5 if y is b else found["p_value"] > 0.05
        assert found["p_value"] == 0.005 or y is c or mask is not None
        middle = found["null"].mean() if name == "icq" else 0
        extreme = found["null"] >= found["observed"]
        if name in ("pearson", "spearman", "icq"):
            extreme = np.abs(found["null"] - middle) >= abs(found["observed"] - middle)
        assert found["p_value"] == (extreme.sum() + 1) / 200
        assert found["z_score"] == pytest.approx((found["observed"] - found["null"].mean()) / found["null"].std())


def test_the_sides_of_a_shift_test() -> None:
    a, b = (smoothed((22, k), (64, 64), 1.5) for k in range(2))
    p = {side: cb.shift_test(a, b - a, alternative=side, seed=1)["p_value"] for side in ("less", "greater")}
    assert p == {"less": 0.005, "greater": 1.0}


def test_thresholds_of_a_shift_test_are_those_of_costes() -> None:
    a, b = (np.exp(smoothed((23, k), (48, 48), 1)) for k in range(2))
    given = dict(zip(("threshold_a", "threshold_b"), cb.costes_threshold(a, a + b), strict=True))
    known = cb.shift_test(a, a + b, coefficient="m2", seed=2, **given)
    found = cb.shift_test(a, a + b, coefficient="m2", seed=2)
    assert found["null"].tolist() == known["null"].tolist()


def test_shifts_are_longer_than_the_correlation_length_or_there_is_no_test() -> None:
    a, b = (smoothed((24, k), (64, 64), 3) for k in range(2))
    lengths = cb.correlation_test(a, b)
    shorter = min(lengths["correlation_length_a"], lengths["correlation_length_b"])
    assert cb.shift_test(a, b, n_shifts=3, seed=0)["min_shift"] == shorter
    from_centre = np.hypot(*np.meshgrid(*2 * [np.arange(-31.5, 32)]))
    with pytest.warns(UserWarning, match="no shift of 10 pixels"):  # of a ring, every shift leaves but two crossings
        found = cb.shift_test(a, b, abs(from_centre - 25) < 1.5)
    assert found["min_shift"] == 10
    for x, y, reason in (
        (a, np.ones_like(a), "constant"),
        (np.where(a > 1, math.nan, a), b, "undefined"),
    ):
        with pytest.warns(UserWarning, match=reason):
            found = cb.shift_test(x, y, n_shifts=3)
        assert found["null"].size == 0
        assert math.isnan(found["p_value"])


@pytest.mark.parametrize(
    "options", [{"coefficient": "tau"}, {"n_shifts": 0}, {"alternative": "larger"}, {"seed": -1}], ids=str
)
def test_a_shift_test_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        cb.shift_test(np.eye(9), np.eye(9), **options)


def test_shifts_of_independent_images_are_significant_as_often_as_they_should_be() -> None:
    found = []
    for seed in range(100):
        for sigma in (1, 3):
            a, b = independent("noise", seed, sigma)
            mask = ellipse(a.shape) if seed % 2 else None
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                found.append(cb.shift_test(a, b, mask, n_shifts=99, seed=seed)["p_value"])
    assert 0.02 <= np.nanmean(np.array(found) <= 0.05) <= 0.09


def test_two_exposures_of_each_channel_take_the_noise_out_of_a_correlation() -> None:
    """Adler, Pagakis & Parmryd (2008): the correlation of what was there, at three photons a pixel."""
    a, c = (smoothed((31, k), (256, 256), 2) for k in range(2))
    light = [3 * np.exp(0.6 * x) for x in (a, 0.7 * a + math.sqrt(0.51) * c)]
    true = np.corrcoef(light[0].ravel(), light[1].ravel())[0, 1]
    rng = np.random.default_rng(0)
    exposures = [rng.poisson(x) for x in light for _ in range(2)]
    found = cb.noise_corrected_correlation(*exposures)
    a_1, a_2, b_1, b_2 = exposures
    raw = np.mean([stats.pearsonr(x.ravel(), y.ravel()).statistic for x in (a_1, a_2) for y in (b_1, b_2)])
    assert found["raw"] == pytest.approx(raw)
    assert found["reliability_a"] == pytest.approx(stats.pearsonr(a_1.ravel(), a_2.ravel()).statistic)
    assert found["raw"] < 0.75 * true
    assert found["corrected"] == pytest.approx(true, rel=0.03)


def test_exposures_of_noise_alone_are_refused() -> None:
    rng = np.random.default_rng(1)
    signal, dark = rng.poisson(rng.gamma(2, 3, (64, 64)), (2, 64, 64)), rng.poisson(5, (2, 64, 64))
    for exposures, channel in (
        ((*signal, *dark), "b"),
        ((*dark, *signal), "a"),
        ((*signal, *np.ones((2, 64, 64))), "b"),
    ):
        with pytest.warns(UserWarning, match=f"channel {channel} do not correlate"):
            assert math.isnan(cb.noise_corrected_correlation(*exposures)["corrected"])
    with pytest.raises(ValueError, match="shape mismatch"):
        cb.noise_corrected_correlation(*signal, signal[0], signal[0][1:])


def test_rows_have_the_same_numbers_region_by_region() -> None:
    a, b = (5 + smoothed((41, k), (90, 100), 1.5) for k in range(2))
    labels = np.zeros(a.shape, np.int64)
    labels[5:60, 5:70][ellipse((55, 65))] = -3
    labels[40:88, 50:98][ellipse((48, 48))] = 1 << 40
    labels[0, :3] = 2
    remarks: list[str] = []
    for mask in (None, labels):
        rows = cb.analyse_pairwise(a, b, label_mask=mask, metrics=["icq", "sig"], region_warnings=remarks)
        for row in rows:
            inside = None if mask is None else labels == row["region"]
            assert list(row) == [*cb.COLUMNS, "effective_n", "pcc_p", "pcc_low", "pcc_high", "srcc_p"]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                r, rho = (cb.correlation_test(a, b, inside, coefficient=name) for name in ("pearson", "spearman"))
            found = [row[key] for key in ("effective_n", "pcc_p", "pcc_low", "pcc_high", "srcc_p")]
            expected = [r["effective_n"], r["p_value"], r["low"], r["high"], rho["p_value"]]
            assert found == pytest.approx(expected, nan_ok=True)
    assert remarks == ["region 2 (A vs B): 2.0 effective pixels are fewer than 10"]


def test_rows_per_slice_have_the_numbers_of_the_slices() -> None:
    a, b = (smoothed((42, k), (3, 40, 40), 1) for k in range(2))
    rows = cb.analyse_pairwise(a, b, metrics="sig", slice_axis=0)
    assert [row["pcc_p"] for row in rows] == [cb.correlation_test(x, y)["p_value"] for x, y in zip(a, b, strict=True)]
