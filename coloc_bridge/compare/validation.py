"""Validation of a pair, or of a set with recorded runs: standard, engine and twin side by side."""

import platform
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge import shipped, twins
from coloc_bridge.compare.differences import Difference, load_differences
from coloc_bridge.compare.model import CaseResult, RunInfo, Validation
from coloc_bridge.compare.standard import Standard, engine_pixels
from coloc_bridge.compare.verdicts import Twin, compare_run, searched_thresholds
from coloc_bridge.engines import recorded
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case
from coloc_bridge.errors import EngineError, EngineWouldThrow
from coloc_bridge.inputs import as_pair

ENGINES = twins.ENGINES


def validate(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    engines: Iterable[str] = ENGINES,
    fiji: str | Path | None = None,
    name: str = "images",
) -> Validation:
    """Run engines on a pair and put their numbers beside the standard's and the twins'.

    An engine that cannot run here is no error: standard and twin stand side by side, and the verdict of the rows is
    ``not comparable`` with the reason.

    Parameters
    ----------
    a, b : array_like
        The two channels, one shape.
    mask : array_like of bool, optional
        The pixels to analyse. JACoP knows no mask: the outside is set to 0 for it.
    engines : iterable of str
        Out of ``coloc2``, ``jacop``, ``biop``.
    fiji : path, optional
        Folder of the Fiji to use; see `coloc_bridge.engines.run`.
    name : str
        What to call the pair in the report.

    Returns
    -------
    Validation
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    case = Case(name, "", {}, image_a, image_b, inside)
    differences = load_differences()
    runs = [_live(engine, case, fiji, {}) for engine in _known(engines)]
    return Validation((_compare_case(case, runs, differences),), differences, _provenance())


def validate_set(
    folder: Path | None = None,
    *,
    cases: Sequence[str] | None = None,
    engines: Iterable[str] = ENGINES,
    progress: Callable[[str], None] = lambda case: None,
) -> Validation:
    """Validate against the recorded runs of a set.

    Parameters
    ----------
    folder : Path, optional
        A folder in the layout of `coloc_bridge.engines.recorded`; the shipped set by default.
    cases : sequence of str, optional
        Which cases; all by default.
    engines : iterable of str
        Whose recorded runs.
    progress : callable
        Is told the name of each case when its turn comes.

    Raises
    ------
    ValueError
        If there is no such case or engine, or a file of the set was changed.
    """
    folder = folder or shipped.validation_folder()
    names, differences = _known(engines), load_differences()
    results = []
    for case_id in recorded.case_ids(folder) if cases is None else cases:
        progress(case_id)
        case = recorded.read_case(folder, case_id)
        runs = [run for engine in names for run in recorded.read_runs(folder, engine, case)]
        results.append(_compare_case(case, runs, differences))
    return Validation(tuple(results), differences, _provenance() | {"validation set": folder.name})


def _compare_case(case: Case, runs: Sequence[EngineRun], differences: Sequence[Difference]) -> CaseResult:
    pixels: dict[str, Standard] = {}
    comparisons = []
    for run in runs:
        if run.engine not in pixels:
            pixels[run.engine] = Standard(*engine_pixels(run.engine, case.a, case.b, case.mask))
        comparisons += compare_run(run, pixels[run.engine], _twin(run, pixels[run.engine]), differences)
    standard = pixels.get("coloc2") or Standard(case.a, case.b, case.mask)
    infos = tuple(
        RunInfo(run.engine, run.variant, run.settings, run.versions, run.warnings, searched_thresholds(run), run.seconds)
        for run in runs
    )
    return CaseResult(case, infos, tuple(comparisons), standard.line, standard.thresholds)


def _twin(run: EngineRun, pixels: Standard) -> Twin:
    if run.engine not in twins.ENGINES:
        return Twin(refusal=f"{run.engine} has no twin")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            values = twins.run(run.engine, pixels.a, pixels.b, mask=pixels.mask, **run.settings)
        except EngineError as error:
            return Twin(refusal=str(error))
    remarks = tuple(str(item.message) for item in caught if issubclass(item.category, EngineWouldThrow))
    return Twin(values, twins.printed(run.engine, values), thrown=remarks)


def _live(engine: str, case: Case, fiji: str | Path | None, settings: dict[str, Any]) -> EngineRun:
    from coloc_bridge import engines

    a, b, mask = engine_pixels(engine, case.a, case.b, case.mask)
    masked = {} if mask is None else {"mask": mask}
    try:
        return engines.run(engine, a, b, fiji=fiji, **masked, **settings)
    except EngineError as error:
        return EngineRun(engine, "", settings, values={}, exceptions={"run": str(error)})


def _known(engines: Iterable[str]) -> tuple[str, ...]:
    names = (engines,) if isinstance(engines, str) else tuple(engines)
    for name in names:
        if name not in ENGINES:
            raise ValueError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    return names


def _provenance() -> dict[str, str]:
    return {
        "coloc_bridge": metadata.version("coloc-bridge"),
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(terse=True),
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
