"""The rules of verdicts as tables: what stands beside what, and what follows."""

import math

import numpy as np
import pytest

from coloc_bridge.compare import FAILURES, Cell, Verdict
from coloc_bridge.compare.differences import load_differences
from coloc_bridge.compare.standard import Standard
from coloc_bridge.compare.verdicts import Twin, _equal, _judge, compare_run, same, searched_thresholds, stand_in
from coloc_bridge.engines.protocol import EngineRun

IMAGE = np.arange(12, dtype=np.uint8).reshape(3, 4)
PIXELS = Standard(IMAGE, IMAGE[::-1], None)
NONE = Cell()


def judged(standard, recorded, ours, *, entries=(), **twin) -> tuple[Verdict, str]:
    run = EngineRun("coloc2", "", {}, {})
    values = {} if ours.value is None else {"pearson": ours.value}
    printed = {} if ours.text is None else {"pearson": ours.text}
    return _judge(run, PIXELS, "pearson", standard, recorded, Twin(values, printed, **twin), entries)


@pytest.mark.parametrize(
    ("standard", "recorded", "ours", "entries", "verdict"),
    [
        (Cell(0.5), Cell(0.5), Cell(0.5), (), Verdict.EQUAL),
        (Cell(0.5), Cell(0.5), Cell(0.5), ("why",), Verdict.EQUAL),
        (Cell(0.5), Cell(0.6), Cell(0.6), ("why",), Verdict.EXPLAINED),
        (Cell(0.5), Cell(0.6), Cell(0.6), (), Verdict.UNDOCUMENTED),
        (NONE, Cell(0.6), Cell(0.6), (), Verdict.REPRODUCED),
        (NONE, Cell(0.6), Cell(0.6), ("why",), Verdict.REPRODUCED),
        (NONE, Cell(0.6), Cell(0.7), (), Verdict.DISAGREES),
        (Cell(0.5), Cell(0.6), Cell(0.7), ("why",), Verdict.DISAGREES),
        (Cell(0.5), Cell(0.5), Cell(0.7), (), Verdict.DISAGREES),
        (Cell(0.5), Cell(0.5), NONE, (), Verdict.DISAGREES),
        (Cell(0.5), Cell(0.5, "0.50"), Cell(0.5, "0.5"), (), Verdict.DISAGREES),
        (Cell(0.5), Cell(None, "0.6"), Cell(0.6, "0.6"), ("why",), Verdict.EXPLAINED),
    ],
)
def test_a_verdict_follows_from_standard_engine_and_twin(standard, recorded, ours, entries, verdict) -> None:
    assert judged(standard, recorded, ours, entries=entries) == (verdict, "")


def test_a_twin_that_refuses_what_its_engine_took() -> None:
    note = "the engine took this input, its twin does not: too large"
    assert judged(Cell(0.5), Cell(0.5), NONE, refusal="too large") == (Verdict.DISAGREES, note)


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (0.5, (Verdict.EQUAL, "")),
        (0.6, (Verdict.NOT_COMPARABLE, "the engine has no twin that could say why")),
    ],
)
@pytest.mark.parametrize("refusal", ["", "there is none"])
def test_an_engine_without_a_twin_never_fails(recorded, expected, refusal) -> None:
    assert judged(Cell(0.5), Cell(recorded), NONE, exists=False, refusal=refusal) == expected


def test_failures_are_the_two_verdicts_in_capitals() -> None:
    assert set(FAILURES) == {verdict for verdict in Verdict if verdict.value.isupper()}


@pytest.mark.parametrize(
    ("recorded", "ours", "expected"),
    [
        (Cell(0.5), Cell(0.5), True),
        (Cell(0.5), Cell(0.5 + 1e-10, "0.5"), True),
        (Cell(0.5), Cell(0.5 + 1e-8), False),
        (Cell(0.5), Cell(None, "0.5"), False),
        (Cell(None, "0.5"), Cell(0.7, "0.5"), True),
        (Cell(None, "0.5"), Cell(0.5), False),
        (Cell(0.5, "0.5"), Cell(0.5, "0.50"), False),
        (Cell(0.5, "0.5"), Cell(0.6, "0.5"), False),
        (Cell(math.nan), Cell(math.nan), True),
        (NONE, Cell(0.5, "0.5"), True),
    ],
)
def test_what_the_engine_gave_in_every_form_it_gave(recorded, ours, expected) -> None:
    assert same(recorded, ours) is expected


@pytest.mark.parametrize(
    ("standard", "recorded", "ours", "expected"),
    [
        # Full doubles decide where there are any.
        (Cell(0.5), Cell(0.5), NONE, True),
        (Cell(0.5), Cell(0.6), Cell(0.5), False),
        (Cell(0.5, "0.5"), Cell(0.6, "0.5"), Cell(0.5), False),
        # A text without decimals is a whole number, not one cut off.
        (Cell(3.0, "3"), Cell(None, "3"), NONE, True),
        (Cell(3.4, "3"), Cell(None, "3"), NONE, False),
        (Cell(3.4, "3"), Cell(None, "3"), Cell(3.4), False),
        # One with decimals is compared as text, or by the twin's full double.
        (Cell(0.1239, "0.123"), Cell(None, "0.123"), NONE, True),
        (Cell(0.1239, "0.124"), Cell(None, "0.123"), NONE, False),
        (Cell(0.1239, "0.124"), Cell(None, "0.123"), Cell(0.1239), True),
        (Cell(0.1239, "0.124"), Cell(None, "0.123"), Cell(0.1230), False),
        # What is undefined is no number that the engine prints for it.
        (Cell(math.nan), Cell(math.nan), NONE, True),
        (Cell(math.nan), Cell(math.nan, "NaN"), NONE, True),
        (Cell(math.nan), Cell(math.nan, "0.0"), Cell(math.nan), False),
        (Cell(math.nan), Cell(None, "0.0"), Cell(math.nan), False),
        (NONE, Cell(0.5), Cell(0.5), False),
    ],
)
def test_what_a_user_reads_as_the_same(standard, recorded, ours, expected) -> None:
    assert _equal(standard, recorded, ours) is expected


def rows(run: EngineRun, twin: Twin) -> dict[tuple[str, str], tuple[Verdict, tuple[str, ...], str]]:
    found = compare_run(run, PIXELS, twin, load_differences())
    return {(row.quantity, row.thresholds): (row.verdict, row.reasons, row.note) for row in found}


def test_an_entry_is_named_where_it_explains_and_only_there() -> None:
    """Not where the number is equal, and not where the twin gives another."""
    wrong = EngineRun("coloc2", "", {}, {"slope": 7.0})
    reason = ("coloc2-first-pixel-left-out",)
    assert rows(wrong, Twin({"slope": 7.0}))["slope", ""] == (Verdict.EXPLAINED, reason, "")
    assert rows(wrong, Twin({"slope": 8.0}))["slope", ""] == (Verdict.DISAGREES, (), "")
    right = EngineRun("coloc2", "", {}, {"slope": PIXELS.line[0]})
    assert rows(right, Twin(right.values))["slope", ""] == (Verdict.EQUAL, (), "")


def test_the_twin_of_a_missing_engine_is_compared_with_the_standard() -> None:
    """What differs has the engine's reason; what the standard has not, nothing to be compared with."""
    missing = EngineRun("coloc2", "", {}, {"old": 1.0}, exceptions={"run": "no Fiji"}, warnings=("w",))
    twin = Twin({"slope": 7.0, "pearson": PIXELS.pearson, "spearman": 7.0, "max_a": 3.0}, warnings=("another",))
    nothing = "the engine did not run, and the standard has no such quantity"
    assert rows(missing, twin) == {
        ("slope", ""): (Verdict.EXPLAINED, ("coloc2-first-pixel-left-out",), ""),
        ("pearson", ""): (Verdict.EQUAL, (), ""),
        ("spearman", ""): (Verdict.UNDOCUMENTED, (), ""),
        ("max_a", ""): (Verdict.NOT_COMPARABLE, (), nothing),
    }
    assert all(row.recorded == Cell() for row in compare_run(missing, PIXELS, twin, load_differences()))
    assert stand_in(missing, twin).values == twin.values
    there = EngineRun("coloc2", "", {}, {"old": 1.0}, exceptions={"a step": "no"})
    assert stand_in(there, twin) is there


@pytest.mark.parametrize("reason", ["java.lang.X: y", "Coloc 2 threw on cells: java.lang.X: y"])
def test_what_an_engine_ended_itself_is_not_compared_with_the_numbers_of_its_twin(reason) -> None:
    run = EngineRun("coloc2", "", {}, {}, exceptions={"run": reason})
    note = "the engine gave nothing, its twin gives this"
    assert rows(run, Twin({"slope": 7.0})) == {("slope", ""): (Verdict.NOT_COMPARABLE, (), note)}
    asked = EngineRun("coloc2", "", {}, {}, exceptions={"run": "no java.exe was found"})
    assert rows(asked, Twin({"slope": 7.0}))["slope", ""][0] is Verdict.EXPLAINED


@pytest.mark.parametrize(
    ("thrown", "twin", "verdict"),
    [
        ("java.lang.X: y", Twin(thrown=("z", "it throws java.lang.X: y here")), Verdict.NOT_COMPARABLE),
        ("java.lang.X: y", Twin(refusal="java.lang.X: y"), Verdict.NOT_COMPARABLE),
        ("java.lang.X: y", Twin(refusal="java.lang.Z"), Verdict.DISAGREES),
        ("java.lang.X: y", Twin(), Verdict.DISAGREES),
        ("java.lang.X: y", Twin(exists=False), Verdict.NOT_COMPARABLE),
        ("did not end in time", Twin(), Verdict.NOT_COMPARABLE),
    ],
)
def test_a_step_without_numbers(thrown, twin, verdict) -> None:
    found = rows(EngineRun("jacop", "", {}, {}, exceptions={"Costes": thrown}), twin)
    assert found == {("Costes", ""): (verdict, (), f"The engine gave no numbers in this step: {thrown}.")}


@pytest.mark.parametrize(
    ("run", "kinds"),
    [
        (EngineRun("coloc2", "", {}, {"tm1": 0.5, "threshold_a": 3.0, "threshold_b": 4.0}), ["own", "engine"]),
        (EngineRun("coloc2", "", {}, {"tm1": 0.5}), ["own"]),
        (EngineRun("jacop", "", {"threshold_a": 3, "threshold_b": 4}, {"m1_thresholded": 0.5}), ["given"]),
        (EngineRun("coloc2", "", {}, {"pearson": 0.5}), [""]),
    ],
)
def test_at_which_thresholds_the_standard_is_taken(run, kinds) -> None:
    quantity = next(iter(run.values))
    assert [kind for name, kind in rows(run, Twin(run.values)) if name == quantity] == kinds


@pytest.mark.parametrize(
    ("engine", "expected"),
    [("coloc2", (3.0, 4.0)), ("biop", None), ("jacop", None)],
)
def test_thresholds_that_a_search_of_the_engine_ended_at(engine, expected) -> None:
    assert searched_thresholds(EngineRun(engine, "", {}, {"threshold_a": 3.0, "threshold_b": 4.0})) == expected


def test_what_a_search_does_explains_the_rows_at_own_thresholds_alone() -> None:
    """At the engine's thresholds both sides count above the same pair."""
    run = EngineRun("coloc2", "", {"regression": "costes"}, {"tm1": 0.123, "threshold_a": 3.0, "threshold_b": 4.0})
    rising = Standard(IMAGE, IMAGE + IMAGE % 3, None)
    found = [row for row in compare_run(run, rising, Twin(run.values), load_differences()) if row.quantity == "tm1"]
    named = {row.thresholds: "coloc2-costes-integer-steps" in row.reasons for row in found}
    assert named == {"own": True, "engine": False}
