"""Every metric of every region of a pair, as a list of rows or as a table."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import Array, as_array, as_image, as_pair, axis_of, flag, in_blocks, same_axes
from coloc_bridge.lazy import is_lazy
from coloc_bridge.masking.named import Given, NamedRegions, ToRegions, given_regions, named_regions
from coloc_bridge.measures import METRICS, documents, metric_keys
from coloc_bridge.results import (
    ALL_METRICS,
    COLUMNS,
    Found,
    Row,
    constant_columns,
    measured,
    results_table,
    rows_of,
    table_of,
)
from coloc_bridge.statistics.blocks import regions_of
from coloc_bridge.statistics.regions import Regions, labelled_regions, listed_regions, whole_region
from coloc_bridge.thresholds import threshold_statistic

if TYPE_CHECKING:
    import pandas

__all__ = (
    "ALL_METRICS",
    "COLUMNS",
    "Row",
    "analyse_all_to_all",
    "analyse_pairwise",
    "analyse_table",
    "planes",
    "results_table",
)


def analyse_pairwise(
    a: ArrayLike,
    b: ArrayLike,
    *,
    label_mask: ArrayLike | None = None,
    regions: ToRegions | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    zero_zero: bool = True,
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
    regions : list of (str, mask or ROI), optional
        Regions 1, 2, ... by name, in the place of `label_mask`; each is measured whole, however they overlap. A mask
        is bool, 0 and 1, or 0 and 255, and has the shape that `label_mask` may have; a ROI is one of roifile, or the
        path of a ``.roi``, and lies where `rois_to_regions` puts it in an image of this shape.
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
    zero_zero : bool
        False leaves out the pixels in which both channels are 0, as some plugins for ICA do; every row then says so
        in ``zero_zero``. Such pixels raise r where they are background, and have no part in M1, M2 and overlap.
    region_warnings : list of str, optional
        Gets a sentence for every row in which a requested value is NaN, with the reason.

    Returns
    -------
    list of dict
        In the order of slices and labels, with the keys of `COLUMNS` and NaN for what was not requested; the columns
        of other metrics are appended when asked for, `regions` give a ``region_name``, and a number that needs one
        has a ``remark``. The formulas are those of `coloc_bridge.metrics`; a region with negative pixels has NaN for
        ``overlap`` and ``mcc``.

    Raises
    ------
    ValueError
        If shapes differ, an option is unknown, a manual threshold is missing or the axis does not exist.

    Examples
    --------
    >>> rows = analyse_pairwise([[0, 1, 2, 3]], [[1, 3, 5, 7]], label_mask=[[1, 1, 2, 2]], metrics="overlap")
    >>> [(row["region"], row["n_pixels"], row["k1"]) for row in rows]
    [(1, 2, 3.0), (2, 2, 2.3846153846153846)]
    >>> cells = [("nucleus", [[0, 0, 1, 1]]), ("cell", [[0, 1, 1, 1]])]
    >>> rows = analyse_pairwise([[0, 1, 2, 3]], [[1, 3, 5, 7]], regions=cells, metrics="pcc")
    >>> [(row["region"], row["region_name"], row["n_pixels"]) for row in rows]
    [(1, 'nucleus', 2), (2, 'cell', 3)]
    """
    found, constant, names = _analyse(
        (a, b),
        (label_mask, regions, slice_axis),
        metrics,
        (threshold_method, threshold_a, threshold_b),
        (channel_a, channel_b),
        zero_zero,
        region_warnings,
    )
    return [row for part in found for row in rows_of(part, constant, names)]


assert analyse_pairwise.__doc__
analyse_pairwise.__doc__ = analyse_pairwise.__doc__.replace("{metrics}", documents.named())


def analyse_table(
    a: ArrayLike,
    b: ArrayLike,
    *,
    label_mask: ArrayLike | None = None,
    regions: ToRegions | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    zero_zero: bool = True,
    region_warnings: list[str] | None = None,
) -> "pandas.DataFrame":
    """`analyse_pairwise` as a table that is made column by column: for many regions, the faster way.

    Parameters
    ----------
    a, b, label_mask, regions, metrics
        As in `analyse_pairwise`.
    threshold_method, threshold_a, threshold_b, channel_a, channel_b, slice_axis, zero_zero, region_warnings
        As in `analyse_pairwise`.

    Returns
    -------
    pandas.DataFrame
        What `results_table` makes of the rows of `analyse_pairwise`: one row per region (and slice), the same
        columns, types and numbers.

    Raises
    ------
    ValueError
        As `analyse_pairwise`.

    Examples
    --------
    >>> table = analyse_table([[0, 1, 2, 3]], [[1, 3, 5, 7]], label_mask=[[1, 1, 2, 2]], metrics="overlap")
    >>> table[["region", "n_pixels", "k1"]]
       region  n_pixels        k1
    0       1         2  3.000000
    1       2         2  2.384615
    """
    found, constant, names = _analyse(
        (a, b),
        (label_mask, regions, slice_axis),
        metrics,
        (threshold_method, threshold_a, threshold_b),
        (channel_a, channel_b),
        zero_zero,
        region_warnings,
    )
    return table_of(list(found), constant, names)


def _analyse(
    images: tuple[ArrayLike, ArrayLike],
    where: tuple[ArrayLike | None, ToRegions | None, int | None],
    metrics: Iterable[str],
    thresholds: tuple[str, float | None, float | None],
    channels: tuple[str, str],
    zero_zero: bool,
    region_warnings: list[str] | None,
) -> tuple[Iterator[Found], Row, Sequence[str]]:
    """What is found, plane by plane; what every row says besides, and the names of the regions."""
    a, _ = images
    label_mask, regions, slice_axis = where
    image_a, image_b, _ = as_pair(*images, lazy=True)
    zero_zero = flag(zero_zero, "zero_zero")
    keys = metric_keys(metrics)
    if lazy := is_lazy(image_a):
        _refuse_in_place(keys, label_mask, regions)
    given = given_regions(label_mask, regions, a, image_a.shape, slice_axis, lazy=lazy)
    if label_mask is not None and given is not None and given.shape == image_a.shape:
        same_axes(a=a, label_mask=label_mask)
    cut = planes(image_a, image_b, given, slice_axis)
    parts = ((plane, _regions(x, y, z, zero_zero)) for plane, x, y, z in cut)
    found = measured(parts, keys, partial(threshold_statistic, *thresholds), channels, region_warnings)
    return found, constant_columns(channels, zero_zero), given.names if isinstance(given, NamedRegions) else ()


def _regions(a: Any, b: Any, given: Given, zero_zero: bool) -> Regions:
    if isinstance(given, NamedRegions) and given.areas is not None:
        return regions_of(a, b, given.numbered(), listed_regions, zero_zero)
    if given is None or isinstance(given, NamedRegions):
        return regions_of(a, b, None, whole_region, zero_zero)
    return regions_of(a, b, given, labelled_regions, zero_zero)


def _refuse_in_place(keys: Sequence[str], label_mask: Any, regions: Any) -> None:
    """A ValueError if a metric depends on which pixels of a region are neighbours."""
    in_place = [key for key in keys if METRICS[key].in_place]
    if in_place and not (label_mask is None and regions is None):
        raise ValueError(
            f"metric {in_place[0]!r} depends on which pixels are neighbours, and of dask arrays is computed for the "
            "whole image only: leave it out, pass the part of the image around the regions in memory (its "
            "compute()), or ask correlation_test for one region at a time (mask=labels == 1)"
        )


def planes(
    a: Array, b: Array, given: Given, slice_axis: int | None
) -> Iterator[tuple[int | None, Array, Array, Given]]:
    """(slice, a, b, regions) of the image, or of every plane along an axis; numpy or dask arrays alike."""
    if slice_axis is None:
        _same_shape(given, a.shape)
        yield None, a, b, given
        return
    slice_axis = axis_of(slice_axis, a.ndim, "slice_axis", f"an image of shape {a.shape}")
    planes_a, planes_b = np.moveaxis(a, slice_axis, 0), np.moveaxis(b, slice_axis, 0)
    cut = given is not None and len(given.shape or ()) == a.ndim
    _same_shape(given, a.shape if cut else planes_a.shape[1:])
    for i in range(len(planes_a)):
        yield i, planes_a[i], planes_b[i], _plane(given, slice_axis, i) if cut else given


def _plane(given: Given, axis: int, at: int) -> Given:
    if isinstance(given, NamedRegions):
        return given.cut((*[slice(None)] * axis, at))
    return given if given is None else np.moveaxis(given, axis, 0)[at]


def _same_shape(given: Given, shape: tuple[int, ...]) -> None:
    if given is not None and given.shape not in (shape, None):
        name = "a region" if isinstance(given, NamedRegions) else "label_mask"
        raise ValueError(f"shape mismatch: {name} is {given.shape}, the image is {shape}")


def analyse_all_to_all(
    image: ArrayLike,
    channel_axis: int | str | None,
    *,
    label_mask: ArrayLike | None = None,
    regions: ToRegions | None = None,
    metrics: Iterable[str] = ALL_METRICS,
    threshold_method: str = "costes",
    threshold_a: float | None = None,
    threshold_b: float | None = None,
    channel_names: Sequence[str] | None = None,
    zero_zero: bool = True,
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
    regions : list of (str, mask or ROI), optional
        In its place; a mask has the shape of one channel.
    metrics, threshold_method, threshold_a, threshold_b, zero_zero, region_warnings
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
    array = in_blocks(image, "image", as_image) if is_lazy(image) else as_array(image, "image")
    axis = _channel_axis(image, channel_axis, array.shape)
    channels = np.moveaxis(array, axis, 0)
    channel: Any = image
    if hasattr(image, "isel") and len(channels):
        channel = channel.isel({channel.dims[axis]: 0})
    given = None if regions is None else named_regions(regions, channel, channels.shape[1:])
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
                regions=given,
                metrics=metrics,
                threshold_method=threshold_method,
                threshold_a=threshold_a,
                threshold_b=threshold_b,
                channel_a=names[i],
                channel_b=names[j],
                zero_zero=zero_zero,
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
