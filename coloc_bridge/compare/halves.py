"""A set validated in two processes: on a fresh machine most of the time goes into compiling, one engine at a time."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from coloc_bridge.compare.fitness import known_errors
from coloc_bridge.compare.model import CaseResult, Validation
from coloc_bridge.compare.validation import validate_part, validate_set
from coloc_bridge.engines import registry

# For fewer cases the second process costs more than it saves.
_ENOUGH = 5


def validate_set_in_halves(
    folder: Path | None,
    cases: Sequence[str] | None,
    engines: Sequence[str] | None,
    timeout: float | None,
    progress: Callable[[int, int, str], None],
) -> Validation:
    """Do as `validate_set`, the first engine in a process of its own where that pays."""
    names = tuple(registry.recordable()) if engines is None else tuple(engines)
    few = cases is not None and len(cases) < _ENOUGH
    if few or len(names) < 2 or (os.cpu_count() or 1) < 2:
        return validate_set(folder, cases=cases, engines=names, timeout=timeout, progress=progress)
    # A forked child would inherit locks of threads it does not have.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        first = pool.submit(validate_part, folder, cases, names[:1], timeout=timeout, only_engines=True)
        second = validate_set(folder, cases=cases, engines=names[1:], timeout=timeout, progress=progress)
        return _joined(first.result(), second)


def _joined(first: Validation, second: Validation) -> Validation:
    pairs = zip(first.cases, second.cases, strict=True)
    return replace(second, cases=tuple(_joined_case(*pair) for pair in pairs))


def _joined_case(first: CaseResult, second: CaseResult) -> CaseResult:
    # What is said of the pixels alone is in the second only. The tests of engines stand together, behind the first.
    comparisons = first.comparisons + second.comparisons
    return replace(
        second,
        runs=first.runs + second.runs,
        comparisons=comparisons,
        significance=(*second.significance[:1], *first.significance, *second.significance[1:]),
        # The standard's is in both.
        marks=first.marks + second.marks[1:],
        known=known_errors(second.findings, comparisons),
    )
