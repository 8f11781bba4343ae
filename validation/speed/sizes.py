"""Time every function beside napari-colocalization for images of every size, and look for steps.

    python -m pip install -e ".[speed]"
    python validation/speed/sizes.py            # sides 16 to 8192, how many times faster, per function and dtype
    python validation/speed/sizes.py --steps    # sides in steps of 1.05 around every rule that hangs on the size

A call and its peer run in turn, and the least of their times counts: what else the machine does only adds to it.
"""

import argparse
import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import images
import napari_colocalization as napari
import numpy as np
from rich.console import Console
from rich.table import Table

import coloc_bridge as cb
from coloc_bridge.pixels.labels import LARGE
from coloc_bridge.pixels.source import CHUNK
from coloc_bridge.statistics.moments.runs import MOST_LEVELS
from coloc_bridge.statistics.statistic import MOST_IN_ONE_RUN

Calls = dict[str, Callable[[Any, images.Array, images.Array], object]]

CALLS: Calls = {
    "pearson": lambda of, a, b: of.pearson(a, b),
    "spearman": lambda of, a, b: of.spearman(a, b),
    "li_icq": lambda of, a, b: of.li_icq(a, b),
    "overlap": lambda of, a, b: of.overlap(a, b),
    "manders": lambda of, a, b: of.manders(a, b, float(a[0, 0]), float(b[0, 0])),
    "costes_threshold": lambda of, a, b: of.costes_threshold(a, b),
    "all metrics": lambda of, a, b: of.analyse_pairwise(a, b),
}
"""What both packages have, by the same names."""

DTYPES = ("uint8", "uint16", "float32", "float64")
SIDES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
RULES = {
    "beyond a run of pixels beside others": LARGE,
    "a second chunk": CHUNK,
    "a second thread, beyond one run": MOST_IN_ONE_RUN,
    "sums beyond one run": MOST_LEVELS,
}
_LONG = 0.3
"""Seconds after which a call is not repeated."""


def pair(side: int, dtype: str) -> tuple[images.Array, images.Array]:
    """A corner of the pair of the benchmarks."""
    a, b = images.pair(max(512, 1 << (side - 1).bit_length()), dtype)
    return a[:side, :side].copy(), b[:side, :side].copy()


def least(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The least seconds of calls that run in turn; short ones several times in a row."""
    found = dict.fromkeys(calls, np.inf)
    times = {}
    for name, call in calls.items():
        call()
        start = time.perf_counter()
        call()
        times[name] = max(1, int(5e-4 / (time.perf_counter() - start)))
    for _ in range(repeats):
        for name, call in calls.items():
            if found[name] > _LONG and found[name] < np.inf:
                continue
            start = time.perf_counter()
            for _ in range(times[name]):
                call()
            found[name] = min(found[name], (time.perf_counter() - start) / times[name])
    return found


def beside_peer(dtypes: list[str], largest: int, repeats: int, console: Console) -> None:
    """How many times faster every function is, and our microseconds."""
    for dtype in dtypes:
        table = Table("side", *CALLS, title=f"{dtype}: our microseconds, and how many times faster")
        for side in (side for side in SIDES if side <= largest):
            a, b = pair(side, dtype)
            cells = []
            for call in CALLS.values():
                found = least({"ours": partial(call, cb, a, b), "theirs": partial(call, napari, a, b)}, repeats)
                cells.append(f"{1e6 * found['ours']:.0f} · {found['theirs'] / found['ours']:.1f}x")
            table.add_row(str(side), *cells)
        console.print(table)


def sides_around(pixels: int) -> list[int]:
    """Sides in steps of 1.05, the first with so many pixels in the middle, and the one before it."""
    first = int(np.ceil(pixels**0.5))
    return [
        round(first / 1.05**2),
        round(first / 1.05),
        first - 1,
        first,
        round(first * 1.05),
        round(first * 1.05**2),
    ]


def steps(dtypes: list[str], repeats: int, console: Console) -> None:
    """The largest step in time per pixel from one side to the next around every rule."""
    for dtype in dtypes:
        table = Table("rule", "sides", *CALLS, title=f"{dtype}: largest step in time per pixel")
        for rule, pixels in RULES.items():
            sides = sides_around(pixels)
            pairs = {side: pair(side, dtype) for side in sides}
            cells = []
            for call in CALLS.values():
                found = least({str(side): partial(call, cb, *of) for side, of in pairs.items()}, repeats)
                each = [found[str(side)] / side**2 for side in sides]
                cells.append(f"{max(after / before for before, after in itertools.pairwise(each)):.2f}")
            table.add_row(rule, f"{sides[0]} to {sides[-1]}", *cells)
        console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", action="store_true", help="look for steps instead")
    parser.add_argument("--dtypes", default=",".join(DTYPES), help="by default all")
    parser.add_argument("--largest", type=int, default=SIDES[-1], help="side (default 8192)")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    console, dtypes = Console(width=150), options.dtypes.split(",")
    if options.steps:
        steps(dtypes, options.repeats, console)
    else:
        beside_peer(dtypes, options.largest, options.repeats, console)


if __name__ == "__main__":
    main()
