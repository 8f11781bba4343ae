"""Work that is shared with a second process: nothing is lost, done twice or out of order, whatever becomes of it."""

import os
from collections import Counter
from pathlib import Path

import pytest

from coloc_bridge.compare import validate_set
from coloc_bridge.compare.two import both_ends, from_both_ends, second_process
from coloc_bridge.compare.validation import validate_shared
from coloc_bridge.report.pictures import draw, of_case

IDS = ["few-levels-8bit", "partial-12bit", "squares-shift-1", "constant-b-8bit", "float-unit"]


def where(number: int) -> tuple[int, int]:
    return number, os.getpid()


def from_behind(number: int) -> tuple[int, int]:
    return -number, os.getpid()


def dies_elsewhere(given: tuple[int, int]) -> int:
    number, home = given
    if os.getpid() != home:
        os._exit(1)
    return number


def refuses_seven(number: int) -> int:
    if number == 7:
        raise ValueError("no 7")
    return number


def test_all_is_done_once_in_order_by_both() -> None:
    begun: list[int] = []
    with second_process() as second:
        found = from_both_ends(where, range(200), second, begun=begun.append)
    assert [number for number, _ in found] == list(range(200))
    assert Counter(begun) == Counter(range(200))
    at = [process for _, process in found]
    assert at[0] == os.getpid()
    here = at.count(os.getpid())
    assert at == [os.getpid()] * here + [at[-1]] * (200 - here)  # from both ends


def test_the_second_process_may_work_in_another_order() -> None:
    with second_process() as second:
        found = from_both_ends(where, range(200), second, elsewhere=from_behind)
    assert all(process == os.getpid() or number < 0 for number, process in found)
    assert [abs(number) for number, _ in found] == list(range(200))


def test_what_a_dead_process_had_is_done_here() -> None:
    with second_process() as second:
        found = from_both_ends(dies_elsewhere, [(number, os.getpid()) for number in range(50)], second)
    assert found == list(range(50))


@pytest.mark.parametrize("alone", [True, False])
def test_an_error_is_the_callers(alone: bool) -> None:
    with second_process(1 if alone else None) as second, pytest.raises(ValueError, match="no 7"):
        from_both_ends(refuses_seven, range(8), second)


def test_the_order_of_both_ends_has_each_once() -> None:
    for count in range(9):
        assert sorted(both_ends(range(count))) == list(range(count))


def test_a_set_is_the_same_in_two_processes(tmp_path: Path) -> None:
    """Compared as texts: NaN equals NaN there."""
    asked = {"cases": IDS, "engines": ["coloc2", "jacop"]}
    told: list[tuple[int, int]] = []
    with second_process() as second:
        shared, pictures = validate_shared(
            second, None, **asked, progress=lambda done, total, name: told.append((done, total)), shown=of_case
        )
    alone = validate_set(**asked)
    assert [case.case.id for case in shared.cases] == IDS
    for ours, theirs in zip(shared.cases, alone.cases, strict=True):
        for field in ("runs", "comparisons", "line", "thresholds", "changes", "significance", "marks", "findings"):
            assert repr(getattr(ours, field)) == repr(getattr(theirs, field)), field
    assert pictures == draw(alone.cases)
    assert sorted(told) == [(done, len(IDS)) for done in range(len(IDS))]
