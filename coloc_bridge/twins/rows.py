"""The numbers Fiji would give, without Fiji: an engine's twin on every region, under the engine's own names."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array, as_labels, as_pair
from coloc_bridge.masking import iter_regions
from coloc_bridge.twins.dispatch import columns, run

Row = dict[str, Any]


def rows(
    engine: str,
    a: ArrayLike,
    b: ArrayLike,
    *,
    label_mask: ArrayLike | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    region_warnings: list[str] | None = None,
    **settings: Any,
) -> list[Row]:
    """One row per region (and slice): what `engine` would print there, as full doubles.

    Parameters
    ----------
    engine : {"coloc2", "jacop", "biop"}
    a, b : array_like of one shape
    label_mask : array_like of int, optional
        0 is background. JACoP has no regions: it gets the whole image with everything outside set to 0.
    channel_a, channel_b : str
    slice_axis : int, optional
        Every plane along this axis on its own. A label mask with one axis less is used for all of them.
    region_warnings : list of str, optional
        Gets a sentence for every region that the engine would refuse; its numbers are NaN.
    **settings
        Those of the twin.

    Returns
    -------
    list of dict
        region, slice, channel_a, channel_b, n_pixels, then the names the engine prints.

    Raises
    ------
    ValueError
        If shapes differ, or there is no such engine, axis or setting.

    Examples
    --------
    >>> labels = [[1, 1, 1, 2, 2, 2]]
    >>> for row in rows("coloc2", [[1, 2, 4, 5, 6, 7]], [[1, 3, 4, 9, 8, 7]], label_mask=labels):
    ...     print(row["region"], row["n_pixels"], row["Channel 1 Max"], row["% zero-zero pixels"])
    1 3 4.0 0.0
    2 3 7.0 0.0
    """
    image_a, image_b, _ = as_pair(a, b)
    names = columns(engine)
    table = []
    for index, plane_a, plane_b, labels in _planes(image_a, image_b, label_mask, slice_axis):
        if labels is not None and labels.shape != plane_a.shape:
            raise ValueError(f"shape mismatch: label_mask is {labels.shape}, the image is {plane_a.shape}")
        for region, inside in iter_regions(labels):
            row: Row = {"region": region, "slice": index, "channel_a": channel_a, "channel_b": channel_b}
            row["n_pixels"] = plane_a.size if inside is None else int(np.count_nonzero(inside))
            values: dict[str, Any] = {}
            try:
                values = run(engine, plane_a, plane_b, mask=inside, **settings)
            except EngineError as error:
                if region_warnings is not None:
                    where = f"region {region}" if slice_axis is None else f"slice {index}, region {region}"
                    region_warnings.append(f"{where} ({channel_a} vs {channel_b}): {error}")
            row |= {name: values.get(quantity, math.nan) for quantity, name in names.items()}
            table.append(row)
    return table


def _planes(
    a: Array, b: Array, label_mask: ArrayLike | None, slice_axis: int | None
) -> Iterator[tuple[float, Array, Array, Array | None]]:
    labels = None if label_mask is None else as_labels(label_mask)
    if slice_axis is None:
        yield math.nan, a, b, labels
        return
    if not -a.ndim <= slice_axis < a.ndim:
        raise ValueError(f"slice_axis is {slice_axis}, the image has {a.ndim} axes")
    for index in range(a.shape[slice_axis]):
        cut = labels.take(index, slice_axis) if labels is not None and labels.ndim == a.ndim else labels
        yield index, a.take(index, slice_axis), b.take(index, slice_axis), cut
