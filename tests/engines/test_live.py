"""The real Coloc 2, JACoP and BIOP JACoP against what was recorded; needs a Fiji that has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge import engines, shipped
from coloc_bridge.engines import recorded
from coloc_bridge.engines.drift import changes
from coloc_bridge.engines.java.installation import FIJI_VARIABLE
from coloc_bridge.errors import EngineError

pytestmark = pytest.mark.skipif(
    FIJI_VARIABLE not in os.environ, reason=f"{FIJI_VARIABLE} names no Fiji with Coloc 2, JACoP and BIOP JACoP"
)
CASES = recorded.case_ids(shipped.validation_folder())
HOURS = 3600.0


@pytest.mark.parametrize("case_id", CASES)
@pytest.mark.parametrize("engine", ["coloc2", "jacop", "biop"])
def test_live_equals_recorded(engine: str, case_id: str, validation: Path) -> None:
    case = recorded.read_case(validation, case_id)
    titles = case.files["a"].name, case.files["b"].name
    for before in recorded.read_runs(validation, engine, case):
        if not before.values:
            with pytest.raises(EngineError):
                engines.run(engine, case.a, case.b, mask=case.mask, **before.settings)
            continue
        now = engines.run(engine, case.a, case.b, mask=case.mask, titles=titles, timeout=HOURS, **before.settings)
        assert changes(before, now) == []
        assert dict(now.settings) == dict(before.settings)
        assert _without_times(now.log) == _without_times(before.log) or not before.log


def _without_times(log) -> dict[str, list[str]]:
    return {step: [line for line in text.splitlines() if "Time:" not in line] for step, text in log.items()}


@pytest.fixture(scope="module")
def stack() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A stack whose three sides differ, so that no axis can be taken for another."""
    rng = np.random.default_rng(3)
    common = rng.integers(0, 150, (4, 11, 23))
    a, b = (common + rng.integers(0, 100, common.shape) for _ in "ab")
    mask = np.zeros(common.shape, bool)
    mask[1:3, 2:9, 5:20] = True
    return a.astype(np.uint8), b.astype(np.uint8), mask


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_axes_of_a_stack(stack, dtype: type) -> None:
    """JACoP shifts along x only; the mask of Coloc 2 and the ROI of BIOP JACoP cover what they should."""
    a, b, mask = stack
    a, b = a.astype(dtype), b.astype(dtype)
    moved = np.roll(a, 3, axis=2)
    if dtype is not np.float32:
        assert engines.run("jacop", a, moved, max_shift=5).printed["ccf_max_shift"] == "3"
    coloc2 = engines.run("coloc2", a, b, mask=mask).values
    assert coloc2["pearson"] == pytest.approx(np.corrcoef(a[mask], b[mask])[0, 1], abs=1e-6)
    assert coloc2["integral_a"] == a[mask].sum()
    plane = np.broadcast_to(mask.any(axis=0), a.shape)
    biop = engines.run("biop", a, b, mask=mask)
    assert biop.values["area_total"] == plane.sum()
    assert "maximum of the mask over Z" in biop.notes[0]
    if dtype is not np.float32:
        assert biop.values["pearson"] == pytest.approx(np.corrcoef(a[plane], b[plane])[0, 1])


def test_jacop_has_no_roi(stack) -> None:
    a, b, mask = stack
    run = engines.run("jacop", a, b, mask=mask, object_threshold_a=250, object_threshold_b=250)
    zeroed = [np.where(mask, image, 0).ravel() for image in (a, b)]
    assert run.values["pearson"] == pytest.approx(np.corrcoef(*zeroed)[0, 1])
    assert "set to 0" in run.notes[0]


def test_the_significance_test_of_coloc2(stack) -> None:
    a, b, _ = stack
    random = engines.run("coloc2", a[0], b[0], rounds=5, psf=2).random
    assert random["rounds"] == 5
    assert 0 <= random["p_value"] <= 1


def test_coloc2_refuses_by_its_own_words() -> None:
    image = np.zeros((5, 6), np.uint8)
    assert "Probem with input data" in engines.run("coloc2", image, image).warnings
