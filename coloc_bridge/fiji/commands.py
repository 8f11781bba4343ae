"""What each menu command computes: a pair in, rows of plain Python values out. Nothing here knows of Java."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coloc_bridge.analysis import ALL_METRICS, METRIC_COLUMNS, analyse_pairwise
from coloc_bridge.diagnostics import costes_randomization, li_ica, van_steensel_ccf
from coloc_bridge.fiji.pair import Channel, Pair, Part, Regions
from coloc_bridge.inputs import Array
from coloc_bridge.metrics import costes_regression, costes_threshold

Row = dict[str, Any]
AXES = {"X": -1, "Y": -2, "Z": -3}


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
    per_frame: Any = False,
) -> Result:
    """`analyse_pairwise` of every region of a pair; `slice` and `frame` are counted from 1, as ImageJ does.

    The two thresholds count for the method "manual" alone.
    """
    rows: list[Row] = []
    notes = list(pair.regions.notes)
    size = pair.a.pixels.shape
    for part in pair.parts(per_frame=bool(per_frame) and size[0] > 1, per_slice=bool(per_slice) and size[1] > 1):
        warnings: list[str] = []
        rows += _measured(part, pair, warnings, metrics, str(threshold_method), threshold_a, threshold_b)
        where = "".join(f"{axis} {number}, " for axis, number in part.place.items())
        notes += [where + warning for warning in warnings]
    if not rows:
        raise ValueError("no region has a pixel inside the image: nothing to measure")
    return Result(rows, tuple(notes))


def channel_pairs(channels: Sequence[Channel], regions: Regions, **options: Any) -> Result:
    """`colocalization` of every pair of channels of one image, in the order (1, 2), (1, 3), ..., (2, 3), ..."""
    results = [
        colocalization(Pair(a, b, regions), **options) for i, a in enumerate(channels) for b in channels[i + 1 :]
    ]
    notes = dict.fromkeys(note for result in results for note in result.notes)
    return Result([row for result in results for row in result.rows], tuple(notes))


def randomization(
    pair: Pair, *, rounds: Any = 200, block_size: Any = 8, seed: Any = 1, per_slice: Any = False
) -> tuple[Result, list[tuple[str, dict[str, Any]]]]:
    """Costes' randomization of every region; the second value holds each region's null distribution."""
    rows, curves = [], []
    for part, label, mask in _regions(pair, per_slice):
        outcome = costes_randomization(
            part.a, part.b, mask, n_iter=int(rounds), block_size=int(block_size), seed=int(seed)
        )
        null = outcome["null"]
        spread = {"null_mean": float(np.mean(null)), "null_sd": float(np.std(null))}
        figures = {name: float(outcome[name]) for name in ("observed", "p_value", "z_score")}
        rows.append(_place(pair, label, part) | figures | spread | {"rounds": int(rounds)})
        curves.append((_caption(pair, label, part), outcome))
    return Result(rows, pair.regions.notes), curves


def ccf(
    pair: Pair, *, max_shift: Any = 20, axis: Any = "X", boundary: Any = "wrap", per_slice: Any = False
) -> tuple[Result, list[tuple[str, Array, Array]]]:
    """Van Steensel's cross-correlation of every region; the second value holds the curves.

    Shifts are in pixels and in the unit of the image; B moved by +s against A peaks at -s.
    """
    index = AXES[str(axis)]
    step = pair.a.pixel_size[index]
    rows, curves = [], []
    for part, label, mask in _regions(pair, per_slice):
        if part.a.ndim < -index:
            raise ValueError("the image has a single slice, or is analysed per slice: shift along X or Y")
        shifts, values = van_steensel_ccf(
            part.a,
            part.b,
            mask,
            max_shift=int(max_shift),
            axis=index,
            boundary=str(boundary),  # type: ignore[arg-type]
        )
        place = _place(pair, label, part)
        for shift, value in zip(shifts.tolist(), values.tolist(), strict=True):
            rows.append(place | {"shift": shift, f"shift ({pair.a.unit})": shift * step, "ccf": value})
        curves.append((_caption(pair, label, part), shifts, values))
    return Result(rows, pair.regions.notes), curves


def ica(pair: Pair, *, per_slice: Any = False) -> tuple[Result, list[tuple[str, dict[str, Any]]]]:
    """Li's intensity correlation analysis of every region; the second value holds what its plots need."""
    rows, plots = [], []
    for part, label, mask in _regions(pair, per_slice):
        outcome = li_ica(part.a, part.b, mask)
        products = outcome["products"]
        signs = {"positive": int((products > 0).sum()), "negative": int((products < 0).sum())}
        rows.append(
            _place(pair, label, part) | {"n_pixels": int(products.size), "icq": float(outcome["icq"])} | signs
        )
        plots.append((_caption(pair, label, part), outcome))
    return Result(rows, pair.regions.notes), plots


def cytofluorogram(pair: Pair) -> tuple[Result, list[tuple[str, dict[str, Any]]]]:
    """Costes line and thresholds of every region; the second value holds the arguments of the plot of each."""
    rows, plots = [], []
    for part, label, mask in _regions(pair, False):
        slope, intercept = costes_regression(part.a, part.b, mask)
        threshold_a, threshold_b = costes_threshold(part.a, part.b, mask)
        line = {"slope": slope, "intercept": intercept, "threshold_a": threshold_a, "threshold_b": threshold_b}
        rows.append(_place(pair, label, part) | line)
        names = {"name_a": pair.a.name, "name_b": pair.b.name}
        plots.append((_caption(pair, label, part), {"a": part.a, "b": part.b, "mask": mask} | line | names))
    return Result(rows, pair.regions.notes), plots


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
        label_mask=part.labels,
        metrics=metrics,
        threshold_method=method,
        threshold_a=float(threshold_a) if manual else None,
        threshold_b=float(threshold_b) if manual else None,
        channel_a=pair.a.name,
        channel_b=pair.b.name,
        region_warnings=warnings,
    )
    wanted = ["n_pixels", *(column for key in metrics for column in METRIC_COLUMNS[key])]
    return [_place(pair, row["region"], part) | {column: row[column] for column in wanted} for row in measured]


def _regions(pair: Pair, per_slice: Any) -> Iterator[tuple[Part, int, Any]]:
    """Every region of every time point: the diagnostics never mix frames."""
    size = pair.a.pixels.shape
    for part in pair.parts(per_frame=size[0] > 1, per_slice=bool(per_slice) and size[1] > 1):
        for label, mask in part.masks():
            yield part, label, mask


def _place(pair: Pair, label: int, part: Part) -> Row:
    names = {"channel_a": pair.a.name, "channel_b": pair.b.name}
    return {"region_name": pair.regions.name(label), "region": int(label), **part.place, **names}


def _caption(pair: Pair, label: int, part: Part) -> str:
    return ", ".join([pair.regions.name(label), *(f"{axis} {number}" for axis, number in part.place.items())])
