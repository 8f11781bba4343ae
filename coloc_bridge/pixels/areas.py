"""The pixels of a region in its bounding box: thousands of regions of a large image need no mask of its size each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from coloc_bridge.inputs import Array
from coloc_bridge.pixels.boxes import bounding_box

Mask = NDArray[np.bool_]
Int64 = NDArray[np.int64]


class Area(NDArrayOperatorsMixin):
    """A mask of `shape` that is True where `inside` is, an array that lies at `box` in it.

    It stands wherever a mask does; what is asked of it as an array is answered by the whole mask, made for a moment.

    >>> area = Area((2, 4), (slice(0, 1), slice(1, 3)), np.ones((1, 2), bool))
    >>> np.asarray(area)
    array([[False,  True,  True, False],
           [False, False, False, False]])
    >>> int(area.sum()), bool((~area).all())
    (2, False)
    """

    def __init__(self, shape: tuple[int, ...], box: tuple[slice, ...], inside: Mask) -> None:
        self.shape, self.box, self.inside = shape, box, inside

    @classmethod
    def of(cls, mask: Mask) -> Area:
        """The area of a mask, without the empty rows and columns around it.

        >>> Area.of(np.array([[0, 0, 0], [0, 1, 0]], bool)).box
        (slice(1, 2, None), slice(1, 2, None))
        """
        box = bounding_box(mask)
        return cls(mask.shape, box, mask[box].copy())  # a view would keep the whole mask

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def n_pixels(self) -> int:
        return int(np.count_nonzero(self.inside))

    def cut(self, index: Sequence[Any]) -> Area:
        """The area in some planes: `index` has a place or ``slice(None)`` for each of the first axes."""
        whole = (*index, *[slice(None)] * (len(self.shape) - len(index)))
        kept = [axis for axis, at in enumerate(whole) if isinstance(at, slice)]
        shape, box = tuple(self.shape[axis] for axis in kept), tuple(self.box[axis] for axis in kept)
        here = [at if isinstance(at, slice) else at - part.start for at, part in zip(whole, self.box, strict=True)]
        if any(not isinstance(at, slice) and not 0 <= at < n for at, n in zip(here, self.inside.shape, strict=True)):
            return Area(shape, (slice(0, 0),) * len(kept), np.zeros((0,) * len(kept), np.bool_))
        return Area(shape, box, np.asarray(self.inside[tuple(here)]))

    def on_every(self, axis: int, size: int) -> Area:
        """The same area on all planes along a new axis."""
        shape, box = (*self.shape[:axis], size, *self.shape[axis:]), list(self.box)
        box.insert(axis, slice(0, size))
        inside = np.expand_dims(self.inside, axis)
        return Area(shape, tuple(box), np.broadcast_to(inside, tuple(part.stop - part.start for part in box)))

    def within(self, mask: Mask) -> Area:
        """The pixels that are inside a mask of the whole image as well."""
        return Area(self.shape, self.box, self.inside & np.asarray(mask[self.box]))

    def part(self, box: tuple[slice, ...]) -> Area:
        """What of it is in a box of the image that it meets, in the places of the box."""
        both = list(zip(self.box, box, strict=True))
        shared = [(max(at.start, other.start), min(at.stop, other.stop)) for at, other in both]
        inside = self.inside[
            tuple(slice(i - at.start, j - at.start) for (i, j), at in zip(shared, self.box, strict=True))
        ]
        own = tuple(slice(i - other.start, j - other.start) for (i, j), other in zip(shared, box, strict=True))
        return Area(tuple(other.stop - other.start for other in box), own, inside.copy())

    def meets(self, box: tuple[slice, ...]) -> bool:
        """Whether pixels may be in a box of the image."""
        return all(
            own.start < other.stop and other.start < own.stop for own, other in zip(self.box, box, strict=True)
        )

    def places(self, box: tuple[slice, ...]) -> tuple[Int64, ...]:
        """Where in a box that it meets its pixels are, by axis."""
        both = list(zip(self.box, box, strict=True))
        lows = [max(at.start, other.start) for at, other in both]
        shared = tuple(
            slice(low - at.start, min(at.stop, other.stop) - at.start)
            for low, (at, other) in zip(lows, both, strict=True)
        )
        found = np.nonzero(self.inside[shared])
        return tuple(place + low - other.start for place, low, other in zip(found, lows, box, strict=True))

    def runs(self) -> tuple[Int64, Int64]:
        """Where its rows of pixels begin in the flat image, in C order, and how long they are."""
        if not self.inside.any():
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        rows = np.atleast_1d(self.inside)
        padded = np.zeros((rows.size // rows.shape[-1], rows.shape[-1] + 2), np.int8)
        padded[:, 1:-1] = rows.reshape(len(padded), -1)
        steps = np.diff(padded, axis=1)
        row, begin = np.nonzero(steps == 1)
        _, end = np.nonzero(steps == -1)
        return self._rows()[row] + begin, end - begin

    def _rows(self) -> Int64:
        """Where the rows of the box begin in the flat image."""
        places = np.zeros(1, np.int64)
        for axis, (part, size) in enumerate(zip(self.box, self.shape, strict=True)):
            along = np.arange(part.start, part.stop) if axis < len(self.shape) - 1 else np.array([part.start])
            places = (places[:, np.newaxis] * size + along).reshape(-1)
        return places

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("the whole mask of an area is always a copy: pass copy=None")
        mask = np.zeros(self.shape, np.bool_)
        mask[self.box] = self.inside
        return mask if dtype is None else mask.astype(dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = (np.asarray(one) if isinstance(one, Area) else one for one in inputs)
        return getattr(ufunc, method)(*arrays, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)

    def __getitem__(self, index: Any) -> Any:
        return np.asarray(self)[index]

    def __len__(self) -> int:
        return len(np.asarray(self))

    def __repr__(self) -> str:
        return f"<Area of {self.n_pixels} pixels in an image of {self.shape}>"
