"""Tasks of dask over the blocks of a pair: whatever scheduler is active runs them, and reads the blocks there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import numpy as np

from coloc_bridge.lazy import compute
from coloc_bridge.pixels.memory import OF_BLOCKS, keep_freed_memory
from coloc_bridge.pixels.threads import one_of_many

Index = tuple[int, ...]

_AT_ONCE = 8
"""Partial results that one task combines."""


def cells(
    function: Callable[..., Any], shared: Any, arguments: Mapping[Index, Any], arrays: Sequence[Any]
) -> dict[Index, Any]:
    """For some blocks of arrays that are cut alike, by index, ``function(shared, argument, *blocks)``, not yet run.

    Reading the blocks and the function are one task, so that no block travels; `shared`, which may be something that
    is not yet run, goes to every worker once.
    """
    import dask.array
    from dask.layers import ArrayValuesDep

    axes = tuple(range(arrays[0].ndim))
    # No tasks of their own, as the values of an array would be; nobody runs those of other blocks.
    beside = ArrayValuesDep(arrays[0].chunks, {i: arguments.get(i) for i in np.ndindex(arrays[0].numblocks)})
    found: Any = dask.array.blockwise(  # type: ignore[no-untyped-call]
        _Cell(function),
        axes,
        shared,
        None,
        *(part for array in (beside, *arrays) for part in (array, axes)),
        dtype=object,
        meta=np.empty((0,) * len(axes), object),
        align_arrays=False,
        name=f"coloc-bridge-{function.__name__.strip('_')}-{uuid4().hex}",
    )
    blocks = found.to_delayed()
    return {index: blocks[index] for index in arguments}


class _Cell:
    """What is done with a block."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, shared: Any, argument: Any, *blocks: Any) -> Any:
        keep_freed_memory(OF_BLOCKS)
        with one_of_many():
            return self._function(shared, argument, *blocks)


def shared(value: Any) -> Any:
    """A value that tasks take without a copy for each of them."""
    from dask.delayed import delayed

    return delayed(value, pure=False, traverse=False)


def task(function: Callable[..., Any], *arguments: Any) -> Any:
    """``function(*arguments)``, not yet run; arguments, and what is in lists of them, may be not yet run either."""
    from dask.core import quote
    from dask.delayed import Delayed
    from dask.highlevelgraph import HighLevelGraph
    from dask.utils import funcname

    waiting: list[Any] = []

    def key_of(one: Any) -> Any:
        if isinstance(one, list):
            return [key_of(each) for each in one]
        if not isinstance(one, Delayed):
            return quote(one)  # type: ignore[no-untyped-call]
        waiting.append(one)
        return one.key

    # By hand: delayed() optimizes the graph of a list anew each time, which takes longer than reading some blocks.
    name = f"coloc-bridge-{funcname(function).strip('_')}-{uuid4().hex}"
    layer: dict[Any, Any] = {name: (_run, function, *map(key_of, arguments))}
    return Delayed(name, HighLevelGraph.from_collections(name, layer, waiting))  # type: ignore[no-untyped-call]


def _run(function: Callable[..., Any], *arguments: Any) -> Any:
    with one_of_many():
        return function(*arguments)


def tree(parts: Sequence[Any], combine: Callable[[Any, list[Any]], Any], shared: Any) -> Any:
    """Parts that are not yet run, at least one, combined by ``combine(shared, some)``, and so on, in their order."""
    parts = list(parts)
    while len(parts) > 1:
        parts = [
            task(combine, shared, parts[i : i + _AT_ONCE]) if len(parts) - i > 1 else parts[i]
            for i in range(0, len(parts), _AT_ONCE)
        ]
    return parts[0]


def results(*parts: Any) -> tuple[Any, ...]:
    """Run the tasks."""
    return compute(*parts)


def results_of_reads(*parts: Any) -> tuple[Any, ...]:
    """Run tasks that mostly read and hold little: unless someone chose how, one more of dask's threads than there are
    cores, since while one waits for what it reads another computes. Other tasks gain nothing, and hold more by it."""
    from dask import config, system

    chosen = any(config.get(name, None) is not None for name in ("scheduler", "pool", "num_workers"))
    return compute(*parts, **({} if chosen else {"num_workers": system.CPU_COUNT + 1}))


def kept(parts: Sequence[Any]) -> list[Any]:
    """Run the tasks, whose results stay where they were found, for others to take."""
    import dask.base

    return list(dask.base.persist(*parts))  # type: ignore[no-untyped-call]
