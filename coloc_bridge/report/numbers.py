"""Numbers as text for a reader: few digits, but enough to see that two values differ."""

import math
import re

from coloc_bridge.compare import Cell, Comparison, Verdict
from coloc_bridge.engines.protocol import Value

_FEWEST, _MOST = 4, 10
_WHOLE = re.compile(r"threshold_[ab]$|_shift$|_df$|^area_|_objects$|_colocalized$|^(max|min|integral)_[ab]$")


def decimals(row: Comparison) -> int:
    """Decimals at which the values of a row can be told apart, where they differ."""
    numbers = [cell.number for cell in (row.standard, row.recorded) if cell.number is not None]
    finite = [x for x in numbers if math.isfinite(x)]
    largest = max((abs(x) for x in finite), default=0.0)
    fewest = max(0, _FEWEST - max(0, len(str(int(largest))) - 1))
    if len(finite) == 2 and row.verdict is not Verdict.EQUAL and finite[0] != finite[1]:
        return min(_MOST, max(fewest, 1 - math.floor(math.log10(abs(finite[0] - finite[1])))))
    return fewest


def is_whole(quantity: str, value: float | None) -> bool:
    """Whether a value is better written without decimals: a count, a grey level, a shift that is a whole number."""
    return value is not None and value.is_integer() and bool(_WHOLE.search(quantity))


def text(value: float | None, places: int) -> str:
    """Fixed decimals with a true minus sign, as tables set them.

    >>> text(-0.12345, 3), text(float("nan"), 3), text(None, 3), text(1e-12, 4)
    ('−0.123', 'NaN', '', '1.0e−12')
    """
    if value is None:
        return ""
    if not math.isfinite(value):
        return str(value).replace("nan", "NaN").replace("inf", "∞").replace("-", "−")
    if value and round(value, places) == 0 and places >= _FEWEST:
        return f"{value:.1e}".replace("-", "−")
    rounded = f"{value:.{places}f}" if abs(value) < 1e15 else f"{value:.6g}"
    if float(rounded) == 0:
        rounded = rounded.removeprefix("-")
    return rounded.replace("-", "−")


def shown(cell: Cell, places: int, quantity: str) -> str:
    """What a cell of the table shows."""
    if isinstance(cell.value, tuple):
        return f"{len(cell.value)} points"
    if cell.value is None and cell.text is not None:
        return cell.text.replace("-", "−") if cell.number is not None else cell.text
    return text(cell.value, 0 if is_whole(quantity, cell.value) else places)


def digits(value: Value | None) -> str:
    """All digits of a value, as they can be pasted into a program.

    >>> digits(0.1), digits(3.0), digits((1.0, 2.0)), digits(None)
    ('0.1', '3.0', '2 points, in report.json', '')
    """
    if isinstance(value, tuple):
        return f"{len(value)} points, in report.json"
    return "" if value is None else str(value).replace("nan", "NaN").replace("inf", "Infinity")


def full(cell: Cell) -> str:
    """Everything that is known of a cell: the full double and the printed text."""
    printed = "" if cell.text is None else f"printed “{cell.text}”"
    return "; ".join(filter(None, (digits(cell.value), printed)))
