"""Twins by name, and their rows per region and slice."""

import math

import numpy as np
import pytest

from coloc_bridge import twins

RNG = np.random.default_rng(3)
A = RNG.integers(1, 60, (3, 12, 14)).astype(np.uint8)
B = (A // 2 + RNG.integers(1, 20, A.shape)).astype(np.uint8)
LABELS = np.zeros(A.shape[1:], int)
LABELS[1:7, 1:7], LABELS[5:11, 8:13] = 4, 9
HEAD = ["region", "slice", "channel_a", "channel_b", "n_pixels"]


@pytest.mark.parametrize("engine", twins.ENGINES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_one_row_with_the_engine_s_own_names(engine: str) -> None:
    (row,) = twins.rows(engine, A, B, channel_a="green", channel_b="red")
    values, names = twins.run(engine, A, B), twins.columns(engine)
    assert list(row) == HEAD + list(names.values())
    assert len(set(row)) == len(row)
    assert [row[key] for key in HEAD if key != "slice"] == [0, "green", "red", A.size]
    assert math.isnan(row["slice"])
    for quantity, name in names.items():
        assert row[name] == pytest.approx(values.get(quantity, math.nan), nan_ok=True), name


@pytest.mark.parametrize("engine", twins.ENGINES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_region_of_every_slice(engine: str) -> None:
    table = twins.rows(engine, A, B, label_mask=LABELS, slice_axis=0)
    assert [(row["slice"], row["region"], row["n_pixels"]) for row in table] == [
        (z, region, count) for z in range(3) for region, count in ((4, 36), (9, 30))
    ]
    inside = LABELS == 9
    expected = twins.run(engine, A[1], B[1], mask=inside)
    for quantity, name in twins.columns(engine).items():
        assert table[3][name] == pytest.approx(expected.get(quantity, math.nan), nan_ok=True), name


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_jacop_gets_zeros_outside_the_region() -> None:
    inside = np.broadcast_to(LABELS == 4, A.shape)
    zeroed = twins.jacop(np.where(inside, A, 0).astype(np.uint8), np.where(inside, B, 0).astype(np.uint8))
    assert twins.run("jacop", A, B, mask=inside)["pearson"] == zeroed["pearson"]


def test_settings_reach_the_twin() -> None:
    (row,) = twins.rows("coloc2", A, B, regression="bisection")
    assert row["Ch1 Max Threshold"] == twins.coloc2(A, B, regression="bisection")["threshold_a"]


def test_a_region_the_engine_refuses_is_nan_and_said() -> None:
    image = A[0].astype(np.float32)
    image[2, 2] = np.nan
    notes: list[str] = []
    table = twins.rows("coloc2", image, B[0] * 1.0, label_mask=LABELS, region_warnings=notes)
    assert math.isnan(table[0]["Channel 1 Max"])
    assert table[1]["Channel 1 Max"] == image[LABELS == 9].max()
    assert len(notes) == 1
    assert notes[0].startswith("region 4 (A vs B): ")


def test_no_region_no_row() -> None:
    assert twins.rows("coloc2", A, B, label_mask=np.zeros(A.shape, int)) == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: twins.run("Coloc 2", A, B), "unknown engine 'Coloc 2': there are twins of coloc2, jacop, biop"),
        (lambda: twins.rows("coloc2", A, B[:2]), "shape mismatch"),
        (lambda: twins.rows("coloc2", A, B, slice_axis=3), "slice_axis is 3, the image has 3 axes"),
        (lambda: twins.rows("coloc2", A, B, label_mask=LABELS), "shape mismatch: label_mask is"),
        (lambda: twins.rows("coloc2", A, B, regression="x"), "unknown regression 'x'"),
    ],
)
def test_refusals(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]
