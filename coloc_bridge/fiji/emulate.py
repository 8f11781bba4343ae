"""What the engines of Fiji say of a pair: their twins, and the engines themselves beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coloc_bridge import twins
from coloc_bridge.engines import registry
from coloc_bridge.engines.spec import load
from coloc_bridge.errors import EngineError
from coloc_bridge.fiji.commands import Progress, Result, place_of, unwatched
from coloc_bridge.fiji.diagnose import caption, regions_in_turn
from coloc_bridge.fiji.folder import named_path
from coloc_bridge.fiji.model import Pair

_OPTICS = ("microscope", "wavelength_a", "wavelength_b", "aperture")


def engine_numbers(
    pair: Pair, engine: str, *, per_slice: Any = False, progress: Progress = unwatched, **settings: Any
) -> Result:
    """Every number the engine would print, by its twin: a row for each region and quantity.

    The columns are the engine's own name of the quantity, the text it prints, and the full double. Of an engine that
    goes by a microscope's resolution, `microscope`, `wavelength_a`, `wavelength_b` and `aperture` are settings too.
    """
    rows, notes = [], list(pair.regions.notes)
    names = twins.columns(engine)
    optics = registry.spec_of(engine).choices.optics
    if optics is not None:
        chosen = {name: settings.pop(name) for name in _OPTICS if name in settings}
        depth, _, width = pair.a.pixel_size
        resolution, sentence = load(optics)((depth, width), pair.a.unit, **chosen)
        settings |= resolution
        notes.append(sentence)
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        try:
            values = twins.run(engine, part.a, part.b, mask=mask, **settings)
        except EngineError as error:
            notes.append(f"{caption(pair, label, part)}: {error}")
            continue
        texts = twins.printed(engine, values)
        place = place_of(pair, label, part)
        for quantity, name in names.items():
            if quantity in values:
                printed = {"quantity": name.strip(), "printed": texts.get(quantity, "")}
                rows.append(printed | {"value": float(values[quantity])} | place)
    return Result(rows, tuple(notes))


def comparison(pair: Pair, *, per_slice: Any = False, progress: Progress = unwatched) -> Result:
    """`compare_engines` of every region: a row for each coefficient, a column for each engine or its twin.

    Notes say how the numbers of each engine came about; the reason of a difference is in its row.
    """
    from coloc_bridge.compare import compare_engines

    rows: list[dict[str, Any]] = []
    notes = dict.fromkeys(pair.regions.notes)
    for part, label, mask in regions_in_turn(pair, per_slice, progress):
        table = compare_engines(part.a, part.b, mask)
        place = place_of(pair, label, part)
        rows += [
            {str(name): value for name, value in row.items()} | place
            for row in table.reset_index().to_dict("records")
        ]
        notes |= {f"{column}: {source}": None for column, source in table.attrs["sources"].items()}
    return Result(rows, tuple(notes))


def cross_validate(pair: Pair, folder: Any = None, *, progress: Progress = unwatched) -> tuple[Result, Path]:
    """Run the engines of this Fiji on the pair, beside the standard and the twins.

    Parameters
    ----------
    folder : path, optional
        Where the report goes; a temporary folder by default.

    Returns
    -------
    Result
        A row for each number, as `coloc_bridge.compare.listing` lays it out; a summary comes first.
    Path
        The HTML report.
    """
    from tempfile import mkdtemp

    from coloc_bridge.compare import validate
    from coloc_bridge.compare.listing import listed, summary
    from coloc_bridge.report.write import write_report

    engines = [engine for engine in registry.BUILT_IN.values() if engine.in_scripts]
    if pair.a.pixels.shape[0] > 1:
        titles = " and ".join(engine.title for engine in engines)
        raise ValueError(f"{titles} know no time points: duplicate one time point (Image > Duplicate...)")
    part = pair.parts()[0]
    progress(0, 2)
    validation = validate(
        part.a, part.b, mask=part.regions.covered(), engines=[engine.name for engine in engines], name=pair.title
    )
    progress(1, 2)
    page = write_report(validation, named_path(folder) or mkdtemp(prefix="coloc-bridge-"))
    rows = [summary(validation), *listed(validation)]
    progress(2, 2)
    missing = [f"{run.engine}: {run.missing}" for case in validation.cases for run in case.runs if run.missing]
    return Result(rows, (*missing, f"the report is {page}")), page
