"""On pairs nobody has looked at: wherever an engine's convention differs from the standard, an entry says why.

The twins stand for the engines here; that they are the engines is shown elsewhere, on the recorded runs.
"""

import numpy as np
import pytest

from coloc_bridge import twins
from coloc_bridge.compare import FAILURES, Verdict
from coloc_bridge.compare.differences import load_differences
from coloc_bridge.compare.standard import Standard
from coloc_bridge.compare.verdicts import Twin, compare_run
from coloc_bridge.engines import registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError

pytestmark = pytest.mark.filterwarnings(
    "ignore::coloc_bridge.errors.EngineMisreads", "ignore::coloc_bridge.errors.EngineWouldThrow"
)
DIFFERENCES = load_differences()
# What JACoP gives in full; everything else it only prints.
IN_FULL = {"pearson", "icq", "ccf_curve_float32", "ccf_shifts", "costes_pearson_above", "cytofluorogram_slope"}
RUNS = [
    ("coloc2", {"regression": "costes"}),
    ("coloc2", {"regression": "bisection"}),
    ("jacop", {"threshold_a": 3, "threshold_b": 40}),
    ("biop", {"threshold_a": 3, "threshold_b": 40}),
    ("biop", {"threshold_method": "costes"}),
    ("biop", {"threshold_method": "otsu"}),
]
KINDS = {
    "rising": lambda a, noise: 0.6 * a + 0.4 * noise,
    "falling": lambda a, noise: 1 - 0.9 * a,
    "independent": lambda a, noise: noise,
    "constant": lambda a, noise: np.full_like(a, 0.3),
    "empty": lambda a, noise: np.zeros_like(a),
    "identical": lambda a, noise: a,
    "saturated": lambda a, noise: np.minimum(1.7 * a, 1),
    "few levels": lambda a, noise: np.floor(4 * a) / 255,
}
DEPTHS = {"uint8": 255, "uint16": 65535, "float32": 1}


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_difference_is_explained(kind: str, dtype: str, masked: bool) -> None:
    rng = np.random.default_rng([list(KINDS).index(kind), DEPTHS[dtype], masked])
    for shape in [(1, 6), (9, 26), (4, 7, 8)]:
        a, noise = rng.random(shape), rng.random(shape)
        a, b = ((DEPTHS[dtype] * image).astype(dtype) for image in (a, KINDS[kind](a, noise)))
        mask = rng.random(shape) < 0.6 if masked else None
        for engine, settings in RUNS:
            pixels = registry.spec_of(engine).pixels(a, b, mask)
            try:
                values = twins.run(engine, pixels[0], pixels[1], mask=pixels[2], **settings)
            except EngineError:  # so would the engine
                continue
            printed = twins.printed(engine, values)
            full = {name: value for name, value in values.items() if engine != "jacop" or name in IN_FULL}
            run = EngineRun(engine, "", settings, full, {} if engine == "biop" else printed)
            rows = compare_run(run, Standard(*pixels), Twin(values, printed), DIFFERENCES)
            assert [row for row in rows if row.verdict in FAILURES] == []


@pytest.mark.parametrize("offset", [2**12, 2**20, 2**28])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_correlation_far_from_zero_is_explained(dtype: str, offset: int) -> None:
    """Coloc 2 subtracts sums of squares that agree in nearly all their digits."""
    rng = np.random.default_rng(offset)
    a = rng.integers(0, 200, (9, 26))
    b = a // 2 + rng.integers(0, 50, a.shape)
    grain = max(offset // 2**18, 1)
    a, b = (
        np.minimum(image * grain + offset, 65535 if dtype == "uint16" else np.inf).astype(dtype) for image in (a, b)
    )
    values = twins.run("coloc2", a, b)
    run = EngineRun("coloc2", "", {"regression": "costes"}, values, twins.printed("coloc2", values))
    found = compare_run(run, Standard(a, b, None), Twin(values, dict(run.printed)), DIFFERENCES)
    assert [row for row in found if row.verdict in FAILURES] == []


def test_digits_that_do_not_cancel_explain_nothing() -> None:
    """On ordinary pixels rounding reaches no further than the last digits."""
    a, b = np.random.default_rng(1).integers(0, 200, (2, 9, 26)).astype(np.uint8)
    values = twins.run("coloc2", a, b)
    values["pearson"] += 1e-6
    run = EngineRun("coloc2", "", {"regression": "costes"}, {"pearson": values["pearson"]})
    (row,) = compare_run(run, Standard(a, b, None), Twin(values), DIFFERENCES)
    assert row.verdict is Verdict.UNDOCUMENTED
