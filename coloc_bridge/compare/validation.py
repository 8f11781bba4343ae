"""Validation of a pair, or of a set with recorded runs: standard, engine and twin side by side."""

import platform
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge import shipped, twins
from coloc_bridge.compare.differences import Difference, load_differences
from coloc_bridge.compare.model import CaseResult, Cell, Change, Comparison, RunInfo, Validation
from coloc_bridge.compare.standard import Standard, engine_pixels
from coloc_bridge.compare.verdicts import Twin, compare_run, same, searched_thresholds, stand_in
from coloc_bridge.engines import TIMEOUT, recorded
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case, ImageFile
from coloc_bridge.errors import EngineError, EngineWouldThrow
from coloc_bridge.inputs import as_pair
from coloc_bridge.twins.coloc2 import warnings as coloc2_warnings

ENGINES = twins.ENGINES


def validate(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    engines: Iterable[str] = ENGINES,
    fiji: str | Path | None = None,
    timeout: float | None = TIMEOUT,
    name: str = "images",
    files: Mapping[str, ImageFile] | None = None,
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
        Out of ``coloc2``, ``jacop``, ``biop``, and those that other packages add, which have no twin.
    fiji : path, optional
        Folder of the Fiji to use; see `coloc_bridge.engines.run`.
    timeout : float or None, optional
        Seconds an engine may take for one run.
    name : str
        What to call the pair in the report.
    files : mapping, optional
        Where the images come from, for the report.

    Returns
    -------
    Validation

    Raises
    ------
    ValueError
        If shapes differ, the mask has no pixel in it, or there is no such engine.
    """
    image_a, image_b, inside = as_pair(a, b, mask)
    if inside is not None and not inside.any():
        raise ValueError(f"the mask of {name} has no pixel in it: nothing is left to compare")
    case = Case(name, "", files or {}, image_a, image_b, inside)
    differences = load_differences()
    runs = [
        _live(engine, case, fiji, timeout, settings, variant)
        for engine in _known(engines)
        for variant, settings in _runs_of(engine, case)
    ]
    return Validation((_compare_case(case, runs, differences),), differences, _provenance())


def validate_set(
    folder: Path | None = None,
    *,
    cases: Sequence[str] | None = None,
    engines: Iterable[str] = ENGINES,
    fiji: str | Path | None = None,
    timeout: float | None = TIMEOUT,
    progress: Callable[[int, int, str], None] | None = None,
) -> Validation:
    """Validate against the recorded runs of a set, or against live ones that repeat them.

    Parameters
    ----------
    folder : Path, optional
        A folder in the layout of `coloc_bridge.engines.recorded`; the shipped set by default.
    cases : sequence of str, optional
        Which cases; all by default.
    engines : iterable of str
        Whose runs.
    fiji : path, optional
        Fiji in which to repeat every recorded run. The live numbers then take the engine's place, and what differs
        from the recorded ones is listed as a change. A recorded run that gave nothing is not tried again.
    timeout : float or None, optional
        Seconds a live engine may take for one run.
    progress : callable, optional
        Is told, before each case, how many are done, how many there are, and its name.

    Raises
    ------
    ValueError
        If there is no such case or engine, or a file of the set was changed.
    """
    folder = folder or shipped.validation_folder()
    names, differences = _known(engines), load_differences()
    ids = recorded.case_ids(folder) if cases is None else cases
    results = []
    for done, case_id in enumerate(ids):
        if progress:
            progress(done, len(ids), case_id)
        case = recorded.read_case(folder, case_id)
        runs = [run for engine in names for run in recorded.read_runs(folder, engine, case)]
        if fiji is None:
            results.append(_compare_case(case, runs, differences))
        else:
            again = [
                _live(run.engine, case, fiji, timeout, run.settings, run.variant) if run.values else run
                for run in runs
            ]
            result = _compare_case(case, again, differences)
            results.append(replace(result, changes=tuple(_changes(runs, again))))
    return Validation(tuple(results), differences, _provenance() | {"validation set": folder.name})


def _changes(before: Sequence[EngineRun], after: Sequence[EngineRun]) -> Iterator[Change]:
    for old, new in zip(before, after, strict=True):
        for quantity in dict.fromkeys([*old.values, *old.printed]):
            cells = [Cell(run.values.get(quantity), run.printed.get(quantity)) for run in (old, new)]
            if not same(*cells):
                yield Change(old.engine, old.variant, quantity, *cells)


def _compare_case(case: Case, runs: Sequence[EngineRun], differences: Sequence[Difference]) -> CaseResult:
    pixels: dict[str, Standard] = {}
    comparisons: list[Comparison] = []
    infos = []
    for run in runs:
        # Without a mask every engine takes the same pixels.
        key = "" if case.mask is None else run.engine
        if key not in pixels:
            pixels[key] = Standard(*engine_pixels(run.engine, case.a, case.b, case.mask))
        twin = _twin(run, pixels[key])
        comparisons += compare_run(run, pixels[key], twin, differences)
        infos.append(_info(run, twin))
    standard = pixels.get("") or pixels.get("coloc2") or Standard(case.a, case.b, case.mask)
    return CaseResult(case, tuple(infos), tuple(comparisons), standard.line, standard.thresholds)


def _info(run: EngineRun, twin: Twin) -> RunInfo:
    return RunInfo(
        run.engine,
        run.variant,
        run.settings,
        run.versions,
        run.warnings,
        searched_thresholds(stand_in(run, twin)),
        run.exceptions.get("run", ""),
        run.seconds,
    )


def _twin(run: EngineRun, pixels: Standard) -> Twin:
    if run.engine not in twins.ENGINES:
        return Twin(exists=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            values = twins.run(run.engine, pixels.a, pixels.b, mask=pixels.mask, **run.settings)
        except (EngineError, ValueError) as error:
            return Twin(refusal=str(error))
    remarks = tuple(str(item.message) for item in caught if issubclass(item.category, EngineWouldThrow))
    warned = None
    if run.engine == "coloc2":
        warned = tuple(coloc2_warnings(pixels.a, pixels.b, mask=pixels.mask, **run.settings))
    return Twin(values, twins.printed(run.engine, values), thrown=remarks, warnings=warned)


def _runs_of(engine: str, case: Case) -> list[tuple[str, dict[str, Any]]]:
    """What to run on a pair of a user, who names no settings: variant and settings."""
    if engine == "coloc2":
        return [("", {"regression": "costes"}), ("bisection", {"regression": "bisection"})]
    # On floats BIOP JACoP's search would walk a thousand million thresholds.
    if engine == "biop" and case.a.dtype.kind != "f":
        return [("costes_auto_threshold", {"threshold_method": "costes"})]
    return [("", {})]


def _live(
    engine: str,
    case: Case,
    fiji: str | Path | None,
    timeout: float | None,
    settings: Mapping[str, Any],
    variant: str = "",
) -> EngineRun:
    from coloc_bridge import engines

    titles = tuple(case.files[role].name if role in case.files else f"{role.upper()} of {case.id}" for role in "ab")
    try:
        run = engines.run(
            engine, case.a, case.b, mask=case.mask, fiji=fiji, timeout=timeout, titles=titles, **settings
        )
    except EngineError as error:
        return EngineRun(engine, variant, settings, values={}, exceptions={"run": str(error)})
    return replace(run, variant=variant) if variant else run


def _known(engines: Iterable[str]) -> tuple[str, ...]:
    names = (engines,) if isinstance(engines, str) else tuple(engines)
    if unknown := [name for name in names if name not in ENGINES]:
        from coloc_bridge.engines import names as registered

        known = [name for name in registered() if name != "recorded"]
        for name in unknown:
            if name not in known:
                raise ValueError(f"unknown engine {name!r}; known: {', '.join(known)}")
    return names


def _provenance() -> dict[str, str]:
    return {
        "coloc_bridge": metadata.version("coloc-bridge"),
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(terse=True),
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
