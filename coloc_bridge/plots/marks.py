"""Places of thresholds with a name, as figures show them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Okabe and Ito's colours, told apart by readers with colour-blindness too; black first, for the standard.
COLOURS = ("#000000", "#D55E00", "#0072B2", "#CC79A7", "#E69F00", "#009E73", "#56B4E9")
SHAPES = "osD^vP*Xph"


@dataclass(frozen=True)
class Mark:
    """A pair of thresholds, and what belongs to it as far as it is known."""

    label: str
    threshold_a: float
    threshold_b: float
    slope: float = math.nan
    """Of the line B = slope * A + intercept on which they were searched for."""
    intercept: float = math.nan
    colour: str = ""
    shape: str = ""
    """One of matplotlib's markers."""
    m1: tuple[float, float, float] | None = None
    """M1 there, and its least and most while the thresholds move a little."""
    m2: tuple[float, float, float] | None = None

    @property
    def found(self) -> bool:
        """Whether there are thresholds at all."""
        return math.isfinite(self.threshold_a) and math.isfinite(self.threshold_b)


def as_marks(given: Any) -> list[Mark]:
    """Marks of a list, or of the table of `threshold_marks`, each with a colour and a shape of its own.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if given is None:
        return []
    rows: Iterable[Any] = given
    if hasattr(given, "to_dict"):
        rows = [_of_row(row) for row in given.to_dict("records")]
    marks = list(rows)
    for mark in marks:
        if not isinstance(mark, Mark):
            raise TypeError(f"marks must be a list of Mark or the table of threshold_marks, got {mark!r:.80} in it")
    return [
        Mark(
            **{
                **vars(mark),
                "colour": mark.colour or COLOURS[number % len(COLOURS)],
                "shape": mark.shape or SHAPES[number % len(SHAPES)],
            }
        )
        for number, mark in enumerate(marks)
    ]


def _of_row(row: dict[str, Any]) -> Mark:
    ranges: dict[str, Any] = {
        name: (row[name], row[f"{name}_low"], row[f"{name}_high"]) for name in ("m1", "m2") if name in row
    }
    return Mark(str(row["mark"]), float(row["threshold_a"]), float(row["threshold_b"]), **ranges)
