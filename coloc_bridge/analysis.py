"""Every metric of every region of a pair, as a list of rows."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import Array, as_array, as_labels, as_list, as_pair, axis_of, same_axes
from coloc_bridge.measures import METRICS, documents, metric_keys
from coloc_bridge.pixels.threads import run
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.regions import Regions, labelled_regions, whole_region
from coloc_bridge.statistics.statistic import Statistic
from coloc_bridge.thresholds import threshold_statistic

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]

ALL_METRICS = tuple(metric.key for metric in METRICS.values() if metric.default)
_TEXTS = ("channel_a", "channel_b")
_WHOLE_NUMBERS = ("region", "n_pixels")
COLUMNS = (
    "region",
    "slice",
    *_TEXTS,
    "n_pixels",
    *(name for key in ALL_METRICS for name in METRICS[key].column_names),
)


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
    """Metrics of a pair, one row per region (and slice), thresholds included computed on that region alone.

    Parameters
    ----------
    a, b : array_like of integer or float, any dimensionality, one shape
        The two channels.
    label_mask : array_like of integer or bool, the same shape, optional
        Regions by number, 0 is none; by default the whole image is region 0. With `slice_axis` it may have the shape
        of one plane and is then used for every plane.
    metrics : iterable of str, or one str
        Any of {metrics}.
    threshold_method : str
        For Manders: ``costes``, ``manual``, or scikit-image's ``otsu``, ``li``, ``triangle``, ``yen``, ``mean``,
        ``isodata`` of each channel.
    threshold_a, threshold_b : float, optional
        The manual thresholds, in the units of the pixels.
    channel_a, channel_b : str
        Names for the rows and warnings.
    slice_axis : int, optional
        Analyse every plane along this axis on its own; a region has no row in a plane it is absent from.
    region_warnings : list of str, optional
        Gets a sentence for every row in which a requested value is NaN, with the reason.

    Returns
    -------
    list of dict
        In the order of slices and labels, with the keys of `COLUMNS` and NaN for what was not requested; the columns
        of other metrics are appended when asked for. The formulas are those of `coloc_bridge.metrics`; a region with
        negative pixels has NaN for ``overlap`` and ``mcc``.

    Raises
    ------
    ValueError
        If shapes differ, an option is unknown, a manual threshold is missing or the axis does not exist.

    Examples
    --------
    >>> rows = analyse_pairwise([[0, 1, 2, 3]], [[1, 3, 5, 7]], label_mask=[[1, 1, 2, 2]], metrics="overlap")
    >>> [(row["region"], row["n_pixels"], row["k1"]) for row in rows]
    [(1, 2, 3.0), (2, 2, 2.3846153846153846)]
    """
    image_a, image_b, _ = as_pair(a, b)
    labels = None if label_mask is None else as_labels(label_mask)
    if labels is not None and labels.shape == image_a.shape:
        same_axes(a=a, label_mask=label_mask)
    parts = (
        (plane, whole_region(x, y) if z is None else labelled_regions(x, y, z))
        for plane, x, y, z in planes(image_a, image_b, labels, slice_axis)
    )
    thresholds = partial(threshold_statistic, threshold_method, threshold_a, threshold_b)
    return rows_of_parts(parts, metric_keys(metrics), thresholds, (channel_a, channel_b), region_warnings)


assert analyse_pairwise.__doc__
analyse_pairwise.__doc__ = analyse_pairwise.__doc__.replace("{metrics}", documents.named())


def rows_of_parts(
    parts: Iterable[tuple[int | None, Regions]],
    keys: Sequence[str],
    thresholds: Callable[[], Statistic],
    channels: tuple[str, str],
    region_warnings: list[str] | None,
) -> list[Row]:
    """The rows of (slice, regions) after (slice, regions); warnings go to the list if there is one.

    `thresholds` is asked for the statistic that finds them when a metric and a region need it.
    """
    as_list(region_warnings, "region_warnings")
    rows: list[Row] = []
    for plane, regions in parts:
        if not regions.ids:
            continue
        records = describe(regions, keys, thresholds)
        columns = _columns(regions, records, keys)
        rows += _rows(regions.ids, records, columns, channels, plane)
        if region_warnings is not None:
            region_warnings += _warnings(regions.ids, records, columns, keys, channels, plane)
    return rows


def planes(
    a: Array, b: Array, labels: Array | None, slice_axis: int | None
) -> Iterator[tuple[int | None, Array, Array, Array | None]]:
    """(slice, a, b, labels) of the image, or of every plane along an axis; numpy or dask arrays alike."""
    if slice_axis is None:
        _same_shape(labels, a.shape)
        yield None, a, b, labels
        return
    slice_axis = axis_of(slice_axis, a.ndim, "slice_axis", f"an image of shape {a.shape}")
    planes_a, planes_b = np.moveaxis(a, slice_axis, 0), np.moveaxis(b, slice_axis, 0)
    cut = labels is not None and labels.ndim == a.ndim
    _same_shape(labels, a.shape if cut else planes_a.shape[1:])
    planes_labels = np.moveaxis(labels, slice_axis, 0) if labels is not None and cut else None
    for i in range(len(planes_a)):
        yield i, planes_a[i], planes_b[i], labels if planes_labels is None else planes_labels[i]


def _same_shape(labels: Array | None, shape: tuple[int, ...]) -> None:
    if labels is not None and labels.shape != shape:
        raise ValueError(f"shape mismatch: label_mask is {labels.shape}, the image is {shape}")


def describe(regions: Regions, keys: Sequence[str], thresholds: Callable[[], Statistic]) -> Records:
    """The statistics of the regions that these metrics need."""
    metrics = [METRICS[key] for key in keys]
    wanted = [statistic for metric in metrics for statistic in metric.statistics]
    at_thresholds = any(metric.at_thresholds for metric in metrics)
    return regions.describe(*wanted, thresholds=thresholds() if at_thresholds else None)


def _columns(regions: Regions, records: Records, keys: Sequence[str]) -> dict[str, Float64]:
    """Column -> its values, of every metric."""

    def values(key: str) -> tuple[Float64, ...]:
        metric = METRICS[key]
        if metric.in_place:
            return tuple(np.array([metric.in_place(*place) for place in regions.places()]).T)
        assert metric.formula
        return metric.formula(records)

    columns: dict[str, Float64] = {}
    for key, found in zip(keys, run(values, keys), strict=True):
        columns |= zip(METRICS[key].column_names, found, strict=True)
    return columns


def _rows(
    ids: Sequence[int], records: Records, columns: dict[str, Float64], channels: tuple[str, str], plane: int | None
) -> list[Row]:
    """One row per record."""
    template: Row = dict.fromkeys(COLUMNS, math.nan) | dict(zip(_TEXTS, channels, strict=True))
    if plane is not None:
        template["slice"] = plane
    lists = {"region": ids, "n_pixels": records["n"].astype(np.int64).tolist()}
    lists |= {name: values.tolist() for name, values in columns.items()}
    rows = [template.copy() for _ in ids]  # a copy has its room at once: three times faster than dict(zip(...))
    for name, values in lists.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def _warnings(
    ids: Sequence[int],
    records: Records,
    columns: dict[str, Float64],
    keys: Sequence[str],
    channels: tuple[str, str],
    plane: int | None,
) -> list[str]:
    """One sentence per record in which a requested value is undefined: where, and why."""
    undefined = np.zeros(len(ids), np.bool_)
    for name in (column.name for key in keys for column in METRICS[key].columns if column.role == "value"):
        undefined |= np.isnan(columns[name])
    place = "" if plane is None else f"slice {plane}, "
    pair = f"{channels[0]} vs {channels[1]}"
    return [
        f"{place}region {ids[i]} ({pair}): {_reason(records, columns, keys, i, channels)}"
        for i in map(int, np.flatnonzero(undefined))
    ]


def _reason(
    records: Records, columns: dict[str, Float64], keys: Sequence[str], i: int, channels: tuple[str, str]
) -> str:
    if records["n"][i] < 2:
        return "fewer than 2 pixels"
    reasons = []
    for name, channel in zip("ab", channels, strict=True):
        if undefined := int(records[f"nan_{name}"][i]):
            reasons.append(f"channel {channel!r} has {undefined} NaN pixels")
        if negative := int(records[f"negative_{name}"][i]):
            reasons.append(f"channel {channel!r} has {negative} negative pixels")
        if records[f"c{2 * name}"][i] == 0:
            kind = "has no signal" if records[f"sum_{name}"][i] == 0 else "is constant"
            reasons.append(f"channel {channel!r} {kind}")
    reasons += filter(None, (metric.refusal(metric.values(columns, i)) for metric in (METRICS[key] for key in keys)))
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
    """`analyse_pairwise` of every pair of channels of one image: (0, 1), (0, 2), ..., (1, 2), ...

    Parameters
    ----------
    image : array_like of integer or float, or xarray.DataArray
        All channels.
    channel_axis : int, str or None
        Position of the channel axis, or the name of the dimension of an xarray; None takes its C, c or channel.
    label_mask : array_like of integer or bool, the shape of one channel, optional
        Regions by number, 0 is none.
    metrics, threshold_method, threshold_a, threshold_b, region_warnings
        As in `analyse_pairwise`.
    channel_names : sequence of str, optional
        One name per channel. By default the text coordinate that the channel dimension of an xarray has, else
        ``c0``, ``c1``, ...

    Returns
    -------
    list of dict
        The rows of all pairs; none for a single channel.

    Raises
    ------
    ValueError
        As `analyse_pairwise`, and if the axis does not exist or the number of names differs from that of channels.

    Examples
    --------
    >>> rows = analyse_all_to_all([[1, 2, 3], [2, 4, 6], [3, 2, 1]], 0, metrics=["pcc"])
    >>> [(row["channel_a"], row["channel_b"], row["pcc"]) for row in rows]
    [('c0', 'c1', 1.0), ('c0', 'c2', -1.0), ('c1', 'c2', -1.0)]
    """
    array = as_array(image, "image")
    axis = _channel_axis(image, channel_axis, array.shape)
    channels = np.moveaxis(array, axis, 0)
    if not isinstance(channel_names, Iterable | None):
        raise TypeError(f"channel_names must be one name per channel, got {channel_names!r}")
    names = _own_names(image, axis, len(channels)) if channel_names is None else list(channel_names)
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


def _channel_axis(image: Any, channel_axis: int | str | None, shape: tuple[int, ...]) -> int:
    if channel_axis is not None and not isinstance(channel_axis, str):
        return axis_of(channel_axis, len(shape), "channel_axis", f"an image of shape {shape}")
    dims = [str(dim) for dim in getattr(image, "dims", ())]
    wanted = [channel_axis] if channel_axis is not None else ["C", "c", "channel"]
    for name in wanted:
        if name in dims:
            return dims.index(name)
    raise ValueError(f"channel_axis {channel_axis!r} is not among the dimensions {dims}; pass its position")


def _own_names(image: Any, axis: int, count: int) -> list[str]:
    dims, coords = getattr(image, "dims", ()), getattr(image, "coords", {})
    names = np.asarray(coords[dims[axis]]).tolist() if dims and dims[axis] in coords else []
    return names if names and all(isinstance(name, str) for name in names) else [f"c{i}" for i in range(count)]


def results_table(rows: Sequence[Row]) -> "pandas.DataFrame":
    """The rows of `analyse_pairwise` or `analyse_all_to_all` as a table.

    Parameters
    ----------
    rows : sequence of dict
        The rows; none give an empty table.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS` in their order, then those of other metrics, then what else the rows have, as it is. Ids and counts
        are int64, names str, all other numbers float64.

    Examples
    --------
    >>> table = results_table(analyse_pairwise([1, 2, 3], [1, 2, 4]))
    >>> table.loc[0, "n_pixels"]
    np.int64(3)
    """
    import pandas as pd

    if isinstance(rows, str) or not isinstance(rows, Iterable) or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"rows must be a list of rows, as from analyse_pairwise, got {rows!r:.100}")
    numbers = [name for metric in METRICS.values() for name in metric.column_names if name not in COLUMNS]
    appended = [name for name in numbers if any(name in row for row in rows)]
    others = [
        name for name in dict.fromkeys(name for row in rows for name in row) if name not in (*COLUMNS, *numbers)
    ]
    table = pd.DataFrame(list(rows), columns=[*COLUMNS, *appended, *others])
    kinds = {name: "int64" if name in _WHOLE_NUMBERS else "float64" for name in (*COLUMNS, *appended)}
    return table.astype({name: kind for name, kind in kinds.items() if name not in _TEXTS})
