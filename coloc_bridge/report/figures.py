"""The two figures of a case, as PNG for embedding."""

import base64
import io
from typing import TYPE_CHECKING

from coloc_bridge.compare import CaseResult
from coloc_bridge.report import names, plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Engine and variant -> marker; shapes tell them apart in print and for colour-blind readers.
_MARKERS = {
    ("coloc2", ""): ("o", "#0072B2"),
    ("coloc2", "bisection"): ("s", "#56B4E9"),
    ("jacop", ""): ("^", "#D55E00"),
    ("biop", "costes_auto_threshold"): ("D", "#CC79A7"),
}


def overview_png(result: CaseResult) -> str:
    """Channels and overlay, base64."""
    case = result.case
    return _png(plots.channel_overview(case.a, case.b, mask=case.mask))


def cytofluorogram_png(result: CaseResult) -> str:
    """Joint histogram with the Costes line, and the thresholds of the standard and of the engines; base64."""
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
        marker = _MARKERS.get((run.engine, run.variant))
        if marker and run.costes_thresholds:
            shape, colour = marker
            label = f"{names.run(run.engine, run.variant)}: {_pair(run.costes_thresholds)}"
            style = {"linestyle": "none", "markersize": 7, "markeredgecolor": colour, "clip_on": False}
            axes.plot(*run.costes_thresholds, marker=shape, markerfacecolor="none", label=label, **style)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    for legend in list(figure.legends):
        legend.remove()
    figure.legend(loc="outside lower center", ncols=2, fontsize=7.5, frameon=False)


def _pair(thresholds: tuple[float, float]) -> str:
    return f"{thresholds[0]:.5g}, {thresholds[1]:.5g}"


def _png(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
