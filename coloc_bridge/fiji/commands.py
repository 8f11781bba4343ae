"""The metrics of a pair as a table: plain arrays in, plain Python values out. Nothing here knows of Java."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coloc_bridge.analysis import ALL_METRICS, analyse_pairwise
from coloc_bridge.fiji.model import Channel, Pair, Part
from coloc_bridge.masking.named import NamedRegions
from coloc_bridge.measures import METRICS, remark_on_p_values

Row = dict[str, Any]
Progress = Callable[[int, int], bool]
"""Is told (done, total); False stops the command."""


def unwatched(done: int, total: int) -> bool:
    """The progress of a command that nobody watches."""
    return True


class Cancelled(Exception):
    """The user stopped a command."""


@dataclass(frozen=True)
class Result:
    """Rows of one table, and sentences for the log: why a value is undefined, what was left out."""

    rows: list[Row]
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        return list(self.rows[0]) if self.rows else []


def chosen(**ticked: Any) -> list[str]:
    """The names whose box is ticked, e.g. ``chosen(pcc=pearson, srcc=spearman)``."""
    names = [name for name, on in ticked.items() if bool(on)]
    if not names:
        raise ValueError("no metric is ticked: choose at least one")
    return names


def colocalization(
    pair: Pair,
    *,
    metrics: Sequence[str] = ALL_METRICS,
    threshold_method: Any = "costes",
    threshold_a: Any = 0.0,
    threshold_b: Any = 0.0,
    per_slice: Any = False,
    per_timepoint: Any = False,
    progress: Progress = unwatched,
) -> Result:
    """`analyse_pairwise` of every region of a pair; `slice` and `timepoint` are counted from 1, as ImageJ does.

    The two thresholds count for the method "manual" alone.
    """
    rows: list[Row] = []
    notes = list(pair.regions.notes)
    size = pair.a.pixels.shape
    parts = pair.parts(per_timepoint=bool(per_timepoint) and size[0] > 1, per_slice=bool(per_slice) and size[1] > 1)
    for done, part in enumerate(parts, start=1):
        if not progress(done, len(parts)):
            raise Cancelled("stopped by the user")
        warnings: list[str] = []
        rows += _measured(part, pair, warnings, metrics, str(threshold_method), threshold_a, threshold_b)
        where = "".join(f"{words}, " for words in part.words())
        notes += [where + warning for warning in warnings]
    if not rows:
        raise ValueError("no region has a pixel inside the image: nothing to measure")
    notes += filter(None, [remark_on_p_values(rows)])
    return Result(rows, tuple(notes))


def channel_pairs(channels: Sequence[Channel], regions: NamedRegions, **options: Any) -> Result:
    """`colocalization` of every pair of channels of one image, in the order (1, 2), (1, 3), ..., (2, 3), ..."""
    results = [
        colocalization(Pair(a, b, regions), **options) for i, a in enumerate(channels) for b in channels[i + 1 :]
    ]
    notes = dict.fromkeys(note for result in results for note in result.notes)
    return Result([row for result in results for row in result.rows], tuple(notes))


def plain(value: Any) -> Any:
    """Values for Appose, whose JSON knows neither numpy's numbers nor NaN: NaN becomes None, infinity text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _measured(
    part: Part,
    pair: Pair,
    warnings: list[str],
    metrics: Sequence[str],
    method: str,
    threshold_a: Any,
    threshold_b: Any,
) -> list[Row]:
    manual = method == "manual"
    measured = analyse_pairwise(
        part.a,
        part.b,
        regions=part.regions,
        metrics=metrics,
        threshold_method=method,
        threshold_a=float(threshold_a) if manual else None,
        threshold_b=float(threshold_b) if manual else None,
        channel_a=pair.a.name,
        channel_b=pair.b.name,
        region_warnings=warnings,
    )
    wanted = ["n_pixels", *(column for key in metrics for column in METRICS[key].column_names)]
    return [place_of(pair, row["region"], part) | {column: row[column] for column in wanted} for row in measured]


def place_of(pair: Pair, label: int, part: Part) -> Row:
    """The first columns of a row: region, time point, slice and channels."""
    names = {"channel_a": pair.a.name, "channel_b": pair.b.name}
    return {"region": int(label), "region_name": pair.regions.name(label), **part.place, **names}
