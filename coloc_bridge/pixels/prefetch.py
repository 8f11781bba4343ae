"""The prefetch instruction of LLVM, for loops that know which rows they read next, in no order."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit

CACHE_LINE = 64
"""Bytes. Where lines are longer, some are asked for twice; where shorter, every other one."""


@intrinsic
def _prefetch(_: Any, matrix: Any, row: Any, column: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = cgutils.get_item_pointer(context, builder, signature.args[0], array, arguments[1:])  # type: ignore[no-untyped-call]
        address = builder.bitcast(pointer, ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        call = ir.FunctionType(ir.VoidType(), [address.type, flag, flag, flag])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address.type], call)
        builder.call(function, [address, flag(0), flag(3), flag(1)])  # to read, to keep in every cache, data
        return context.get_dummy_value()

    return types.void(matrix, types.intp, types.intp), code


@njit(cache=True, nogil=True)
def prefetch_rows(matrix: NDArray[Any], rows: NDArray[Any]) -> None:
    """Ask for some rows of a matrix in C order."""
    columns, step = matrix.shape[1], CACHE_LINE // matrix.itemsize
    for row in rows:
        for column in range(0, columns, step):
            _prefetch(matrix, row, column)  # type: ignore[call-arg]
