"""BIOP JACoP's twin against everything the real BIOP JACoP gave."""

import numpy as np
import pytest

from coloc_bridge import shipped
from coloc_bridge.engines.biop.twin import COLUMNS, printed
from coloc_bridge.engines.biop.twin import values as biop
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case, case_ids, read_case, read_runs
from coloc_bridge.errors import EngineError, EngineMisreads

SHIPPED = shipped.validation_folder()
RECORDED = sorted(path.stem for path in SHIPPED.glob("recorded/biop/*.json"))
# The engine walked the bit patterns of floats one by one for a minute, then was given up.
ABANDONED = {("float-unit", "costes_auto_threshold"), ("float-background-subtracted", "costes_auto_threshold")}

pytestmark = pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineMisreads")


def differences(case: Case, run: EngineRun) -> list[str]:
    """Every number in which the twin is not the engine: within 1e-9, relative or absolute below 1."""
    values = biop(case.a, case.b, mask=case.mask, **run.settings)
    assert set(run.values) <= set(values) == set(COLUMNS)
    return [
        f"{run.variant} {name}: {values[name]}, not {engine}"
        for name, engine in run.values.items()
        if not np.allclose(values[name], engine, rtol=5e-10, atol=5e-10, equal_nan=True)
    ]


@pytest.mark.parametrize("name", RECORDED)
def test_shipped_runs_are_reproduced(name):
    case = read_case(SHIPPED, name)
    runs = read_runs(SHIPPED, "biop", case)
    assert {(name, run.variant) for run in runs if not run.values} <= ABANDONED
    assert [line for run in runs for line in differences(case, run)] == []


def test_runs_on_coloc2s_images_are_reproduced(coloc2_images):
    cases = [read_case(coloc2_images, name) for name in case_ids(coloc2_images)]
    runs = [(case, run) for case in cases for run in read_runs(coloc2_images, "biop", case)]
    assert len(runs) == 80
    assert {f"{case.id} {line}" for case, run in runs for line in differences(case, run)} == set()


A = np.uint8([[0, 10, 20, 30], [40, 50, 60, 70], [5, 5, 5, 200]])
B = np.uint8([[9, 12, 25, 30], [35, 55, 50, 80], [0, 90, 7, 3]])
LEFT = np.uint8([[1, 1, 1, 0]] * 3)


def test_outside_the_roi_both_images_are_zero_and_the_icq_counts_those_zeros():
    values = biop(A, B, mask=LEFT, max_shift=1)
    inside_a, inside_b = (image[:, :3].astype(float) for image in (A, B))
    assert values["pearson"] == pytest.approx(np.corrcoef(inside_a.ravel(), inside_b.ravel())[0, 1], abs=1e-12)
    zeroed_a, zeroed_b = (np.where(LEFT, image, 0).astype(float) for image in (A, B))
    products = (zeroed_a - zeroed_a.mean()) * (zeroed_b - zeroed_b.mean())
    assert values["icq"] == (products > 0).mean() - 0.5


def test_areas_are_counts_above_the_thresholds_times_the_square_of_the_pixel_width():
    values = biop(A, B, mask=LEFT, threshold_a=20, threshold_b=30, max_shift=1, pixel_width=0.5)
    areas = [values[f"area_{name}"] for name in ("total", "a", "b", "overlap")]
    # above 20 in A: 40 50 60; above 30 in B: 35 55 50 90
    assert areas == [9 / 4, 3 / 4, 4 / 4, 3 / 4]


def test_a_mask_of_a_stack_is_its_maximum_over_z_for_every_slice():
    stack_a, stack_b = np.stack([A, A[::-1]]), np.stack([B, B[:, ::-1]])
    first_only = np.stack([LEFT, np.zeros_like(LEFT)])
    everywhere = np.stack([LEFT, LEFT])
    assert biop(stack_a, stack_b, mask=first_only, max_shift=1) == biop(
        stack_a, stack_b, mask=everywhere, max_shift=1
    )


def test_results_table_text():
    # cells that ImageJ 1.54p's ResultsTable shows for these doubles
    shown = printed({"pearson": 0.12345, "area_a": 12.0, "k1": float("nan"), "k2": 0.0001234, "m1": float("inf")})
    assert shown == {"pearson": "0.123", "area_a": "12", "k1": "NaN", "k2": "1.234E-4", "m1": "Infinity"}


def test_floats_are_read_by_their_bit_patterns_with_a_warning():
    with pytest.warns(EngineMisreads, match="biop-float-bits"):
        values = biop(np.float32([[0, 0.5]]), np.float32([[0, 1.0]]), max_shift=0)
    # 0.5 is 0x3F000000, 1.0 is 0x3F800000
    assert values["k1"] != 2.0
    assert values["area_overlap"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"mask": np.zeros_like(A)}, EngineError, "no pixel"),
        ({"mask": LEFT[:2]}, ValueError, "shape mismatch"),
        ({"threshold_method": "best"}, ValueError, "Otsu"),
    ],
)
def test_wrong_calls_say_what_is_wrong(arguments, error, told):
    with pytest.raises(error, match=told):
        biop(A, B, **arguments)
