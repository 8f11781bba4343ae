"""The two figures of a case, as PNG for embedding."""

import base64
import io
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from coloc_bridge.compare import CaseResult
from coloc_bridge.engines.registry import described
from coloc_bridge.plots import Mark, cytofluorogram
from coloc_bridge.plots.canvas import sheet
from coloc_bridge.plots.pictures import overview
from coloc_bridge.report import names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# For fewer cases another process costs more than it saves.
_ENOUGH = 5


def draw(results: Sequence[CaseResult], processes: int = 1) -> list[tuple[str, str]]:
    """For each case the picture of its channels and its cytofluorogram, as base64 PNG."""
    if processes < 2 or len(results) < _ENOUGH:
        return [_pair(result) for result in results]
    # Started afresh: a forked child would inherit locks of threads it does not have.
    with ProcessPoolExecutor(processes - 1, mp_context=multiprocessing.get_context("spawn")) as pool:
        # This process takes its share while the others start.
        own = len(results) // processes + 1
        others = [pool.submit(_pair, result) for result in results[own:]]
        return [*(_pair(result) for result in results[:own]), *(other.result() for other in others)]


def _pair(result: CaseResult) -> tuple[str, str]:
    return _overview(result), _cytofluorogram(result)


def _overview(result: CaseResult) -> str:
    case = result.case
    return _png(overview(case.a, case.b, case.mask))


def _cytofluorogram(result: CaseResult) -> str:
    """The joint histogram with the Costes line, and the thresholds of the standard and of the engines."""
    case = result.case
    figure, (ax,) = sheet(1, size=(5.2, 4.6))
    line, thresholds = result.line, result.thresholds
    cytofluorogram(case.a, case.b, case.mask, line=line, thresholds=thresholds, marks=marks(result), ax=ax)
    return _png(figure)


def marks(result: CaseResult) -> list[Mark]:
    """Where the thresholds of each engine meet, in its colour and shape."""
    found = []
    for run in result.runs:
        marker = described(run.engine).markers.get(run.variant)
        if marker and run.costes_thresholds:
            label = names.run(run.engine, run.variant)
            found.append(Mark(label, *run.costes_thresholds, colour=marker.colour, shape=marker.shape))
    return found


def _png(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
