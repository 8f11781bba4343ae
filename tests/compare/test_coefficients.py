"""Every coefficient of a pair, and the truth each estimates."""

import math

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge import twins
from coloc_bridge.compare.coefficients import distinct, measure_pair, true_values
from coloc_bridge.truth import STANDARD, estimated

SCENE = cb.make_scene(shape=(64, 64), bits=12, shared_a=0.3, shared_b=0.6, correlation=0.4, photons=5, seed=8)
FOUND = {one.key: one.value for one in measure_pair(SCENE.a, SCENE.b)}
TRUTH = true_values(SCENE.clean_a, SCENE.clean_b)


@pytest.mark.parametrize(
    ("engine", "variant", "settings"),
    [
        ("coloc2", "costes", {"regression": "costes"}),
        ("coloc2", "bisection", {"regression": "bisection"}),
        ("jacop", "", {}),
        ("biop", "", {}),
        ("biop", "otsu", {"threshold_method": "otsu"}),
    ],
)
def test_coefficients_of_an_engine_are_those_of_its_twin(engine, variant, settings):
    values = twins.run(engine, SCENE.a, SCENE.b, **settings)
    mine = {quantity: value for (name, kind, quantity), value in FOUND.items() if (name, kind) == (engine, variant)}
    assert len(mine) >= 9
    assert mine == pytest.approx({quantity: values.get(quantity, math.nan) for quantity in mine}, nan_ok=True)


def test_coefficients_of_the_standard_are_those_of_the_scalar_functions():
    a, b = SCENE.a, SCENE.b
    assert FOUND[STANDARD, "", "pearson"] == cb.pearson(a, b)[0]
    assert FOUND[STANDARD, "", "kendall_tau_b"] == pytest.approx(cb.kendall(a, b)[0])
    assert [FOUND[STANDARD, "", name] for name in ("overlap", "k1", "k2")] == pytest.approx(cb.overlap(a, b))
    assert [FOUND[STANDARD, "", name] for name in ("m1", "m2")] == pytest.approx(cb.manders(a, b, 0, 0))
    at_costes = cb.manders(a, b, *cb.costes_threshold(a, b))
    assert [FOUND[STANDARD, "costes", name] for name in ("m1", "m2")] == pytest.approx(at_costes)


def test_there_is_a_truth_for_each_and_it_is_that_of_the_scene():
    assert {estimated(quantity) for _, _, quantity in FOUND} <= TRUTH.keys()
    assert (TRUTH["m1"], TRUTH["m2"]) == pytest.approx((0.3, 0.6))
    assert TRUTH["pearson_both"] == pytest.approx(0.4)
    assert TRUTH["pearson"] == pytest.approx(SCENE.truth["pearson"])
    a, b = SCENE.clean_a, SCENE.clean_b
    lit = (a > 0) & (b > 0)
    assert TRUTH["k1_both"] == pytest.approx((a[lit] @ b[lit]) / (a[lit] @ a[lit]))
    either = (a > 0) | (b > 0)
    assert TRUTH["pearson_either"] == pytest.approx(np.corrcoef(a[either], b[either])[0, 1])


def test_what_a_twin_refuses_is_undefined_and_not_left_out():
    nothing = np.zeros((8, 8), np.uint8)
    found = {one.key: one.value for one in measure_pair(nothing, nothing)}
    assert found.keys() == FOUND.keys()
    assert math.isnan(found["coloc2", "costes", "pearson"])


def test_a_coefficient_that_no_setting_moves_is_there_once():
    names = list(distinct([FOUND]).values())
    assert ("coloc2", "", "pearson") in names
    assert ("coloc2", "bisection", "pearson") not in names
    assert {("biop", "costes", "m1_thresholded"), ("biop", "otsu", "m1_thresholded")} <= set(names)
    assert len(set(names)) == len(names)
