"""How far every coefficient of the standard and of every twin is from the truth, by fault of the images.

    python validation/truth/measure.py

writes scenes.csv (what each scene is), answers.csv (the truth of each base), table.csv (bias and RMS error), the
tables of README.md and survival.png beside this file, and the advice of docs/truth.md.
"""

import argparse
import csv
import math
import platform
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import design
import numpy as np

import coloc_bridge as cb
from coloc_bridge.compare.coefficients import Key, distinct, measure_pair, true_values
from coloc_bridge.truth import estimated

HERE = Path(__file__).parent
TABLE = ("fault", "strength", "size", "engine", "variant", "quantity", "truth", "scenes", "undefined")
TABLE += ("bias", "rms", "bias_without", "rms_without")


class Measured(NamedTuple):
    """One scene, its answer, and what every coefficient said."""

    row: design.Row
    size: float
    truth: dict[str, float]
    values: dict[Key, float]


def measure(row: design.Row) -> Measured:
    scene = design.scene_of(row)
    values = {one.key: one.value for one in measure_pair(scene.a, scene.b)}
    return Measured(row, design.size_of(row, scene), true_values(scene.clean_a, scene.clean_b), values)


def table(measured: Iterable[Measured]) -> list[dict[str, Any]]:
    """A row for each fault, strength and coefficient."""
    groups: dict[tuple[str, int], list[Measured]] = defaultdict(list)
    for one in measured:
        groups[one.row["fault"], one.row["strength"]].append(one)
    plain = {one.row["base"]: one for one in groups["none", 0]}
    keys = distinct([one.values for scenes in groups.values() for one in scenes])
    found = []
    for (fault, strength), scenes in groups.items():
        size = np.mean([one.size for one in scenes])
        for key, (engine, variant, quantity) in keys.items():
            truth = estimated(quantity)
            there = [one for one in scenes if math.isfinite(one.truth[truth])]
            bias, rms, undefined = errors(there, key, truth)
            bias_without, rms_without, _ = errors([plain[one.row["base"]] for one in there], key, truth)
            numbers = (bias, rms, bias_without, rms_without)
            cells = (fault, strength, size, engine, variant, quantity, truth, len(there), undefined, *numbers)
            found.append(dict(zip(TABLE, cells, strict=True)))
    return found


def errors(scenes: Sequence[Measured], key: Key, truth: str) -> tuple[float, float, int]:
    """Bias, RMS error, and in how many scenes the coefficient has no number."""
    away = np.array([one.values[key] - one.truth[truth] for one in scenes])
    away = away[np.isfinite(away)]
    if not away.size:
        return math.nan, math.nan, len(scenes)
    return float(away.mean()), float(np.sqrt(np.mean(away**2))), len(scenes) - away.size


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _text(row[name]) for name in columns} for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--render", action="store_true", help="only the tables and the figure, from table.csv")
    chosen = parser.parse_args()
    if not chosen.render:
        with ProcessPoolExecutor(chosen.processes) as pool:
            measured = list(pool.map(measure, design.rows(), chunksize=8))
        write_csv(HERE / "scenes.csv", design.COLUMNS, (design.as_text(one.row) for one in measured))
        answers = [{"base": one.row["base"]} | one.truth for one in measured if one.row["fault"] == "none"]
        write_csv(HERE / "answers.csv", list(answers[0]), answers)
        write_csv(HERE / "table.csv", TABLE, table(measured))
    from render import render  # it reads what was written

    versions = [("coloc-bridge", cb.__version__)] + [
        (name, version(name)) for name in ("numpy", "scipy", "scikit-image")
    ]
    render(", ".join(f"{name} {number}" for name, number in versions) + f", Python {platform.python_version()}")


if __name__ == "__main__":
    main()
