"""No public function lets a warning of numpy out, whatever the pixels are."""

import traceback
import warnings

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge import chunked, twins
from coloc_bridge.thresholds import THRESHOLD_METHODS

RAMP = np.arange(36.0).reshape(6, 6)
PIXELS = {
    "ramp": RAMP,
    "constant": np.full((6, 6), 7.0),
    "zero": np.zeros((6, 6)),
    "one bright": np.eye(6) * (RAMP == 7),
    "tiny": RAMP * 1e-170,
    "subnormal": RAMP * 5e-324,
    "huge": RAMP * 1e155,
    "largest": RAMP / 35 * np.finfo(float).max,
    "of both signs": (RAMP - 18) / 18 * np.finfo(float).max,
    "one infinite": np.where(RAMP == 7, np.inf, RAMP),
    "infinite of both signs": np.where(RAMP % 2 == 0, np.inf, -np.inf),
    "infinite": np.full((6, 6), np.inf),
    "one NaN": np.where(RAMP == 7, np.nan, RAMP),
    "NaN": np.full((6, 6), np.nan),
    "NaN and infinite": np.where(RAMP % 2 == 0, np.inf, np.nan),
    "far": RAMP + 1e15,
    "float32": (RAMP / 35).astype(np.float32) * np.finfo(np.float32).max,
    "float16": np.where(RAMP == 3, 65504, RAMP).astype(np.float16),
    "bool": RAMP > 9,
    "int8": (RAMP - 18).astype(np.int8),
    "wide": RAMP.astype(np.int64) * 9_000_011,
    "2**60": RAMP.astype(np.int64) + (1 << 60),
    "2**60, wide": RAMP.astype(np.int64) * 9_000_011 + (1 << 60),
    "2**64": RAMP.astype(np.uint64) + np.uint64(2**64 - 36),
    "empty": np.zeros((0, 6)),
    "one pixel": np.full((1, 1), 3.0),
    "two pixels": np.array([[1.0, np.inf]]),
}
LABELS = np.repeat([0, 1, 2], 12).reshape(6, 6)
METRICS = ["pcc", "srcc", "icq", "overlap", "mcc", "ktau", "area", "rwc", "tos", "intersection"]


def analyses(a, b):
    for analyse in (cb.analyse_pairwise, chunked.analyse_pairwise):
        for labels in (None, LABELS) if a.shape == LABELS.shape else (None,):
            for method in THRESHOLD_METHODS if analyse is cb.analyse_pairwise else ("costes",):
                at = {"threshold_a": 3, "threshold_b": 3} if method == "manual" else {}
                yield lambda z=labels, m=method, t=at, f=analyse: f(
                    a, b, label_mask=z, metrics=METRICS, threshold_method=m, region_warnings=[], **t
                )


def calls(a, b):
    metrics = (cb.pearson, cb.spearman, cb.kendall, cb.li_icq, cb.overlap, cb.costes_regression, cb.costes_threshold)
    for mask in (None, np.arange(a.size).reshape(a.shape) % 3 > 0):
        yield from (lambda f=f, m=mask: f(a, b, m) for f in (*metrics, cb.li_ica))
        yield from (lambda t=t, m=mask: cb.manders(a, b, t, 3, m) for t in (0, 1e300, np.nan, np.inf))
        yield from (
            lambda m=mask, e=e: cb.van_steensel_ccf(a, b, m, max_shift=8, boundary=e) for e in ("wrap", "crop")
        )
        yield lambda m=mask: cb.costes_randomization(a, b, m, n_iter=5, block_size=2, seed=0)
        yield lambda m=mask: cb.label_objects(a, "otsu", m, 2)
        yield lambda m=mask: twins.coloc2(a, b, mask=m)
        yield lambda m=mask: twins.biop(a, b, mask=m, threshold_method="Otsu", max_shift=3)
    yield from analyses(a, b)
    yield lambda: cb.ccf_map(a, b, max_shift=2)
    yield lambda: cb.scramble_example(a, 2, 0)
    yield lambda: cb.analyse_all_to_all(np.stack([a, b]), 0)
    yield lambda: twins.jacop(a, b, threshold_a=1, threshold_b=1, max_shift=3)
    yield lambda: twins.rows("coloc2", a, b, region_warnings=[])
    for engine in ("coloc2", "jacop", "biop"):
        yield lambda e=engine: twins.randomize(e, a, b, rounds=3)


@pytest.mark.parametrize("name", PIXELS)
def test_no_warning_of_numpy_comes_out(name):
    a = PIXELS[name]
    others = [image for image in (a, RAMP[::-1], PIXELS["huge"], PIXELS["one NaN"]) if image.shape == a.shape]
    wrong = []
    for b in others:
        for call in calls(a, b):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", RuntimeWarning)
                try:
                    call()
                except (ValueError, TypeError, twins.EngineError):
                    pass
                except RuntimeWarning as error:
                    wrong.append(f"{error}: {traceback.extract_tb(error.__traceback__)[-2:]}")
    assert not wrong, "\n".join(sorted(set(wrong)))
