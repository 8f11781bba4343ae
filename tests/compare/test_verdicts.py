"""Which verdict which numbers get."""

import math
from dataclasses import replace

import numpy as np
import pytest

from coloc_bridge import twins
from coloc_bridge.compare import Cell, Comparison, Verdict, validate
from coloc_bridge.compare.differences import load_differences
from coloc_bridge.compare.standard import Standard
from coloc_bridge.compare.verdicts import Twin, compare_run
from coloc_bridge.engines.biop.other_width import lowest_sse
from coloc_bridge.engines.equality import close
from coloc_bridge.engines.jacop.other_fit import FIT
from coloc_bridge.engines.protocol import EngineRun

pytestmark = pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineWouldThrow")
RNG = np.random.default_rng(7)
A = RNG.integers(0, 60, (24, 30)).astype(np.uint8)
B = (A // 2 + RNG.integers(0, 30, A.shape)).astype(np.uint8)
DIFFERENCES = load_differences()


def twin_of(engine: str, a=A, b=B, **settings) -> tuple[EngineRun, Twin]:
    """A run that gives exactly what the twin gives."""
    values = twins.run(engine, a, b, **settings)
    printed = twins.printed(engine, values)
    run = EngineRun(engine, "", settings, values, printed if engine != "biop" else {})
    return run, Twin(values, printed)


def rows(run: EngineRun, twin: Twin, differences=DIFFERENCES, a=A, b=B) -> list[Comparison]:
    return list(compare_run(run, Standard(a, b, None), twin, differences))


def verdict(run: EngineRun, twin: Twin, quantity: str, thresholds: str = "", **more) -> Verdict:
    found = [row for row in rows(run, twin, **more) if (row.quantity, row.thresholds) == (quantity, thresholds)]
    return found[0].verdict


@pytest.mark.parametrize(
    ("x", "y", "same"),
    [
        (1.0, 1.0 + 9e-10, True),
        (1.0, 1.0 + 2e-9, False),
        (1e-12, 2e-12, True),
        (0.0, 2e-9, False),
        (1e9, 1e9 + 0.9, True),
        (1e9, 1e9 + 2, False),
        (math.nan, math.nan, True),
        (math.nan, 0.0, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e308, False),
        ((1.0, math.nan), (1.0, math.nan), True),
        ((1.0, 2.0), (1.0,), False),
        ((1.0,), 1.0, False),
    ],
)
def test_close(x, y, same: bool) -> None:
    assert close(x, y) is same
    assert close(y, x) is same


@pytest.mark.parametrize(
    ("engine", "quantity", "thresholds", "expected"),
    [
        ("coloc2", "pearson", "", Verdict.EQUAL),
        ("coloc2", "slope", "", Verdict.EXPLAINED),
        ("coloc2", "threshold_a", "", Verdict.EXPLAINED),
        ("coloc2", "tm1", "engine", Verdict.EXPLAINED),
        ("coloc2", "pearson_below", "", Verdict.REPRODUCED),
        ("jacop", "overlap", "", Verdict.EQUAL),
        ("jacop", "cytofluorogram_slope", "", Verdict.REPRODUCED),
        ("jacop", "costes_m1", "own", Verdict.EXPLAINED),
        ("jacop", "ccf_curve_float32", "", Verdict.EQUAL),
        ("biop", "spearman", "", Verdict.EQUAL),
        ("biop", "area_a", "", Verdict.REPRODUCED),
    ],
)
def test_of_what_the_twin_gives(engine: str, quantity: str, thresholds: str, expected: Verdict) -> None:
    assert verdict(*twin_of(engine), quantity, thresholds) is expected


@pytest.mark.parametrize("engine", ["coloc2", "jacop", "biop"])
def test_a_changed_number_disagrees(engine: str) -> None:
    run, twin = twin_of(engine)
    for quantity, value in run.values.items():
        wrong = tuple(np.array(value) + 1e-6) if isinstance(value, tuple) else value + 1e-6 * max(1, abs(value))
        changed = replace(run, values={**run.values, quantity: wrong})
        # Of a fit, another end is right if it is as good: see below.
        if not np.isnan(value).any() and not quantity.startswith(FIT):
            failed = {row.quantity for row in rows(changed, twin) if row.verdict is Verdict.DISAGREES}
            assert failed == {quantity}


def test_a_changed_letter_disagrees() -> None:
    run, twin = twin_of("jacop")
    for quantity, text in run.printed.items():
        if quantity.startswith(FIT):
            continue
        changed = replace(run, printed={**run.printed, quantity: text + "0"})
        assert {row.quantity for row in rows(changed, twin) if row.verdict is Verdict.DISAGREES} == {quantity}


def test_without_an_entry_a_difference_is_undocumented() -> None:
    run, twin = twin_of("coloc2")
    without = [entry for entry in DIFFERENCES if entry.id != "coloc2-first-pixel-left-out"]
    assert verdict(run, twin, "slope", differences=without) is Verdict.UNDOCUMENTED


def test_an_entry_explains_only_what_it_causes() -> None:
    """The standard of another image in place of the right one: integer overflow cannot be the reason for that."""
    run, twin = twin_of("jacop")
    row = next(row for row in rows(run, twin, a=A + 1) if row.quantity == "overlap")
    assert row.verdict is Verdict.UNDOCUMENTED


def test_the_first_pixel_is_no_reason_where_it_is_the_mean() -> None:
    a, b = np.array([[2, 1, 2, 3]], np.uint8), np.array([[3, 1, 4, 4]], np.uint8)
    run, twin = twin_of("coloc2", a, b)
    assert verdict(run, twin, "slope", a=a, b=b) is Verdict.EQUAL
    wrong = replace(run, values={**run.values, "slope": 5.0})
    assert verdict(wrong, Twin(wrong.values, twin.printed), "slope", a=a, b=b) is Verdict.UNDOCUMENTED


def test_a_refusal_of_the_twin_disagrees_with_an_engine_that_gave_numbers() -> None:
    run, _ = twin_of("coloc2")
    assert {row.verdict for row in rows(run, Twin(refusal="no"))} == {Verdict.DISAGREES}


@pytest.mark.parametrize(
    ("thrown", "twin", "expected"),
    [
        ("java.lang.ArithmeticException: / by zero", ("throws java.lang.ArithmeticException: / by zero",), "–"),
        ("java.lang.ArithmeticException: / by zero", (), "DISAGREES"),
        ("TimedOut: did not finish in 60 s", (), "–"),
    ],
)
def test_what_threw(thrown: str, twin: tuple[str, ...], expected: str) -> None:
    run = EngineRun("jacop", "", {}, {}, exceptions={"CostesAutoThr": thrown})
    (row,) = rows(run, Twin(thrown=twin))
    assert row.verdict is (Verdict.DISAGREES if expected == "DISAGREES" else Verdict.NOT_COMPARABLE)
    assert thrown in row.note


@pytest.mark.parametrize(
    ("engine", "twin", "expected"),
    [
        ((), (), Verdict.REPRODUCED),
        (("y-intercept far from zero",), ("y-intercept far from zero",), Verdict.REPRODUCED),
        (("y-intercept far from zero",), (), Verdict.DISAGREES),
    ],
)
def test_warnings(engine: tuple[str, ...], twin: tuple[str, ...], expected: Verdict) -> None:
    run, ours = twin_of("coloc2")
    assert verdict(replace(run, warnings=engine), replace(ours, warnings=twin), "warnings") is expected


def test_thresholded_quantities_stand_side_by_side_twice() -> None:
    run, twin = twin_of("coloc2")
    found = {row.thresholds: row for row in rows(run, twin) if row.quantity == "tm1"}
    pixels, engine = Standard(A, B, None), (run.values["threshold_a"], run.values["threshold_b"])
    assert found["own"].standard.value == A[pixels.thresholds[1] < B].sum() / A.sum()
    assert found["engine"].standard.value == A[engine[1] < B].sum() / A.sum()
    assert found["own"].recorded == found["engine"].recorded


def test_an_undefined_value_printed_as_a_number_is_not_equal() -> None:
    b = np.full_like(A, 7)
    run, twin = twin_of("jacop", b=b)
    row = next(row for row in rows(run, twin, b=b) if row.quantity == "pearson")
    assert math.isnan(row.standard.value)
    assert row.recorded.text == "0.0"
    assert row.reasons == ("jacop-nan-prints-zero",)


def test_a_whole_number_is_no_cut_off_one() -> None:
    """A threshold of 0.4 is not JACoP's threshold 0, although cutting digits off would make it so."""
    run, twin = twin_of("jacop")
    row = next(row for row in rows(run, twin) if row.quantity == "costes_threshold_a")
    assert row.standard.text == str(int(row.standard.value))
    printed = {**run.printed, "costes_threshold_a": row.standard.text}
    changed = replace(run, values={}, printed=printed)
    ours = Twin({**twin.values, "costes_threshold_a": float(row.standard.text)}, changed.printed)
    assert verdict(changed, ours, "costes_threshold_a") is Verdict.EXPLAINED


def test_difference_is_engine_minus_standard() -> None:
    row = Comparison("jacop", "", "k1", "", Cell(0.25), Cell(text="0.5"), Cell(), Verdict.EXPLAINED)
    assert row.difference == 0.25
    assert replace(row, recorded=Cell((1.0, 2.0))).difference is None


def test_an_engine_that_is_missing_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("COLOC_BRIDGE_FIJI", str(tmp_path / "no-fiji"))
    result = validate(A, B, engines=["coloc2"])
    assert result.ok
    # Its twin is compared in its place.
    assert {row.verdict for row in result.comparisons} == {Verdict.EQUAL, Verdict.EXPLAINED, Verdict.NOT_COMPARABLE}
    assert all(run.missing for run in result.cases[0].runs)
    row = next(row for row in result.comparisons if row.quantity == "slope")
    assert row.recorded == Cell()
    assert row.twin.value == twins.coloc2(A, B)["slope"]
    assert row.reasons == ("coloc2-first-pixel-left-out",)


def test_an_engine_of_another_package_has_no_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(name, a, b, **settings):
        values = {"pearson": twins.coloc2(a, b)["pearson"], "icq": 7.0, "brightness": 3.0}
        return EngineRun(name, "", {}, values, {"pearson": "0.5"})

    monkeypatch.setattr("coloc_bridge.engines.run", other)
    monkeypatch.setattr("coloc_bridge.engines.registry.recordable", lambda: ["other"])
    result = validate(A, B, engines=["other"])
    assert result.ok
    assert {row.quantity: row.verdict for row in result.comparisons} == {
        "pearson": Verdict.EQUAL,
        "icq": Verdict.NOT_COMPARABLE,
        "brightness": Verdict.NOT_COMPARABLE,
    }


def test_a_wrong_call() -> None:
    with pytest.raises(ValueError, match="shape mismatch"):
        validate(A, B[1:])
    with pytest.raises(ValueError, match="unknown engine 'imaris'; known: coloc2, jacop, biop"):
        validate(A, B, engines=["imaris"])


FOUND = {
    "size": 2,
    "centroid": [1.5, 1.0, 1.0],
    "centre_of_mass": [1.6, 1.0, 1.0],
    "bb_tl": [1, 1, 1],
    "int_dens": 5.0,
}


@pytest.mark.parametrize(
    ("number", "box", "expected"),
    [(1, [2, 1, 1], Verdict.REPRODUCED), (2, [2, 1, 1], Verdict.DISAGREES), (1, [3, 1, 1], Verdict.DISAGREES)],
)
def test_objects_one_by_one(number: int, box: list[int], expected: Verdict) -> None:
    a = np.zeros((4, 5), np.uint8)
    a[1, 1:3] = 2, 3
    listed = {"n": number, "first": [FOUND | {"bb_br": box}]}
    run = EngineRun("jacop", "", {"threshold_a": 1, "threshold_b": 1}, {}, objects={"a": listed})
    (row,) = rows(run, Twin(), a=a, b=a)
    assert (row.quantity, row.verdict) == ("objects_a", expected)


@pytest.mark.parametrize(
    ("width", "expected"),
    [("9.0", Verdict.REPRODUCED), ("3.0", Verdict.DISAGREES)],
    ids=["the engine's fit is worse", "the engine's fit is better"],
)
def test_another_fit_is_right_if_it_is_at_least_as_good(width: str, expected: Verdict) -> None:
    shifts = tuple(map(float, range(-5, 6)))
    curve = tuple(math.exp(-(x**2) / 18) for x in shifts)
    printed = {"ccf_fit_a": "0.0", "ccf_fit_b": "1.0", "ccf_fit_c": "0.0", "ccf_fit_d": width}
    run = EngineRun("jacop", "", {"max_shift": 5}, {"ccf_shifts": shifts, "ccf_curve_float32": curve}, printed)
    ours = {"ccf_fit_a": 0.0, "ccf_fit_b": 1.0, "ccf_fit_c": 0.0, "ccf_fit_d": 3.5}
    assert verdict(run, Twin(ours, {**printed, "ccf_fit_d": "3.5"}), "ccf_fit_d") is expected


SPIKE = np.random.default_rng(3).integers(0, 200, (40, 60)).astype(np.uint8)


@pytest.mark.parametrize(
    ("width", "expected"),
    [(0.25, Verdict.REPRODUCED), (3.0, Verdict.REPRODUCED), (0.5, Verdict.DISAGREES)],
    ids=["as narrow", "the engine's fit is worse", "the engine's fit is better"],
)
def test_a_width_alone_is_right_if_it_fits_at_least_as_well(width: float, expected: Verdict) -> None:
    """Noise against itself correlates at one shift only: whatever Gaussian is narrower than a pixel fits that."""
    ours = 2.0 if expected is Verdict.DISAGREES else 0.1
    run = EngineRun("biop", "", {"max_shift": 10}, {"ccf_fwhm": width})
    assert verdict(run, Twin({"ccf_fwhm": ours}), "ccf_fwhm", a=SPIKE, b=SPIKE) is expected


@pytest.mark.parametrize("fwhm", [0.7, 2.0, 9.0])
def test_the_least_sum_of_squares_of_a_width_is_that_of_a_free_fit_at_its_optimum(fwhm: float) -> None:
    x = np.arange(-10, 11)
    sigma = fwhm / (2 * math.sqrt(2 * math.log(2)))
    y = 0.2 - 0.6 * np.exp(-((x - 1.37) ** 2) / (2 * sigma**2))
    assert lowest_sse(fwhm, x, y) == pytest.approx(0, abs=1e-9)
    assert lowest_sse(2 * fwhm, x, y) > 1e-3


def test_fits_that_differ_by_rounding_alone_are_as_good() -> None:
    """Through a single point goes every Gaussian: the rest of one is 0, of another the square of a last bit."""
    shifts, curve = (-1.0, 0.0, 1.0), (math.nan, 1.0, math.nan)
    printed = {"ccf_fit_a": "1.0", "ccf_fit_b": "1.0", "ccf_fit_c": "68.0375", "ccf_fit_d": "19.19921"}
    run = EngineRun("jacop", "", {"max_shift": 1}, {"ccf_shifts": shifts, "ccf_curve_float32": curve}, printed)
    last_bit = math.nextafter(1.0, 0.0)
    ours = {"ccf_fit_a": last_bit, "ccf_fit_b": last_bit, "ccf_fit_c": -35.7645, "ccf_fit_d": 58.59371}
    assert verdict(run, Twin(ours, {**printed, "ccf_fit_d": "58.59371"}), "ccf_fit_d") is Verdict.REPRODUCED
