"""Columns of numbers, and rows and tables made of them: what the statistics of regions become, with what is to be
said of them."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.inputs import as_list
from coloc_bridge.measures import METRICS
from coloc_bridge.pixels.threads import run
from coloc_bridge.statistics.record import Float64, Records
from coloc_bridge.statistics.regions import Regions
from coloc_bridge.statistics.statistic import Statistic
from coloc_bridge.statistics.thresholds import FIELDS as THRESHOLDS

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]

ALL_METRICS = tuple(metric.key for metric in METRICS.values() if metric.default)
_TEXTS = ("channel_a", "channel_b")
_WHOLE_NUMBERS = ("region", "n_pixels")
_REGIONS_PER_THREAD = 1000  # of fewer, formulas take less time than waking a thread
COLUMNS = (
    "region",
    "slice",
    *_TEXTS,
    "n_pixels",
    *(name for key in ALL_METRICS for name in METRICS[key].column_names),
)


def constant_columns(channels: tuple[str, str], zero_zero: bool) -> Row:
    """What every row of an analysis says of how it was made."""
    return dict(zip(_TEXTS, channels, strict=True)) | ({} if zero_zero else {"zero_zero": False})


class Found(NamedTuple):
    """What was found in the regions of a pair, or of one plane of it: a number for each region in every column."""

    ids: Sequence[int]
    plane: int | None
    n_pixels: NDArray[np.int64]
    columns: dict[str, Float64]
    """Of every metric asked for, and the thresholds of those that have some."""
    remarks: list[tuple[int, str]]
    """(index of a region, sentence)"""


def measured(
    parts: Iterable[tuple[int | None, Regions]],
    keys: Sequence[str],
    thresholds: Callable[[], Statistic],
    channels: tuple[str, str],
    region_warnings: list[str] | None,
) -> Iterator[Found]:
    """What is found in every (slice, regions) that has some; warnings go to the list if there is one.

    `thresholds` is asked for the statistic that finds them when a metric and a region need it.
    """
    as_list(region_warnings, "region_warnings")
    for plane, regions in parts:
        if not regions.ids:
            continue
        records = describe(regions, keys, thresholds)
        columns = _columns(regions, records, keys)
        if region_warnings is not None:
            region_warnings += _warnings(regions.ids, records, columns, keys, channels, plane)
        yield Found(regions.ids, plane, records["n"].astype(np.int64), columns, list(records.remarks()))


def describe(regions: Regions, keys: Sequence[str], thresholds: Callable[[], Statistic]) -> Records:
    """The statistics of the regions that these metrics need."""
    metrics = [METRICS[key] for key in keys]
    wanted = [statistic for metric in metrics for statistic in metric.statistics]
    at_thresholds = any(metric.at_thresholds for metric in metrics)
    return regions.describe(*wanted, thresholds=thresholds() if at_thresholds else None)


def _columns(regions: Regions, records: Records, keys: Sequence[str]) -> dict[str, Float64]:
    """Column -> its values, of every metric, and the thresholds of those that have some."""

    def values(key: str) -> tuple[Float64, ...]:
        metric = METRICS[key]
        if metric.in_place:
            return tuple(np.array([metric.in_place(*place) for place in regions.places()]).T)
        assert metric.formula
        return metric.formula(records)

    columns: dict[str, Float64] = {}
    most = 1 + len(regions.ids) // _REGIONS_PER_THREAD
    for key, found in zip(keys, run(values, keys, most), strict=True):
        columns |= zip(METRICS[key].column_names, found, strict=True)
    return columns | {name: records[name] for name in THRESHOLDS if name in records}


def rows_of(found: Found, constant: Row, names: Sequence[str] = ()) -> list[Row]:
    """One row per region.

    `constant` are columns of every row, `channel_a` and `channel_b` among them; `names` are those of the regions
    1, 2, ..., if they have any.
    """
    named = ("region", "region_name") if names else ()
    template: Row = dict.fromkeys((*named, *COLUMNS), math.nan) | constant
    if found.plane is not None:
        template["slice"] = found.plane
    lists: dict[str, Sequence[Any]] = {"region": found.ids, "n_pixels": found.n_pixels.tolist()}
    if names:
        lists["region_name"] = [names[i - 1] for i in found.ids]
    lists |= {name: values.tolist() for name, values in found.columns.items()}
    rows = [template.copy() for _ in found.ids]  # a copy has its room at once: three times faster than dict(zip(...))
    for name, values in lists.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    for i, remark in found.remarks:
        rows[i]["remark"] = remark
    return rows


def table_of(parts: Sequence[Found], constant: Row, names: Sequence[str] = ()) -> "pandas.DataFrame":
    """`results_table` of the rows of all parts, without the rows."""
    import pandas as pd

    if not parts:
        return results_table([])
    sizes = [len(part.ids) for part in parts]
    planes = [math.nan if part.plane is None else part.plane for part in parts]
    columns: dict[str, Any] = dict.fromkeys(COLUMNS, np.full(sum(sizes), np.nan))
    columns |= {name: [value] * sum(sizes) for name, value in constant.items()}
    columns["region"] = np.concatenate([part.ids for part in parts]).astype(np.int64)
    columns["slice"] = np.repeat(np.array(planes, np.float64), sizes)
    columns["n_pixels"] = np.concatenate([part.n_pixels for part in parts])
    if names:
        columns["region_name"] = [names[i - 1] for i in columns["region"].tolist()]
    columns |= {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    starts = np.cumsum([0, *sizes]).tolist()
    if any(part.remarks for part in parts):
        remarks = np.full(starts[-1], np.nan, object)
        for at, part in zip(starts, parts, strict=False):
            for i, text in part.remarks:
                remarks[at + i] = text
        columns["remark"] = remarks
    return pd.DataFrame(columns, index=pd.RangeIndex(starts[-1]), columns=_in_order(columns))


def _in_order(names: Iterable[str]) -> list[str]:
    """`COLUMNS`, then those columns among `names` that other metrics have, then what else there is."""
    metrics = [name for metric in METRICS.values() for name in metric.column_names if name not in COLUMNS]
    there = dict.fromkeys(names)
    appended = [name for name in metrics if name in there]
    return [*COLUMNS, *appended, *(name for name in there if name not in (*COLUMNS, *metrics))]


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
    values = records.region(i) | {name: column[i] for name, column in columns.items()}
    reasons += itertools.chain.from_iterable(METRICS[key].refusals(values) for key in keys)
    return "; ".join(dict.fromkeys(reasons)) or "metric undefined for this region"


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
    >>> from coloc_bridge import analyse_pairwise
    >>> table = results_table(analyse_pairwise([1, 2, 3], [1, 2, 4]))
    >>> table.loc[0, "n_pixels"]
    np.int64(3)
    """
    import pandas as pd

    if isinstance(rows, str) or not isinstance(rows, Iterable) or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"rows must be a list of rows, as from analyse_pairwise, got {rows!r:.100}")
    names = _in_order(name for row in rows for name in row)
    table = pd.DataFrame(list(rows), columns=names)
    numbers = [*COLUMNS, *(name for metric in METRICS.values() for name in metric.column_names)]
    kinds = {name: "int64" if name in _WHOLE_NUMBERS else "float64" for name in numbers if name in names}
    return table.astype({name: kind for name, kind in kinds.items() if name not in _TEXTS})
