"""Where the thresholds of standard and engines lie, and how much Manders' coefficients hang on them."""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from coloc_bridge import metrics, twins
from coloc_bridge.analysis import analyse_pairwise
from coloc_bridge.compare.coefficients import twin_runs
from coloc_bridge.compare.model import RunInfo, ThresholdMark
from coloc_bridge.compare.standard import Standard
from coloc_bridge.engines import registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineMisreads
from coloc_bridge.inputs import Array, as_pair, real_number

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[float, float]
Range = tuple[float, float, float]
WITHIN = 0.05
"""How far thresholds are moved, as a share of themselves."""


def threshold_marks(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, within: float = WITHIN
) -> "pd.DataFrame":
    """The thresholds of the standard, of Otsu and of every engine with a twin, and M1 and M2 around them.

    Parameters
    ----------
    a, b : array_like of integer or float, one shape
    mask : array_like of bool, the same shape, optional
        Pixels to use; all by default.
    within : float
        How far a threshold is moved to either side, as a share of it.

    Returns
    -------
    pandas.DataFrame
        A row for each: mark, engine (empty for standard and Otsu), variant, threshold_a, threshold_b, `manders` there
        (m1, m2), and the least and most of it while the thresholds move (m1_low, m1_high, m2_low, m2_high). Numbers
        are NaN where a search found no thresholds; `note` then says what the engine said.

    Raises
    ------
    ValueError
        If shapes differ, `within` is no share from 0 to 1, or a pixel is negative.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(32) % 7, np.arange(32) % 5).astype(np.uint8)
    >>> marks = threshold_marks(a, a // 2).set_index("mark")
    >>> bool(marks.loc["Otsu", "m1_low"] <= marks.loc["Otsu", "m1"])
    True
    """
    import pandas as pd

    image_a, image_b, inside = as_pair(a, b, mask)
    share = real_number(within, "within")
    if not 0 <= share <= 1:
        raise ValueError(f"within must be a share from 0 to 1, got {share}")
    rows = []
    for mark, engine, variant, pair, note in [
        *_standard(image_a, image_b, inside),
        *_of_engines(image_a, image_b, inside),
    ]:
        row: dict[str, Any] = {"mark": mark, "engine": engine, "variant": variant}
        row |= {"threshold_a": pair[0], "threshold_b": pair[1]}
        m1, m2 = _around(pair, share, lambda at: metrics.manders(image_a, image_b, *at, inside))
        for end, first, second in zip(("", "_low", "_high"), m1, m2, strict=True):
            row |= {f"m1{end}": first, f"m2{end}": second}
        rows.append({**row, "note": note})
    return pd.DataFrame(rows)


def marks_of_runs(standard: Standard, runs: Iterable[RunInfo]) -> Iterator[ThresholdMark]:
    """Where the search of the standard and those of some runs ended, and M1 and M2 there and within 5 %."""
    pairs = [("", "", standard.thresholds)]
    pairs += [(run.engine, run.variant, run.costes_thresholds) for run in runs if run.costes_thresholds]
    for engine, variant, pair in pairs:
        yield ThresholdMark(engine, variant, pair, *_around(pair, WITHIN, standard.manders))


def _around(pair: Pair, share: float, manders: Callable[[Pair], tuple[float, ...]]) -> tuple[Range, Range]:
    """M1 at a pair of thresholds, its least and its most while they move by a share of themselves; the same of M2."""
    # They only fall while a threshold rises: their least and most are at the ends.
    at, low, high = (manders(_moved(pair, move)) for move in (0.0, share, -share))
    return (at[0], low[0], high[0]), (at[1], low[1], high[1])


def _moved(pair: Pair, move: float) -> Pair:
    return pair[0] + move * abs(pair[0]), pair[1] + move * abs(pair[1])


Mark = tuple[str, str, str, Pair, str]


def _standard(a: Array, b: Array, mask: Array | None) -> Iterator[Mark]:
    labels = None if mask is None else mask.astype("uint8")
    for title, method in (("Costes, standard", "costes"), ("Otsu", "otsu")):
        said: list[str] = []
        row = analyse_pairwise(
            a, b, label_mask=labels, metrics=["mcc"], threshold_method=method, region_warnings=said
        )
        pair = (float(row[0]["threshold_a"]), float(row[0]["threshold_b"])) if row else (math.nan, math.nan)
        yield title, "", method, pair, "; ".join(said)


def _of_engines(a: Array, b: Array, mask: Array | None) -> Iterator[Mark]:
    for engine in twins.ENGINES:
        spec = registry.described(engine)
        for variant, settings in twin_runs(engine, a, b):
            pair, note = (math.nan, math.nan), ""
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", EngineMisreads)  # marks are in the pixels as they are
                    values = twins.run(engine, a, b, mask=mask, **settings)
            except EngineError as error:
                note = str(error)
            else:
                found = spec.thresholds(EngineRun(engine, variant, settings, values), "").pair
                pair = pair if found is None else found
            yield ", ".join(filter(None, (spec.title, variant))), engine, variant, pair, note
