"""Arrays of dask, found without importing dask where nobody has."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def is_lazy(value: Any) -> bool:
    """Whether a value is an array of dask, or an xarray backed by one."""
    if "dask" not in sys.modules:  # then nobody has made one
        return False
    graph = getattr(value, "__dask_graph__", None)
    return callable(graph) and graph() is not None


def lazy_array(value: Any, name: str, chunks: Any = "auto") -> Any:
    """A lazy value, or an array in memory that is cut into `chunks`, as a dask array of known shape.

    Raises
    ------
    ValueError
        If it is a collection of dask that makes no array, or the shape is not known.
    """
    import dask.array

    value = getattr(value, "data", value) if hasattr(value, "dims") else value
    if is_lazy(value) and not isinstance(value, dask.array.Array):
        if not hasattr(value, "to_dask_array"):
            raise ValueError(f"{name} is a {type(value).__name__} of dask: pass a dask array of numbers")
        value = value.to_dask_array()
    array: Any = value if is_lazy(value) else dask.array.from_array(value, chunks)  # type: ignore[no-untyped-call]
    if np.isnan(array.shape).any():
        raise ValueError(
            f"{name} is a dask array of unknown shape {array.shape}: call its compute_chunk_sizes() first"
        )
    return array


def compute(*values: Any, **options: Any) -> tuple[Any, ...]:
    """The values of lazy ones, by the scheduler that is active, with options for it."""
    import dask.base

    return dask.base.compute(*values, **options)  # type: ignore[no-untyped-call,no-any-return]
