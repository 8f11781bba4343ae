"""The marks are the thresholds that standard and twins give, and Manders' coefficients are those around them."""

import numpy as np
import pytest
from skimage.filters import threshold_otsu

import coloc_bridge as cb

LIGHT = np.random.default_rng(5).gamma(2, 12, (3, 48, 48))
A, B = ((LIGHT[0] + LIGHT[k]).clip(0, 255).astype(np.uint8) for k in (1, 2))
MARKS = cb.threshold_marks(A, B).set_index("mark")


def at(mark):
    return tuple(MARKS.loc[mark, ["threshold_a", "threshold_b"]])


def test_marks_are_where_standard_and_twins_put_them():
    assert at("Costes, standard") == pytest.approx(cb.costes_threshold(A, B)[:2])
    assert at("Otsu") == (threshold_otsu(A), threshold_otsu(B))
    for regression in ("costes", "bisection"):
        run = cb.twins.coloc2(A, B, regression=regression)
        assert at(f"Coloc 2, {regression}") == (run["threshold_a"], run["threshold_b"])
    run = cb.twins.jacop(A, B)
    assert at("JACoP") == (run["costes_threshold_a"], run["costes_threshold_b"])
    for method in ("costes", "otsu"):
        run = cb.twins.biop(A, B, threshold_method=method)
        assert at(f"BIOP JACoP, {method}") == (run["threshold_a"], run["threshold_b"])


@pytest.mark.parametrize("mark", MARKS.index)
def test_manders_around_a_mark(mark):
    row = MARKS.loc[mark]
    pair = np.array(at(mark))
    for end, factor in (("", 1), ("_high", 0.95), ("_low", 1.05)):
        assert (row[f"m1{end}"], row[f"m2{end}"]) == pytest.approx(cb.manders(A, B, *(pair * factor)), nan_ok=True)


def test_floats_and_masks_have_marks():
    mask = np.zeros(A.shape, bool)
    mask[5:40, 5:40] = True
    marks = cb.threshold_marks(A.astype(np.float32), B.astype(np.float32), mask)
    assert marks["threshold_a"].notna().sum() >= 4


def test_within_is_a_share():
    with pytest.raises(ValueError, match="within must be a share"):
        cb.threshold_marks(A, B, within=5)
