"""An image with named axes, as light as an array: what is shared by all that reads and measures files."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from coloc_bridge.inputs import Array
from coloc_bridge.lazy import is_lazy

if TYPE_CHECKING:
    import xarray

AnyImage = TypeVar("AnyImage", "Image", "xarray.DataArray")


@dataclass(eq=False)
class Image:
    """What of a DataArray files and measuring need, under the names it has there, so that a function takes either.

    The first DataArray of a process costs 0.7 s: it brings pandas, dask and whatever else could make an array. Users
    are given one by `to_xarray`, the command line does without.

    Examples
    --------
    >>> image = Image(np.zeros((2, 8, 9)), ("C", "Y", "X"), "cells.tif", coords={"C": np.array(["GFP", "RFP"])})
    >>> image.sizes, image.isel(C=0, drop=True).dims
    ({'C': 2, 'Y': 8, 'X': 9}, ('Y', 'X'))
    """

    data: Any
    """ndarray, or dask array."""
    dims: tuple[Hashable, ...]
    name: Hashable
    attrs: dict[str, Any] = field(default_factory=dict)
    encoding: dict[Hashable, Any] = field(default_factory=dict)
    coords: dict[str, Array] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.size * int(self.data.dtype.itemsize)

    @property
    def sizes(self) -> Mapping[Hashable, int]:
        return dict(zip(self.dims, self.shape, strict=True))

    @property
    def values(self) -> Array:
        return np.asarray(self.data)

    def __dask_graph__(self) -> Any:
        return self.data.__dask_graph__() if is_lazy(self.data) else None

    def copy(self, *, data: Any) -> Image:
        return replace(self, data=data, attrs=dict(self.attrs))

    def rename(self, names: Mapping[Hashable, Hashable] | Hashable) -> Image:
        """Names of axes, or another name of the image."""
        if isinstance(names, Mapping):
            return replace(self, dims=tuple(names.get(dim, dim) for dim in self.dims))
        return replace(self, name=names)

    def transpose(self, *dims: Hashable) -> Image:
        order = [self.dims.index(dim) for dim in dims]
        return replace(self, data=self.data.transpose(order), dims=dims)

    def assign_coords(self, **coords: Any) -> Image:
        return replace(self, coords=self.coords | {name: np.asarray(values) for name, values in coords.items()})

    def drop_vars(self, name: str, *, errors: str) -> Image:
        assert errors == "ignore"
        return replace(self, coords={other: values for other, values in self.coords.items() if other != name})

    def isel(self, *, drop: bool, **places: int) -> Image:
        """One place along axes, which go."""
        assert drop
        cut = tuple(places.get(str(dim), slice(None)) for dim in self.dims)
        left = {name: values for name, values in self.coords.items() if name not in places}
        return replace(
            self, data=self.data[cut], dims=tuple(dim for dim in self.dims if dim not in places), coords=left
        )

    def to_xarray(self) -> xarray.DataArray:
        """The image as users know it."""
        import xarray

        coords = {name: (name, values) if name in self.dims else values for name, values in self.coords.items()}
        image = xarray.DataArray(self.data, coords, self.dims, self.name, self.attrs)
        image.encoding = dict(self.encoding)
        return image
