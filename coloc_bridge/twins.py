"""Twins: each engine's own convention in Python, quirks included, so that its numbers need no Fiji."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.analysis import planes
from coloc_bridge.engines import registry
from coloc_bridge.engines.biop.twin import values as biop
from coloc_bridge.engines.cellprofiler.twin import values as cellprofiler
from coloc_bridge.engines.coloc2.twin import values as coloc2
from coloc_bridge.engines.jacop.twin import values as jacop
from coloc_bridge.engines.napari_colocalization.twin import values as napari_colocalization
from coloc_bridge.engines.skimage.twin import values as skimage
from coloc_bridge.engines.spec import Reference, TwinFunctions, load
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import as_list, as_pair, whole_number
from coloc_bridge.masking.named import NamedRegions, ToRegions, given_regions, masks_of

__all__ = [
    "ENGINES",
    "biop",
    "cellprofiler",
    "coloc2",
    "columns",
    "jacop",
    "napari_colocalization",
    "printed",
    "randomize",
    "rows",
    "run",
    "skimage",
]

ENGINES = tuple(registry.BUILT_IN)
"""The engines whose twins are here; those of other packages may bring theirs."""

Row = dict[str, Any]


def _twin(engine: str) -> TwinFunctions:
    twin = registry.described(engine).twin if isinstance(engine, str) else None
    if twin is None:
        raise ValueError(f"unknown engine {engine!r}: there are twins of {', '.join(ENGINES)}")
    return twin


def _function(engine: str, reference: Reference | None, what: str) -> Any:
    if reference is None:
        raise ValueError(f"the twin of {engine!r} has no {what}")
    return load(reference)


def run(engine: str, a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, **settings: Any) -> dict[str, Any]:
    """The numbers `engine` gives for a pair: its twin, called by name.

    Parameters
    ----------
    engine : str
        Its name, such as ``coloc2``.
    a, b, mask
        As for the twin. JACoP knows no mask: pixels outside are set to 0 in both images first.
    **settings
        Those of the twin.

    Returns
    -------
    dict
        Quantity name -> number.

    Raises
    ------
    ValueError
        If there is no such twin, or it refuses the call.
    EngineError
        Where the engine would throw or refuse.

    Examples
    --------
    >>> run("coloc2", [[1, 2, 3]], [[2, 4, 7]], mask=[[1, 0, 1]])["max_b"]
    7.0
    """
    return dict(load(_twin(engine).run)(a, b, mask=mask, **settings))


def printed(engine: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The text `engine` prints for each quantity of `values`: its own decimals, in Java's number format.

    Parameters
    ----------
    engine : str
        Its name, such as ``coloc2``.
    values : mapping of str to float
        As from the twin of that name.

    Returns
    -------
    dict of str to str
        Quantity name -> text. JACoP cuts its decimals off, and prints NaN as 0.0 (jacop-nan-prints-zero).

    Raises
    ------
    ValueError
        If there is no such twin.

    Examples
    --------
    >>> printed("coloc2", {"pearson": -0.002, "m1": 1.0, "spearman_t": float("inf")})
    {'pearson': '-0.00', 'm1': '1.000', 'spearman_t': 'Infinity'}
    """
    texts_of = _function(engine, _twin(engine).printed, "printed text")
    if not isinstance(values, Mapping):
        raise TypeError(f"values must be a mapping from quantity to number, got {values!r}")
    return dict(texts_of(values))


def columns(engine: str) -> dict[str, str]:
    """Quantity -> the name `engine` itself prints, in its order.

    Parameters
    ----------
    engine : str
        Its name, such as ``coloc2``.

    Returns
    -------
    dict of str to str

    Raises
    ------
    ValueError
        If there is no such twin.

    Examples
    --------
    >>> columns("coloc2")["tm1"]
    "Manders' tM1 (Above autothreshold of Ch2)"
    """
    _twin(engine)
    names = registry.described(engine).columns
    if not names:
        raise ValueError(f"the spec of {engine!r} names no columns")
    return dict(names)


def randomize(
    engine: str, a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, seed: int = 0, **settings: Any
) -> dict[str, Any]:
    """Draws, with a seed, from the null model of the engine's significance test, which itself has none.

    Parameters
    ----------
    engine, a, b, mask
        As for `run`.
    seed : int
    **settings
        ``rounds`` and those of the engine's test.

    Returns
    -------
    dict
        ``null`` (the r of every round), ``observed``, ``mean``, ``sd``, ``p_value`` in the engine's own sense, and
        ``convention``, a sentence that says which that is.

    Raises
    ------
    ValueError
        If there is no such twin, or it refuses the call.
    EngineError
        Where the engine would throw or refuse.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(32) % 7, np.arange(32) % 5).astype(np.uint8)
    >>> draws = randomize("coloc2", a, a, seed=1, rounds=5)
    >>> len(draws["null"]), draws["observed"] > draws["mean"]
    (5, True)
    """
    draw = _function(engine, _twin(engine).randomize, "significance test")
    return dict(draw(a, b, mask=mask, seed=seed, **settings))


def rows(
    engine: str,
    a: ArrayLike,
    b: ArrayLike,
    *,
    label_mask: ArrayLike | None = None,
    regions: ToRegions | None = None,
    channel_a: str = "A",
    channel_b: str = "B",
    slice_axis: int | None = None,
    region_warnings: list[str] | None = None,
    **settings: Any,
) -> list[Row]:
    """One row per region (and slice): what `engine` would print there, as full doubles.

    Parameters
    ----------
    engine : str
        Its name, such as ``coloc2``.
    a, b : array_like of one shape
    label_mask : array_like of int, optional
        0 is background. JACoP has no regions: it gets the whole image with everything outside set to 0.
    regions : list of (str, mask or ROI), optional
        In its place, as for `analyse_pairwise`: regions by name, each whole, however they overlap.
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
        region, slice, channel_a, channel_b, n_pixels, then the names the engine prints; `regions` give a region_name.

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
    as_list(region_warnings, "region_warnings")
    names = columns(engine)
    table = []
    if slice_axis is not None and not -image_a.ndim <= whole_number(slice_axis, "slice_axis") < image_a.ndim:
        raise ValueError(f"slice_axis is {slice_axis}, the image has {image_a.ndim} axes")
    given = given_regions(label_mask, regions, a, image_a.shape, slice_axis)
    names_of_regions = given.names if isinstance(given, NamedRegions) else ()
    for index, plane_a, plane_b, here in planes(image_a, image_b, given, slice_axis):
        for region, inside in masks_of(here):
            row: Row = {
                "region": region,
                **({"region_name": names_of_regions[region - 1]} if names_of_regions else {}),
                "slice": math.nan if index is None else index,
                "channel_a": channel_a,
                "channel_b": channel_b,
            }
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
