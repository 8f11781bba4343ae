"""The analysis of a pair on dask, whatever it is given as.

Functions that take dask arrays go to them by themselves; here arrays in memory go there too.
"""

from collections.abc import Callable
from typing import Any

from coloc_bridge import analysis
from coloc_bridge.analysis import Row
from coloc_bridge.inputs import Array, as_image, as_labels, in_blocks
from coloc_bridge.lazy import is_lazy


def analyse_pairwise(a: Any, b: Any, *, label_mask: Any = None, **options: Any) -> list[Row]:
    """`coloc_bridge.analysis.analyse_pairwise`, on dask.

    Parameters
    ----------
    a, b, label_mask : dask.array.Array or array_like
        As there; what is in memory becomes a dask array.
    **options
        As there.

    Returns
    -------
    list of dict
        The same rows.

    Raises
    ------
    ValueError
        As there.

    Examples
    --------
    >>> import dask.array
    >>> a = dask.array.arange(4, chunks=2)
    >>> analyse_pairwise(a, 3 * a, metrics="overlap")[0]["k1"]
    3.0
    """
    images = (_on_dask(image, name, as_image) for image, name in ((a, "a"), (b, "b")))
    labels = None if label_mask is None else _on_dask(label_mask, "label_mask", as_labels)
    return analysis.analyse_pairwise(*images, label_mask=labels, **options)


def _on_dask(value: Any, name: str, check: Callable[[Any, str], Array]) -> Any:
    if is_lazy(value):
        return value
    array = in_blocks(value, name, check)
    return value.copy(data=array) if hasattr(value, "dims") else array
