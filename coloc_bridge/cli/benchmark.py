"""``coloc-bridge validate --truth``: pictures of a known colocalization, and what each coefficient makes of them."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coloc_bridge import texts

if TYPE_CHECKING:
    from coloc_bridge.batch.benchmark import Agreement, Benchmark

_WIDTH = 80
_NAME, _NUMBER = 30, 5
"""Characters of a coefficient's name, and of a number with the gap before it."""


def benchmark(
    folder: Path, nominal: Sequence[float], channels: str | None, engines: list[str] | None, output: Path
) -> None:
    """Measure a folder, print what was found, and write benchmark.csv and benchmark.json into another one."""
    from coloc_bridge import files, twins
    from coloc_bridge.batch.benchmark import measure_benchmark
    from coloc_bridge.batch.table import write_table
    from coloc_bridge.cli.tables import progress, stdout

    files.check_folder(output)
    with progress() as advance:
        found = measure_benchmark(
            folder,
            nominal,
            channels=channels.split(",") if channels else None,
            engines=engines or twins.ENGINES,
            progress=advance,
        )
    console = stdout()
    for line in lines(found):
        console.print(texts.visible(line), markup=False, soft_wrap=True)
    for suffix in (".csv", ".json"):
        path = output / f"benchmark{suffix}"
        write_table(found.rows(), path)
        console.print(f"Written: {texts.visible(str(path))}", soft_wrap=True, markup=False)


def shares_of(text: str) -> list[float]:
    """The numbers of an option such as ``0,10,20``.

    Raises
    ------
    ValueError
        If one is none.
    """
    try:
        return [float(part.strip().removesuffix("%")) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"--nominal {text!r}: give per cents with commas between them, such as 0,10,20") from None


def lines(found: "Benchmark") -> list[str]:
    """The tables, at most 80 characters wide: the coefficients by nominal share in blocks, and how they agree."""
    per_block = (_WIDTH - _NAME) // _NUMBER
    said = []
    for start in range(0, len(found.nominal), per_block):
        part = slice(start, start + per_block)
        said += _line("nominal, %", [f"{share:g}" for share in found.nominal[part]])
        said += _by_engine(found, lambda one, part=part: [_short(value) for value in one.values[part]])  # type: ignore[misc]
        said.append("")
    said.append("Against the nominal share: bias, RMS error; order: 1 where it rises with the")
    said.append("share throughout; none: pictures without a value")
    said += _line("", ["bias", "RMS", "order", "none"], 8)
    said += _by_engine(found, _agreement, 8)
    return [*said, ""]


def _agreement(one: "Agreement") -> list[str]:
    numbers = ("" if math.isnan(n) else f"{round(n, 2) + 0:.2f}" for n in (one.bias, one.rms, one.order))
    return [*numbers, str(one.undefined or "")]


def _by_engine(found: "Benchmark", cells: Callable[["Agreement"], list[str]], width: int = _NUMBER) -> list[str]:
    from coloc_bridge.report import names
    from coloc_bridge.truth import STANDARD

    said, engine = [], None
    for one in found.agreements:
        if one.engine != engine:
            engine = one.engine
            said.append("Standard" if engine == STANDARD else names.engine(engine))
        name = names.quantity(one.quantity, "" if engine == STANDARD else one.engine)
        said += _line(f"  {name}{f', {one.variant}' if one.variant else ''}", cells(one), width)
    return said


def _line(name: str, cells: Sequence[str], width: int = _NUMBER) -> list[str]:
    """A name that is too long has a line of its own, so nothing is cut off."""
    numbers = "".join(cell.rjust(width) if len(cell) < width else f" {cell}" for cell in cells)
    lead = [] if len(name) <= _NAME else [name]
    return [*lead, f"{'' if lead else name:<{_NAME}}{numbers}".rstrip()]


def _short(value: float) -> str:
    """Two decimals in four characters.

    >>> [_short(value) for value in (0.123, -0.5, 1.0, 12.34, float("nan"))]
    ['.12', '-.50', '1.00', '12.3', '-']
    """
    if math.isnan(value):
        return "-"
    if abs(value) < 0.995:
        return f"{value:.2f}".replace("0.", ".", 1)
    return f"{value:.2f}" if 0 < value < 9.995 else f"{value:.3g}"
