"""What a fork has to wait for, so that its child can compute.

A child has the forking thread alone: a lock that another thread holds at that moment is never given back to it. The
first call of anything here takes three of them: the compiler's, LLVM's, and those of modules being imported.
"""

import _imp
import importlib
from threading import get_ident
from typing import Any

from llvmlite.binding import ffi
from numba.core.compiler_lock import global_compiler_lock

_compiler: Any = global_compiler_lock
_imports: Any = importlib._bootstrap


def begin() -> None:
    """Take every lock that a first call takes, when no other thread is at it."""
    while True:
        _compiler.acquire()
        _imp.acquire_lock()  # no import begins
        if not (busy := _imported_elsewhere()):
            break
        # Whoever imports may have to compile, and whoever compiles to import: wait without holding either.
        _release()
        for module in busy:
            _imports._lock_unlock_module(module)
    ffi.lib._lock.__enter__()


def end() -> None:
    """Give them back, in the parent as in the child."""
    ffi.lib._lock.__exit__()
    _release()


def _release() -> None:
    _imp.release_lock()
    _compiler.release()


def _imported_elsewhere() -> list[str]:
    """The modules that other threads are importing."""
    locks = [(name, reference()) for name, reference in _imports._module_locks.items()]
    return [name for name, lock in locks if lock is not None and lock.owner not in (None, get_ident())]
