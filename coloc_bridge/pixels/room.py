"""New arrays in compiled loops, as `np.empty` and `np.zeros` make them.

Of those, numba makes a function for each shape, dtype and way to treat errors: 0.05 s, and twice that for zeros.
"""

import importlib
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.typing import npydecl
from numba.extending import intrinsic
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)
_kinds: Any = npydecl


class _New(Protocol):
    def __call__(self, shape: Any, dtype: type[Number] | np.dtype[Number]) -> NDArray[Number]: ...


def _empty(typing: Any, shape: Any, dtype: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        # A part of what compiles, which a loop that is kept does without.
        arrays: Any = importlib.import_module("numba.np.arrayobj")
        sizes = arrays._parse_shape(context, builder, shape, arguments[0])
        return arrays._empty_nd_impl(context, builder, signature.return_type, sizes)._getvalue()

    made: Any = types.Array(_kinds.parse_dtype(dtype), _kinds.parse_shape(shape), "C")
    return made(shape, dtype), code


def _zeros(typing: Any, shape: Any, dtype: Any) -> Any:
    signature, empty_code = _empty(typing, shape, dtype)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = empty_code(context, builder, signature, arguments)
        array = context.make_array(signature.return_type)(context, builder, made)
        size = builder.mul(array.itemsize, array.nitems)
        cgutils.memset(builder, array.data, size, 0)  # type: ignore[no-untyped-call]
        return made

    return signature, code


empty: _New = cast(Any, intrinsic(_empty))
"""An array of a shape and dtype that holds anything."""
zeros: _New = cast(Any, intrinsic(_zeros))
"""An array of a shape and dtype that holds zeros."""
