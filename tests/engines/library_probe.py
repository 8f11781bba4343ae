"""A library for tests: does in its process what a test asks."""

import os
import sys
import time
import warnings

import numpy as np

from coloc_bridge.engines.library.live import LibraryEngine


class LibraryProbe(LibraryEngine):
    name, title, distribution = "probe", "Probe", "numpy"

    def steps(self, a, b, mask, *, action="pixels", level=1.0):
        if action == "refuse":
            raise ValueError("no such pair")
        if action == "lack":
            import a_library_that_is_not_there  # noqa: F401

        def act():
            if action == "raise":
                raise ArithmeticError("too much")
            if action == "warn":
                warnings.warn("take care", RuntimeWarning, stacklevel=1)
                np.float64(1) / np.float64(0)  # numpy's own warnings are no news
            if action == "print":
                sys.stdout.write("a line that must not reach the frames\n")
                sys.stdout.flush()
            if action == "hang":
                time.sleep(600)
            if action == "die":
                os._exit(9)
            return {"level": level}

        inside = np.ones(a.shape, bool) if mask is None else mask
        return {
            "sum": lambda: {"pixels": tuple(a[inside]), "item": a.dtype.itemsize, "pid": os.getpid()},
            "act": act,
        }


class AllThrow(LibraryProbe):
    def steps(self, a, b, mask):
        return {"first": lambda: 1 / 0, "second": lambda: [][0]}


class Missing(LibraryProbe):
    distribution, remedy = "a-library-that-is-not-there", "look for it"
