"""One table of all engines: each number is that of the public function or twin, and every difference is explained."""

import math

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.compare.differences import load_differences
from coloc_bridge.engines import recorded, registry

RNG = np.random.default_rng(4)
A = np.clip(RNG.gamma(2, 15, (48, 40)), 0, 255).astype(np.uint8)
B = np.clip(0.6 * A + RNG.gamma(2, 8, A.shape), 0, 255).astype(np.uint8)
MASK = np.zeros(A.shape, bool)
MASK[5:40, 8:30] = True


@pytest.fixture(scope="module")
def table():
    return cb.compare_engines(A, B)


def test_a_column_for_each_engine_of_the_registry_beside_the_standard(table):
    columns = [
        f"{name} {variant}".strip()
        for name in registry.recordable()
        for variant, _ in registry.spec_of(name).validated(A.dtype)
    ]
    assert list(table.columns) == ["standard", *columns, "differs", "why"]
    assert list(table.attrs["sources"]) == columns


def test_the_standard_is_the_public_functions(table):
    at = cb.costes_threshold(A, B)
    expected = {
        "pearson": cb.pearson(A, B)[0],
        "spearman": cb.spearman(A, B)[0],
        "kendall_tau_b": cb.kendall(A, B)[0],
        "icq": cb.li_icq(A, B),
        "m1": cb.manders(A, B, 0, 0)[0],
        "k1": cb.overlap(A, B)[1],
        "slope": cb.costes_regression(A, B)[0],
        "costes_threshold_a": at[0],
        "costes_threshold_b": at[1],
        "m1 at Costes thresholds": cb.manders(A, B, *at)[0],
        "m2 at Costes thresholds": cb.manders(A, B, *at)[1],
        "overlap at Costes thresholds": cb.overlap(A, B, (at[0] < A) & (at[1] < B))[0],
        "rwc2 at Costes thresholds": cb.rank_weighted(A, B, *at)[1],
        "tos_log at Costes thresholds": cb.threshold_overlap(A, B, *at)[1],
        "ic1 at Costes thresholds": cb.intersection(A, B, *at)[0],
    }
    assert table["standard"][list(expected)].to_dict() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("column", "engine", "settings", "quantities"),
    [
        (
            "coloc2",
            "coloc2",
            {"regression": "costes"},
            {"pearson": "pearson", "m1 at Costes thresholds": "tm1", "costes_threshold_b": "threshold_b"},
        ),
        ("coloc2 bisection", "coloc2", {"regression": "bisection"}, {"m2 at Costes thresholds": "tm2"}),
        ("jacop", "jacop", {}, {"m1 at Costes thresholds": "costes_m1", "overlap": "overlap", "icq": "icq"}),
        (
            "biop costes_auto_threshold",
            "biop",
            {"threshold_method": "costes"},
            {"k1 at Costes thresholds": "k1_thresholded", "ccf_max": "ccf_max"},
        ),
    ],
)
def test_a_column_is_what_the_twin_gives(table, column, engine, settings, quantities):
    values = cb.twins.run(engine, A, B, **settings)
    for coefficient, quantity in quantities.items():
        assert table.loc[coefficient, column] == values[quantity]
    assert table.attrs["sources"][column].startswith("its twin; ")


@pytest.mark.parametrize("mask", [None, MASK])
def test_what_differs_is_marked_and_explained(mask):
    table = cb.compare_engines(A, B, mask)
    ids = {entry.id for entry in load_differences()}
    engines = list(table.attrs["sources"])
    explained = {(one["column"], name) for one in table.attrs["differences"] for name in one["coefficients"]}
    for name, row in table.iterrows():
        other = {
            engine
            for engine in engines
            if not math.isnan(row["standard"])
            and not math.isnan(row[engine])
            and abs(row[engine] - row["standard"]) > 1e-9 * max(1, abs(row["standard"]))
        }
        assert other <= set(row["differs"].split(", ")), name
        assert {(engine, name) for engine in other} <= explained
        assert all(f"{engine}: " in row["why"] for engine in other)
    assert {one["id"] for one in table.attrs["differences"]} <= ids | {""}
    assert "no known difference" not in " ".join(table["why"])


def test_an_engine_without_regions_is_said_to_take_other_pixels():
    table = cb.compare_engines(A, B, MASK, engines="jacop")
    zeros = np.where(MASK, A, 0), np.where(MASK, B, 0)
    assert table.loc["pearson", "standard"] == cb.pearson(A, B, MASK)[0]
    assert table.loc["pearson", "jacop"] == pytest.approx(cb.pearson(*zeros)[0], rel=1e-12)
    assert table.loc["pearson", "why"] == "jacop: the engine does not take the pixels of the region alone"


@pytest.mark.parametrize("case", ["partial-8bit-masked", "float-background-subtracted", "constant-b-8bit"])
def test_pairs_of_the_validation_set(validation, case):
    pair = recorded.read_case(validation, case)
    table = cb.compare_engines(pair.a, pair.b, pair.mask)
    assert "no known difference" not in " ".join(table["why"])


@pytest.mark.parametrize(
    "identity", ["coloc2-icq-zero-products", "coloc2-tm-denominator-and-ge", "jacop-int-overflow"]
)
def test_the_example_of_a_difference_shows_it(identity):
    (entry,) = (entry for entry in load_differences() if entry.id == identity)
    pair = entry.example
    table = cb.compare_engines(pair.a, pair.b, pair.mask, engines=entry.engine)
    assert identity in {one["id"] for one in table.attrs["differences"]}


def test_pixels_that_an_engine_refuses_leave_its_column_empty_and_say_why():
    table = cb.compare_engines(A, B.astype(np.uint16), engines="coloc2")
    assert table["coloc2"].isna().all()
    assert table.attrs["sources"]["coloc2"].startswith("no numbers: ")
    assert table.loc["pearson", "standard"] == cb.pearson(A, B)[0]
    assert set(table["differs"]) == set(table["why"]) == {""}


def test_wrong_calls():
    with pytest.raises(ValueError, match="unknown engine 'x'; known: coloc2, "):
        cb.compare_engines(A, B, engines="x")
    with pytest.raises(ValueError, match="shape mismatch"):
        cb.compare_engines(A, B[1:])
    with pytest.raises(ValueError, match="no pixel"):
        cb.compare_engines(A, B, np.zeros(A.shape, bool))
