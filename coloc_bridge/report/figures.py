"""The two figures of a case, as PNG for embedding."""

import base64
import io
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from coloc_bridge.compare import CaseResult
from coloc_bridge.engines.registry import described
from coloc_bridge.report import names, plots

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
    return _png(plots.channel_overview(case.a, case.b, mask=case.mask))


def _cytofluorogram(result: CaseResult) -> str:
    """The joint histogram with the Costes line, and the thresholds of the standard and of the engines."""
    case = result.case
    slope, intercept = result.line
    figure = plots.cytofluorogram(
        case.a,
        case.b,
        mask=case.mask,
        slope=slope,
        intercept=intercept,
        threshold_a=result.thresholds[0],
        threshold_b=result.thresholds[1],
    )
    _mark_engines(figure, result)
    return _png(figure)


def _mark_engines(figure: "Figure", result: CaseResult) -> None:
    """Mark where the thresholds of each engine meet, and name them in the legend."""
    axes = figure.axes[0]
    limits = axes.get_xlim(), axes.get_ylim()
    for run in result.runs:
        marker = described(run.engine).markers.get(run.variant)
        if marker and run.costes_thresholds:
            inside = all(low <= t <= high for t, (low, high) in zip(run.costes_thresholds, limits, strict=True))
            pair = "{:.5g}, {:.5g}".format(*run.costes_thresholds)
            label = f"{names.run(run.engine, run.variant)}: {pair}{'' if inside else ' (outside)'}"
            style: dict[str, Any] = {
                "linestyle": "none",
                "markersize": 7,
                "markerfacecolor": "none",
                "markeredgecolor": marker.colour,
            }
            axes.plot(*run.costes_thresholds, marker=marker.shape, label=label, **style)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    for legend in list(figure.legends):
        legend.remove()
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower center", ncols=2, fontsize=7.5, frameon=False)


def _png(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
