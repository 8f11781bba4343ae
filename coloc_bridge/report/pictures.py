"""The pictures of a case: drawn by `coloc_bridge.plots`, as WebP for the page and as SVG or PDF for a paper."""

import base64
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge import files, texts
from coloc_bridge.compare import CaseResult
from coloc_bridge.compare.model import SignificanceTest, ThresholdMark
from coloc_bridge.engines.registry import described
from coloc_bridge.inputs import Array
from coloc_bridge.plots.surfaces import COLUMNS
from coloc_bridge.report import names
from coloc_bridge.report.model import Picture
from coloc_bridge.report.sheets import Sheets

if TYPE_CHECKING:
    from coloc_bridge.plots import Mark

MANY = 60
"""From so many cases on pictures are fewer and coarser, so that a page of hundreds still opens at once."""
_LEFT_OUT = ("ica", "ccf", "null-1", "null-2", "surface")
"""Of many cases."""
_LINE = 0.17
"""Height of a line of a legend, in inches."""
_SHEETS = Sheets()


@dataclass(frozen=True)
class _Drawing:
    name: str
    caption: str
    alt: str
    size: tuple[float, float]
    """Inches."""
    margins: tuple[float, float, float, float]
    """Inches left, right, below and above the axes: a layout that is searched for costs more than the drawing."""
    draw: Callable[[Any], object]
    """Draws on an Axes."""


def draw(results: Sequence[CaseResult]) -> tuple[tuple[Picture, ...], ...]:
    """Draw the pictures of each case."""
    return tuple(of_case(result, len(results)) for result in results)


def of_case(result: CaseResult, cases: int) -> tuple[Picture, ...]:
    """Draw the pictures of one of so many cases."""
    if not result.case.a.size:
        return ()
    coarse = cases >= MANY
    wanted = [drawing for drawing in _drawings(result) if not (coarse and drawing.name in _LEFT_OUT)]
    return tuple(_picture(drawing, coarse) for drawing in wanted)


def write_figures(results: Sequence[CaseResult], folder: Path) -> int:
    """Write every picture of every case as SVG and PDF; return how many files that were.

    Raises
    ------
    ValueError
        If a case has no pixels, as after reading it from a report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for number, result in enumerate(results, 1):
        if not result.case.a.size:
            raise ValueError(f"{result.case.id}: figures are drawn from pixels, and a report holds none")
        # The number keeps apart what are one name to the file system.
        stem = texts.file_name(f"{number:03d}_{result.case.id}")
        for drawing in _drawings(result, numbers=True):
            for kind, data in _vectors(drawing):
                files.write_bytes(folder / f"{stem}_{drawing.name}.{kind}", data)
                written += 1
    return written


def _vectors(drawing: _Drawing) -> Iterator[tuple[str, bytes]]:
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=drawing.size, layout="constrained")
    drawing.draw(figure.subplots())
    # Without a date, and with names that are not drawn at random, two runs write the same file.
    with matplotlib.rc_context({"svg.hashsalt": drawing.name}):
        for kind, date in (("svg", "Date"), ("pdf", "CreationDate")):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata={date: None})
            yield kind, buffer.getvalue()


def _picture(drawing: _Drawing, coarse: bool) -> Picture:
    from PIL import Image

    kind = drawing.name.partition("-")[0]
    pixels = _SHEETS.drawn(kind, drawing.draw, drawing.size, drawing.margins, dpi=44 if coarse else 110)
    drawn = Image.fromarray(pixels)
    packed = io.BytesIO()
    drawn.save(packed, "WEBP", quality=40 if coarse else 82, method=2)
    data = base64.b64encode(packed.getvalue()).decode("ascii")
    return Picture(drawing.name, drawing.caption, drawing.alt, *drawn.size, data)


def _drawings(result: CaseResult, *, numbers: bool = False) -> Iterator[_Drawing]:
    """What there is to draw of a case that has pixels; with the numbers that stand in a table of the page."""
    from coloc_bridge import plots

    case, facts = result.case, result.case.facts
    pair: tuple[Array, Array, Array | None] = (case.a, case.b, case.mask)
    name_a, name_b = (texts.shortened(texts.visible(name), 24) for name in facts.names)
    called: dict[str, Any] = {"name_a": name_a, "name_b": name_b}
    sizes = {axis.upper(): size for axis, size in facts.pixel_size.items()}
    look: dict[str, Any] = {
        **called,
        "regions": list(case.regions) or None,
        **({"pixel_size": sizes, "unit": facts.unit} if sizes else {}),
    }
    marks = [_mark(result, mark) for mark in result.marks if mark.engine]
    height = _height(case.a.shape)
    legend = _LINE * (3 + len(marks))
    inside = "; the yellow outline bounds the pixels analysed" if case.mask is not None else ""
    yield _Drawing(
        "channels",
        f"The channels with their display ranges{inside}.",
        f"{name_a} in green and {name_b} in magenta, side by side",
        (6.6, height + 0.35),
        (0.02, 0.02, 0.02, 0.33),
        lambda ax: plots.channels(*pair, **look, ax=ax),
    )
    yield _Drawing(
        "overlay",
        "Overlay, white where both are bright.",
        f"{name_a} in green over {name_b} in magenta",
        (3.3, height + 0.35),
        (0.02, 0.02, 0.02, 0.33),
        lambda ax: plots.overlay(*pair, **look, ax=ax),
    )
    yield _Drawing(
        "above",
        "Pixels above the standard’s Costes thresholds: what counts for M1, for M2, and for both.",
        f"Which pixels are above the thresholds {_both(result.thresholds)}: both white, {name_a} alone green, "
        f"{name_b} alone magenta",
        (3.3, height + 0.95),
        (0.02, 0.02, 0.62, 0.33),
        lambda ax: plots.overlay(*pair, **look, thresholds=result.thresholds, ax=ax),
    )
    yield _Drawing(
        "cytofluorogram",
        "Cytofluorogram with the line and thresholds of the standard and of every engine.",
        f"How many pixels have which intensities; line B = {result.line[0]:.4g} A + {result.line[1]:.4g}, thresholds "
        f"{_both(result.thresholds)}; {_spoken(result.marks)}",
        (4.6, 3.6 + legend),
        (0.6, 0.75, 0.55 + legend, 0.1),
        lambda ax: plots.cytofluorogram(
            *pair, line=result.line, thresholds=result.thresholds, marks=marks, **called, ax=ax
        ),
    )
    yield _Drawing(
        "ica",
        "Li’s intensity correlation: pixels right of the line vary together.",
        f"Intensities of {name_a} and of {name_b} against the product of their differences from the means",
        (6.4, 3.1),
        (0.6, 0.1, 0.5, 0.3),
        lambda ax: plots.ica(*pair, **called, ax=ax),
    )
    yield _Drawing(
        "ccf",
        "Van Steensel’s cross-correlation: Pearson’s r against a shift along X.",
        f"Pearson’s r of {name_a} and {name_b} for shifts from −20 to 20 pixels",
        (3.6, 3.3),
        (0.6, 0.1, 0.7, 0.45),
        lambda ax: plots.ccf(*pair, boundary="crop", **called, ax=ax),
    )
    for number, test in enumerate(_with_null(result.significance), 1):
        yield _null(number, test)
    if any(math.isfinite(mark.m1[0]) for mark in result.marks):
        legend = _LINE * (3 + len(marks) if numbers else -(-(1 + len(marks)) // COLUMNS))
        yield _Drawing(
            "surface",
            "M1 and M2 at every pair of thresholds; a box reaches 5 % of the thresholds to either side"
            f"{'' if numbers else ', and the numbers are in a table below'}.",
            "M1 and M2 as colours over the thresholds of both channels, with the thresholds that were found",
            (8.4, 3.5 + legend),
            (0.6, 0.5, 0.55 + legend, 0.35),
            lambda ax: plots.threshold_surface(
                *pair, levels=64, quantities=("m1", "m2"), marks=[_mark(result, mark) for mark in result.marks],
                numbers=numbers, **called, ax=ax,
            ),
        )  # fmt: skip


def _with_null(tests: Sequence[SignificanceTest]) -> list[SignificanceTest]:
    """One of the standard and one of an engine: the table has them all."""
    of_standard = [test for test in tests if test.null and not test.engine]
    of_engines = [test for test in tests if test.null and test.engine]
    return [*of_standard[:1], *of_engines[:1]]


def _null(number: int, test: SignificanceTest) -> _Drawing:
    from coloc_bridge import plots

    found: dict[str, Any] = {"null": test.null, "observed": test.observed, "p_value": test.p}
    if not test.engine:
        found["min_shift"] = None  # those of the standard are of shifted images, and are called so
    title = names.of_test(test)
    return _Drawing(
        f"null-{number}",
        f"What chance gives, by {title}, and the correlation observed.",
        f"Histogram of {len(test.null)} correlations drawn by {title}; observed is {test.observed:.4g}",
        (3.6, 3.1),
        (0.6, 0.1, 0.5, 0.3),
        lambda ax: plots.randomization(found, title=title, ax=ax),
    )


def _mark(result: CaseResult, mark: ThresholdMark) -> "Mark":
    """As figures know it: with the engine's own line, colour and shape."""
    from coloc_bridge.plots import Mark

    label = names.run(mark.engine, mark.variant) if mark.engine else "standard"
    look = described(mark.engine).markers.get(mark.variant) if mark.engine else None
    slope, intercept = (_given(result, mark, quantity) for quantity in ("slope", "intercept"))
    colour, shape = (look.colour, look.shape) if look else ("", "")
    return Mark(label, *mark.thresholds, slope, intercept, colour, shape, mark.m1, mark.m2)


def _given(result: CaseResult, mark: ThresholdMark, quantity: str) -> float:
    rows = (row for row in result.comparisons if (row.engine, row.variant) == (mark.engine, mark.variant))
    found = next((row for row in rows if row.quantity == quantity), None)
    number = (
        None if found is None else found.recorded.number if found.recorded.number is not None else found.twin.number
    )
    return math.nan if number is None else number


def _height(shape: tuple[int, ...]) -> float:
    """Of a pane 3.2 inches wide with its title."""
    rows, columns = (*([1] * (2 - len(shape))), *shape)[-2:]
    return min(max(3.2 * rows / max(columns, 1), 1.6), 6.4)


def _both(pair: tuple[float, float]) -> str:
    return "{:.5g} and {:.5g}".format(*pair)


def _spoken(marks: Sequence[ThresholdMark]) -> str:
    found = [f"{names.run(mark.engine, mark.variant)} {_both(mark.thresholds)}" for mark in marks if mark.engine]
    return f"thresholds of {', '.join(found)}" if found else "no engine gave thresholds"
