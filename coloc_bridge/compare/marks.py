"""Where the thresholds of standard and engines lie, and how much Manders' coefficients hang on them."""

import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from coloc_bridge import metrics, twins
from coloc_bridge.analysis import analyse_pairwise
from coloc_bridge.compare.coefficients import twin_runs
from coloc_bridge.engines import registry
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineMisreads
from coloc_bridge.inputs import Array, as_pair, real_number

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[float, float]


def threshold_marks(
    a: ArrayLike, b: ArrayLike, mask: ArrayLike | None = None, *, within: float = 0.05
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
        # M1 and M2 only fall while a threshold rises: their least and most are at the ends.
        moved = {"": 0.0, "_high": -share, "_low": share}
        for end, move in moved.items():
            m1, m2 = metrics.manders(image_a, image_b, *_moved(pair, move), inside)
            row |= {f"m1{end}": m1, f"m2{end}": m2}
        rows.append({**row, "note": note})
    return pd.DataFrame(rows)


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
