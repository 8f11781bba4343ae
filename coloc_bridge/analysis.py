"""Every metric of every region of a pair, as a list of rows."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge import metrics as metric
from coloc_bridge.inputs import Array, as_pair
from coloc_bridge.thresholds import THRESHOLD_METHODS, auto_threshold

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]

ALL_METRICS = ("pcc", "srcc", "icq", "overlap", "mcc")
COLUMNS = (
    "region",
    "slice",
    "channel_a",
    "channel_b",
    "n_pixels",
    "pcc",
    "pcc_pvalue",
    "srcc",
    "srcc_pvalue",
    "icq",
    "overlap",
    "k1",
    "k2",
    "m1",
    "m2",
    "threshold_a",
    "threshold_b",
)
METRIC_COLUMNS = {
    "pcc": ("pcc", "pcc_pvalue"),
    "srcc": ("srcc", "srcc_pvalue"),
    "icq": ("icq",),
    "overlap": ("overlap", "k1", "k2"),
    "mcc": ("m1", "m2", "threshold_a", "threshold_b"),
    "ktau": ("ktau", "ktau_pvalue"),
}
"""The columns each metric key fills."""


def analyse_pairwise(
    a: ArrayLike,
    b: ArrayLike,
    *,
    label_mask: ArrayLike | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    region_warnings: list[str] | None = None,
) -> list[Row]:
    """Metrics of a pair, one row per region (and slice)."""
    image_a, image_b, _ = as_pair(a, b)
    keys = _metric_keys(metrics)
    if "mcc" in keys:
        if threshold_method not in THRESHOLD_METHODS:
            raise ValueError(
                f"unknown threshold_method {threshold_method!r}; known ones: {', '.join(THRESHOLD_METHODS)}"
            )
        if threshold_method == "manual" and (threshold_a is None or threshold_b is None):
            raise ValueError("threshold_method 'manual' needs threshold_a and threshold_b")
    labels = None if label_mask is None else np.asarray(label_mask)
    planes: list[tuple[float, Array, Array, Array | None]] = []
    if slice_axis is None:
        planes.append((math.nan, image_a, image_b, labels))
    else:
        if not -image_a.ndim <= slice_axis < image_a.ndim:
            raise ValueError(f"slice_axis {slice_axis} does not exist in an image of shape {image_a.shape}")
        for i in range(image_a.shape[slice_axis]):
            cut = labels.take(i, slice_axis) if labels is not None and labels.ndim == image_a.ndim else labels
            planes.append((i, image_a.take(i, slice_axis), image_b.take(i, slice_axis), cut))
    rows = []
    for index, plane_a, plane_b, cut in planes:
        if cut is not None and cut.shape != plane_a.shape:
            raise ValueError(f"shape mismatch: label_mask is {cut.shape}, the image is {plane_a.shape}")
        ids = [0] if cut is None else [int(v) for v in np.unique(cut) if v != 0]
        for region in ids:
            x = plane_a.ravel() if cut is None else plane_a[cut == region]
            y = plane_b.ravel() if cut is None else plane_b[cut == region]
            row: Row = dict.fromkeys(COLUMNS, math.nan)
            row |= {"region": region, "slice": index, "channel_a": channel_a, "channel_b": channel_b}
            row["n_pixels"] = x.size
            _fill(row, x, y, keys, threshold_method, threshold_a, threshold_b)
            rows.append(row)
            reason = _reason(row, x, y, keys, channel_a, channel_b)
            if reason and region_warnings is not None:
                where = f"region {region}" if slice_axis is None else f"slice {index}, region {region}"
                region_warnings.append(f"{where} ({channel_a} vs {channel_b}): {reason}")
    return rows


def _metric_keys(metrics: Iterable[str]) -> tuple[str, ...]:
    keys = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    if unknown := [key for key in keys if key not in METRIC_COLUMNS]:
        raise ValueError(f"unknown metric {unknown[0]!r}; known ones: {', '.join(METRIC_COLUMNS)}")
    return keys


def _fill(row: Row, x: Array, y: Array, keys: Sequence[str], method: str, ta: float | None, tb: float | None) -> None:
    if "pcc" in keys:
        row["pcc"], row["pcc_pvalue"] = metric.pearson(x, y)
    if "srcc" in keys:
        row["srcc"], row["srcc_pvalue"] = metric.spearman(x, y)
    if "icq" in keys:
        row["icq"] = metric.li_icq(x, y)
    if "ktau" in keys:
        row["ktau"], row["ktau_pvalue"] = metric.kendall(x, y)
    negative = bool((x < 0).any() or (y < 0).any())
    if "overlap" in keys and not negative:
        row["overlap"], row["k1"], row["k2"] = metric.overlap(x, y)
    if "mcc" in keys:
        if method == "costes":
            pair = metric.costes_threshold(x, y)
        elif method == "manual":
            assert ta is not None
            assert tb is not None
            pair = float(ta), float(tb)
        else:
            pair = auto_threshold(x, method), auto_threshold(y, method)
        row["threshold_a"], row["threshold_b"] = pair
        if not negative:
            row["m1"], row["m2"] = metric.manders(x, y, *pair)


def _reason(row: Row, x: Array, y: Array, keys: Sequence[str], name_a: str, name_b: str) -> str | None:
    columns = [c for key in keys for c in METRIC_COLUMNS[key] if not c.endswith("pvalue") and "threshold" not in c]
    if not any(math.isnan(row[c]) for c in columns):
        return None
    if x.size < 2:
        return "fewer than 2 pixels"
    reasons = []
    for name, channel in ((name_a, x), (name_b, y)):
        if undefined := int(np.count_nonzero(channel != channel)):
            reasons.append(f"channel {name!r} has {undefined} NaN pixels")
        elif negative := int(np.count_nonzero(channel < 0)):
            reasons.append(f"channel {name!r} has {negative} negative pixels")
        elif channel.min() == channel.max():
            reasons.append(
                f"channel {name!r} has no signal" if channel.sum() == 0 else f"channel {name!r} is constant"
            )
    return "; ".join(reasons) or "metric undefined for this region"


def analyse_all_to_all(
    image: ArrayLike,
    channel_axis: int | str | None,
    *,
    label_mask: ArrayLike | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_names: Sequence[str] | None = None,
    region_warnings: list[str] | None = None,
) -> list[Row]:
    """`analyse_pairwise` of every pair of channels of one image."""
    axis = _channel_axis(image, channel_axis)
    array = np.asarray(image)
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"channel_axis {axis} does not exist in an image of shape {array.shape}")
    channels = np.moveaxis(array, axis, 0)
    names = [f"c{i}" for i in range(len(channels))] if channel_names is None else list(channel_names)
    if len(names) != len(channels):
        raise ValueError(f"channel_names has {len(names)} names for {len(channels)} channels")
    rows = []
    for i in range(len(channels)):
        for j in range(i + 1, len(channels)):
            rows += analyse_pairwise(
                channels[i],
                channels[j],
                label_mask=label_mask,
                metrics=metrics,
                threshold_method=threshold_method,
                threshold_a=threshold_a,
                threshold_b=threshold_b,
                channel_a=names[i],
                channel_b=names[j],
                region_warnings=region_warnings,
            )
    return rows


def _channel_axis(image: Any, channel_axis: int | str | None) -> int:
    if isinstance(channel_axis, int):
        return channel_axis
    dims = [str(dim) for dim in getattr(image, "dims", ())]
    wanted = [channel_axis] if channel_axis is not None else ["C", "c", "channel"]
    for name in wanted:
        if name in dims:
            return dims.index(name)
    raise ValueError(f"channel_axis {channel_axis!r} is not among the dimensions {dims}; pass its position")


def results_table(rows: Sequence[Row]) -> "pandas.DataFrame":
    """Rows as a DataFrame: COLUMNS first, in their order."""
    import pandas as pd

    extra = [key for key in METRIC_COLUMNS["ktau"] if any(key in row for row in rows)]
    table = pd.DataFrame(list(rows), columns=[*COLUMNS, *extra])
    texts = ("channel_a", "channel_b")
    kinds = {c: "int64" if c in ("region", "n_pixels") else "float64" for c in table.columns if c not in texts}
    return table.astype(kinds)
