"""Validation of a pair, or of a set with recorded runs: standard, engine and twin side by side."""

import itertools
import platform
import warnings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge import shipped
from coloc_bridge.compare.differences import Difference, known_differences
from coloc_bridge.compare.fitness import findings_of, known_errors
from coloc_bridge.compare.marks import marks_of_runs
from coloc_bridge.compare.model import CaseResult, Cell, Change, RunInfo, Validation
from coloc_bridge.compare.runs import Runner, Runs
from coloc_bridge.compare.side_by_side import significance_tests
from coloc_bridge.compare.standard import Standard
from coloc_bridge.compare.two import both_ends, from_both_ends
from coloc_bridge.compare.verdicts import Twin, compare_run, searched_thresholds, stand_in
from coloc_bridge.engines import TIMEOUT, drift, recorded, registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case, ImageFile, PairFacts
from coloc_bridge.engines.spec import PixelRule, as_given, load
from coloc_bridge.errors import EngineError, EngineWouldThrow
from coloc_bridge.inputs import as_pair
from coloc_bridge.pixels.areas import Area


def validate(
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    engines: Iterable[str] | None = None,
    fiji: str | Path | None = None,
    timeout: float | None = TIMEOUT,
    name: str = "images",
    what: str = "",
    files: Mapping[str, ImageFile] | None = None,
    regions: Sequence[tuple[str, Area]] = (),
) -> Validation:
    """Run engines on a pair and put their numbers beside the standard's and the twins'.

    An engine that cannot run here is no error: the standard is compared with what its twin says it would give, and
    the run says why it is ``missing``.

    Parameters
    ----------
    a, b : array_like
        The two channels, one shape.
    mask : array_like of bool, optional
        The pixels to analyse. JACoP knows no mask: the outside is set to 0 for it.
    engines : iterable of str, optional
        Out of those that `coloc_bridge.engines.names` tells; all by default, those of other packages among them.
    fiji : path, optional
        Folder of the Fiji to use; see `coloc_bridge.engines.run`.
    timeout : float or None, optional
        Seconds an engine may take for one run.
    name : str
        What to call the pair in the report.
    what : str
        What else the report says of the pair, without a full stop.
    files : mapping, optional
        Where the images come from, for the report.
    regions : sequence of (name, area), optional
        Those of which `mask` is made; the report outlines them.

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
    facts = PairFacts.of(image_a, inside, **recorded.look_of(a, b))
    case = Case(name, what, files or {}, image_a, image_b, inside, regions, facts)
    names = _known(engines)
    differences = known_differences(names)
    live = Runner(fiji, timeout)
    runs = [run for engine in names for run in live.of_pair(engine, case)]
    return Validation((_compare_case(case, runs, differences, live=names),), differences, _provenance())


def validate_set(
    folder: Path | None = None,
    *,
    cases: Sequence[str] | None = None,
    engines: Iterable[str] | None = None,
    fiji: str | Path | None = None,
    timeout: float | None = TIMEOUT,
    progress: Callable[[int, int, str], None] | None = None,
) -> Validation:
    """Validate against the recorded runs of a set, or against live ones that repeat them.

    Engines that need no Fiji are run wherever they are installed; for the others, and where one is missing, the
    recorded runs stand.

    Parameters
    ----------
    folder : Path, optional
        A folder in the layout of `coloc_bridge.engines.recorded`; the shipped set by default.
    cases : sequence of str, optional
        Which cases; all by default.
    engines : iterable of str, optional
        Whose runs; all by default.
    fiji : path, optional
        Fiji in which to repeat every recorded run. Live numbers take the engine's place, and what differs from the
        recorded ones is listed as a change. A recorded run that gave nothing is not tried again.
    timeout : float or None, optional
        Seconds a live engine may take for one run.
    progress : callable, optional
        Is told, before each case, how many are done, how many there are, and its name.

    Raises
    ------
    ValueError
        If there is no such case or engine, or a file of the set was changed.
    """
    return validate_shared(None, folder, cases, engines, fiji, timeout, progress)[0]


def validate_shared(
    second: Executor | None,
    folder: Path | None,
    cases: Sequence[str] | None,
    engines: Iterable[str] | None,
    fiji: str | Path | None = None,
    timeout: float | None = TIMEOUT,
    progress: Callable[[int, int, str], None] | None = None,
    shown: Callable[[CaseResult, int], Any] | None = None,
) -> tuple[Validation, tuple[Any, ...]]:
    """Do as `validate_set`, sharing the cases with a second process.

    Whoever has judged a case makes what is `shown` of it, told how many cases there are: else both would wait for the
    slowest engine before they begin with that. It is returned beside the validation, a value for each case.
    """
    folder = folder or shipped.validation_folder()
    names = _known(engines)
    differences = known_differences(names)
    ids = recorded.case_ids(folder) if cases is None else cases
    # The kind of pixels of the first case first: on a fresh machine the two processes compile for different kinds.
    kinds = recorded.pixel_types(folder, ids)
    order = sorted(range(len(ids)), key=lambda case: kinds[case] != kinds[0])
    taken = order if second is None else both_ends(order)
    told = itertools.count()

    def begun(case: int) -> None:
        if progress:
            progress(next(told), len(ids), ids[case])

    with Runner(fiji, timeout).of_set(folder, names, [ids[case] for case in taken]) as waiting:
        runs_of = dict(zip(taken, waiting, strict=True))
        judged = from_both_ends(
            partial(_judged, differences, shown, len(ids), 1),
            order,
            second,
            # The runs of a case from the last: what one process has compiled by then, the other need not.
            elsewhere=partial(_judged, differences, shown, len(ids), -1),
            ready=lambda case: runs_of[case](),
            begun=begun,
        )
    results = dict(zip(order, judged, strict=True))
    in_order = [results[case] for case in range(len(ids))]
    provenance = _provenance() | {"validation set": folder.name}
    return Validation(tuple(case for case, _ in in_order), differences, provenance), tuple(of for _, of in in_order)


def _judged(
    differences: Sequence[Difference],
    shown: Callable[[CaseResult, int], Any] | None,
    cases: int,
    step: int,
    given: tuple[Case, Runs],
) -> tuple[CaseResult, Any]:
    case, runs = given
    result = _compare_case(case, runs.now, differences, live=runs.live, step=step)
    result = replace(result, changes=tuple(_changes(runs)))
    return result, () if shown is None else shown(result, cases)


def _changes(runs: Runs) -> Iterator[Change]:
    for old, new in runs.repeated:
        if "run" in new.exceptions and "run" not in old.exceptions:
            continue  # it gave nothing: the reason is said once, not for every number
        for quantity in dict.fromkeys(change.quantity for change in drift.changes(old, new)):
            yield Change(old.engine, old.variant, quantity, _gave(old, quantity), _gave(new, quantity))


def _gave(run: EngineRun, quantity: str) -> Cell:
    if quantity == "warnings":
        return Cell(text="; ".join(run.warnings) or "none")
    if quantity == "exceptions":
        return Cell(text="; ".join(f"{step}: {thrown}" for step, thrown in run.exceptions.items()) or "none")
    return Cell(run.values.get(quantity), run.printed.get(quantity))


def _compare_case(
    case: Case,
    runs: Sequence[EngineRun],
    differences: Sequence[Difference],
    *,
    live: Container[str],
    step: int = 1,
) -> CaseResult:
    """Compare the runs of a case, from the first or, with `step` -1, from the last."""
    pixels: dict[PixelRule, Standard] = {}
    found = []
    own = {run.engine: [entry for entry in differences if entry.engine == run.engine] for run in runs}
    for run in runs[::step]:
        # Without a mask every engine takes the same pixels.
        rule = as_given if case.mask is None else registry.described(run.engine).pixels
        if rule not in pixels:
            pixels[rule] = Standard(*rule(case.a, case.b, case.mask))
        twin = twin_of(run, pixels[rule])
        compared = list(compare_run(run, pixels[rule], twin, own[run.engine]))
        found.append((compared, _info(run, twin, run.engine in live)))
    comparisons = [row for rows, _ in found[::step] for row in rows]
    infos = [info for _, info in found[::step]]
    standard = pixels.get(as_given) or Standard(case.a, case.b, case.mask)
    findings = findings_of(case)
    return CaseResult(
        case,
        tuple(infos),
        tuple(comparisons),
        standard.line,
        standard.thresholds,
        significance=significance_tests(runs, standard),
        marks=tuple(marks_of_runs(standard, infos)),
        findings=findings,
        known=known_errors(findings, comparisons),
    )


def _info(run: EngineRun, twin: Twin, live: bool) -> RunInfo:
    return RunInfo(
        run.engine,
        run.variant,
        run.settings,
        run.versions,
        run.warnings,
        searched_thresholds(stand_in(run, twin)),
        run.exceptions.get("run", ""),
        run.seconds,
        live and "run" not in run.exceptions,
    )


def twin_of(run: EngineRun, pixels: Standard) -> Twin:
    """What the twin gives for the settings of a run, on the pixels as the engine takes them."""
    twin = registry.described(run.engine).twin
    if twin is None:
        return Twin(exists=False)
    pair = {"a": pixels.a, "b": pixels.b, "mask": pixels.mask}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            values = dict(load(twin.run)(**pair, **run.settings))
        except (EngineError, ValueError) as error:
            return Twin(refusal=str(error))
    remarks = tuple(str(item.message) for item in caught if issubclass(item.category, EngineWouldThrow))
    warned = None if twin.warnings is None else tuple(load(twin.warnings)(**pair, **run.settings))
    printed = {} if twin.printed is None else load(twin.printed)(values)
    return Twin(values, printed, thrown=remarks, warnings=warned)


def _known(engines: Iterable[str] | None) -> tuple[str, ...]:
    known = registry.recordable()
    if engines is None:
        return tuple(known)
    names = (engines,) if isinstance(engines, str) else tuple(engines)
    for name in names:
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
