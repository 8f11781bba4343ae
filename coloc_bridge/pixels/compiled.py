"""numba's ``njit`` for a package that is read, copied, mounted and shared in places of all kinds.

What numba compiled is kept on disk where that can be, and is compiled anew where it cannot: a missing folder, a full
disk, a file that is cut off, altered or of another loop never show. numba's own cache ends the import in the first
case and the process in the last.
"""

import hashlib
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import types
from numba.core.caching import FunctionCache, NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from coloc_bridge import files
from coloc_bridge.attributes import once
from coloc_bridge.pixels import forks

Loop = TypeVar("Loop", bound=Callable[..., Any])

_PARTS = tuple(map(int, numba.__version__.split(".")[:2])) <= (0, 68)
"""Parts are made by what numba has inside. By a version that is newer than those tried every loop is compiled by
itself, which takes twice as long."""


def njit(*, cache: bool, by_itself: bool = False, **options: Any) -> Callable[[Loop], Loop]:
    """`numba.njit` with a cache that may fail, of a loop that costs little where it is a part of other loops.

    Some are faster where they were optimized `by_itself` before others took them in; sums in any order, whose order
    hangs on what they are optimized with, always are.
    """

    def compiled(function: Loop) -> Loop:
        # No loop is handed on as a C function, for which numba would compile a wrapper of each.
        loop: Any = numba.njit(**options, no_cfunc_wrapper=True)(function)  # type: ignore[call-overload]
        loop.part = _part(loop, options) if _PARTS and not by_itself and "fastmath" not in options else loop
        # A loop that is told a constant by another one is compiled for its type, and not once for each constant.
        template, typed = loop.part.get_call_template, cast(Any, types.unliteral)
        loop.get_call_template = lambda args, kws: template(
            tuple(typed(kind) for kind in args), {name: typed(kind) for name, kind in kws.items()}
        )
        loop.get_overload = loop.part.get_overload
        if cache:
            loop._cache = _Cache(function)
        # A loop is pickled by its name. numba would pickle the function, which another process compiles once more.
        if function.__module__ != "__main__" and "<" not in function.__qualname__:
            loop.__reduce_ex__ = lambda protocol: function.__qualname__
        return cast(Loop, loop)

    return compiled


def by_types(choose: Callable[..., Loop], like: Loop) -> Loop:
    """A name for several functions that take what `like` takes; `choose` tells by numba's types which is meant."""
    loop: Any = njit(cache=False, nogil=True)(like)
    for one in (loop, loop.part):
        one._compiler._get_implementation = lambda args, kws: choose(*args)
    return cast(Loop, loop)


def _part(loop: Any, options: dict[str, Any]) -> Any:
    """The loop as others call it, whose machine code it becomes a part of: it gets none of its own."""
    part: Any = numba.njit(**options, pipeline_class=_PartCompiler)(loop.py_func)
    part._compiling_counter = loop._compiling_counter  # by it numba tells a loop that calls itself

    def add_overload(compiled: Any) -> None:
        key = object()
        compiled.target_context.insert_user_function(key, compiled.fndesc, [compiled.library])
        part.overloads[tuple(compiled.signature.args)] = compiled._replace(entry_point=key)

    part.add_overload = add_overload
    return part


class _PartCompiler(Compiler):
    def define_pipelines(self) -> Any:
        state: Any = self.state
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)  # type: ignore[no-untyped-call]
        return super().define_pipelines()  # type: ignore[no-untyped-call]


class _Part(JITCodeLibrary):
    """What LLVM takes into other loops, and optimizes there."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True


class _Cache(NullCache):
    """The compiled versions of one loop on disk; looked for when it is first called: an import writes nothing."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    @once
    def _kept(self) -> Any:
        """numba's cache with files of our own; an OSError or RuntimeError where there is no folder for them."""
        Path.home()  # without one, numba makes a folder "~" wherever the program was started
        kept: Any = FunctionCache(self._function)  # type: ignore[no-untyped-call]
        locator = kept._impl.locator
        kept._cache_file = _Files(
            Path(locator.get_cache_path()), kept._impl.filename_base, locator.get_source_stamp()
        )
        return kept

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        # Whatever is wrong with a file, the loop can be compiled: no kind of error is worth telling.
        with suppress(Exception):
            # numba's own `load_overload` first gathers all that could be compiled, in 0.3 s. Machine code needs the
            # counting of references alone, and whoever compiles gathers by himself.
            rtsys.initialize(target_context)
            return self._kept._load_overload(sig, target_context)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):
            self._kept.save_overload(sig, data)


class _Files:
    """A file for each signature, instead of an index that two processes write at once.

    It begins with a digest of what it holds and what it is for: an altered one would be run as machine code.
    """

    def __init__(self, folder: Path, base: str, source: object) -> None:
        self._folder, self._base, self._source = folder, base, source

    def load(self, key: object) -> Any:
        content = self._path(key).read_bytes()
        digest, data = content[:_DIGEST_SIZE], content[_DIGEST_SIZE:]
        return pickle.loads(data) if digest == self._digest(key, data) else None

    def save(self, key: object, data: object) -> None:
        pickled = dumps(data)  # type: ignore[no-untyped-call]
        files.write_bytes(self._path(key), self._digest(key, pickled) + pickled)

    def _path(self, key: object) -> Path:
        return self._folder / f"{self._base}.{_digest(repr(key).encode()).hex()[:16]}.nbc"

    def _digest(self, key: object, data: bytes) -> bytes:
        return _digest(repr((numba.__version__, self._source, key)).encode() + data)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_DIGEST_SIZE = len(_digest(b""))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=forks.begin, after_in_parent=forks.end, after_in_child=forks.end)
