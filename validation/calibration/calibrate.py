"""How often each test of significance calls a pair significant at 5 %, where the truth is known.

    python validation/calibration/calibrate.py

writes results.json, README.md's tables and false_positives.png beside this file.
"""

import argparse
import json
import math
import os
import platform
import re
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import fields
import numpy as np
from scipy import stats

import coloc_bridge as cb
from coloc_bridge.errors import EngineError

HERE = Path(__file__).parent
SHAPES = {"2D": (96, 96), "3D": (12, 48, 48)}
SIGMAS = (1, 2, 4, 8)
REGIONS = ("whole", "ellipse", "cells")
LEVEL = 0.05
ROUNDS = 100

Test = Callable[[fields.Pair, fields.Mask | None, float], float]


def engine(name: str) -> Test:
    """p of the engine's null model in the usual sense, small for real correlation; each prints the opposite."""

    def p(pair: fields.Pair, mask: fields.Mask | None, independent: float) -> float:
        try:
            return 1 - float(cb.twins.randomize(name, pair.a, pair.b, mask=mask, seed=0, rounds=ROUNDS)["p_value"])
        except (EngineError, ValueError):
            return math.nan

    return p


def by_theory(pair: fields.Pair, mask: fields.Mask | None, independent: float) -> float:
    """What could be had if the number of independent pixels were known."""
    r = cb.pearson(pair.a, pair.b, mask)[0]
    return float(2 * stats.t.sf(abs(r) * math.sqrt((independent - 2) / (1 - r * r)), independent - 2))


TESTS: dict[str, Test] = {
    "number of pixels": lambda pair, mask, n: cb.pearson(pair.a, pair.b, mask)[1],
    "Coloc 2": engine("coloc2"),
    "JACoP": engine("jacop"),
    "BIOP JACoP": engine("biop"),
    "blocks": lambda pair, mask, n: cb.costes_randomization(pair.a, pair.b, mask, ROUNDS, seed=0)["p_value"],
    "blocks inside": lambda pair, mask, n: _blocks_inside(pair, mask),
    "effective pixels": lambda pair, mask, n: cb.correlation_test(pair.a, pair.b, mask)["p_value"],
    "effective pixels, ranks": lambda pair, mask, n: cb.correlation_test(
        pair.a, pair.b, mask, coefficient="spearman"
    )["p_value"],
    "shifts": lambda pair, mask, n: cb.shift_test(pair.a, pair.b, mask, n_shifts=ROUNDS - 1, seed=0)["p_value"],
    "theory": by_theory,
}


def _blocks_inside(pair: fields.Pair, mask: fields.Mask | None) -> float:
    try:
        return cb.costes_randomization(pair.a, pair.b, mask, ROUNDS, 4, seed=0, inside=True)["p_value"]
    except ValueError:  # no two blocks lie in the mask
        return math.nan


@dataclass
class Setting:
    """One kind of pairs, and what the tests said of them."""

    dimensions: str
    region: str
    sigma: int
    rho: float
    pairs: int
    independent: float
    significant: dict[str, float] = field(default_factory=dict)
    """Share of the pairs that have a p-value."""
    refused: dict[str, int] = field(default_factory=dict)
    covered: float = math.nan
    """Share of the 95 % intervals that hold the true r."""
    effective: float = math.nan
    """Median of the effective sample size."""


def settings(pairs_2d: int, pairs_3d: int) -> Iterator[Setting]:
    for dimensions, region, sigma in product(SHAPES, REGIONS, SIGMAS):
        shape = SHAPES[dimensions]
        independent = fields.independent_pixels(fields.region(region, shape), shape, sigma)
        if independent < 11:  # there is no test
            continue
        count = pairs_2d if dimensions == "2D" else pairs_3d
        # So much in common that about seven tests in ten would see it, were the number of independent pixels known.
        found = math.tanh(2.5 / math.sqrt(independent - 3)) / fields.SIGNAL
        for rho in (0.0, min(found, 1.0)):
            yield Setting(dimensions, region, sigma, rho, count, independent)


def measure(setting: Setting) -> Setting:
    warnings.simplefilter("ignore")  # a refusal is counted
    shape = SHAPES[setting.dimensions]
    mask = fields.region(setting.region, shape)
    p: dict[str, list[float]] = {name: [] for name in TESTS}
    covered, sizes = [], []
    for seed in range(setting.pairs):
        pair = fields.pair(seed, shape, setting.sigma, setting.rho, fields.TYPES[seed % 3])
        for name, test in TESTS.items():
            p[name].append(test(pair, mask, setting.independent))
        found = cb.correlation_test(pair.a, pair.b, mask)
        sizes.append(found["effective_n"])
        if not math.isnan(found["low"]):
            covered.append(found["low"] <= pair.r <= found["high"])
    for name, values in p.items():
        there = np.array([value for value in values if not math.isnan(value)])
        setting.significant[name] = float((there <= LEVEL).mean()) if there.size else math.nan
        setting.refused[name] = len(values) - there.size
    setting.covered, setting.effective = float(np.mean(covered)), float(np.median(sizes))
    return setting


def table(measured: list[Setting], *, correlated: bool) -> str:
    head = ["", "region", "sigma", "pairs", *TESTS]
    extra = ["covered"] if correlated else ["independent pixels", "effective"]
    lines = [f"| {' | '.join([*head, *extra])} |", f"| --- | --- |{' ---: |' * (len(head) + len(extra) - 2)}"]
    chosen = [one for one in measured if bool(one.rho) is correlated]
    for one in chosen:
        cells = [one.dimensions, one.region, str(one.sigma), str(one.pairs)]
        cells += [_percent(one.significant[name], one.refused[name]) for name in TESTS]
        cells += [f"{100 * one.covered:.0f}"] if correlated else [f"{one.independent:.0f}", f"{one.effective:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    cells = [
        "**all**",
        "",
        "",
        str(sum(one.pairs for one in chosen)),
        *(f"{_mean(chosen, name):.1f}" for name in TESTS),
    ]
    weights = [one.pairs for one in chosen]
    cells += [f"{100 * np.average([one.covered for one in chosen], weights=weights):.1f}"] if correlated else ["", ""]
    lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float, refused: int) -> str:
    return ("-" if math.isnan(share) else f"{100 * share:.0f}") + (f" ({refused})" if refused else "")


def _mean(chosen: list[Setting], name: str) -> float:
    judged = [(one.significant[name], one.pairs - one.refused[name]) for one in chosen]
    there = [(share, count) for share, count in judged if count]
    return 100 * float(np.average([share for share, _ in there], weights=[count for _, count in there]))


def draw(measured: list[Setting], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(REGIONS), figsize=(10, 3.4), sharey=True, layout="constrained")
    for axis, region in zip(axes, REGIONS, strict=True):
        chosen = [one for one in measured if (one.dimensions, one.region, one.rho) == ("2D", region, 0)]
        for name in TESTS:
            shares = [100 * one.significant[name] for one in chosen]
            ours = name.startswith(("effective", "shifts"))
            axis.plot(
                [one.sigma for one in chosen], shares, "o-" if ours else "o--", ms=4, lw=2 if ours else 1, label=name
            )
        axis.axhline(5, color="0.6", lw=0.8)
        axis.set(title=region, xscale="log", ylim=(-2, 102))
        axis.set_xticks(SIGMAS, [str(sigma) for sigma in SIGMAS])
        axis.minorticks_off()
    figure.supxlabel("size of the structures, sigma in pixels", fontsize="medium")
    axes[0].set_ylabel("independent pairs\ncalled significant, %")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", fontsize="small", frameon=False)
    figure.savefig(path, dpi=90)


def write_readme(measured: list[Setting], versions: str) -> None:
    readme = HERE / "README.md"
    text = readme.read_text("utf-8")
    for name, content in (
        ("versions", versions),
        ("independent", table(measured, correlated=False)),
        ("correlated", table(measured, correlated=True)),
    ):
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda m, new=content: f"{m[1]}{new}\n{m[2]}",
            text,
            flags=re.S,
        )
    readme.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200, help="pairs of every setting in 2D (default 200)")
    parser.add_argument("--pairs-3d", type=int, default=60, help="pairs of every setting in 3D (default 60)")
    options = parser.parse_args()
    os.environ["COLOC_BRIDGE_THREADS"] = "1"  # the processes take the cores
    measured: list[Setting] = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for one in pool.map(measure, settings(options.pairs, options.pairs_3d)):
            measured.append(one)
            print(one.dimensions, one.region, one.sigma, f"rho {one.rho:.2f}", one.significant, flush=True)
    packages = ("coloc-bridge", "numpy", "scipy")
    versions: dict[str, Any] = {name: version(name) for name in packages} | {"python": platform.python_version()}
    result = {"versions": versions, "rounds": ROUNDS, "level": LEVEL, "settings": [asdict(one) for one in measured]}
    text = json.dumps(result, indent=1).replace("NaN", "null")
    (HERE / "results.json").write_text(text + "\n", encoding="utf-8")
    draw(measured, HERE / "false_positives.png")
    write_readme(measured, ", ".join(f"{name} {number}" for name, number in versions.items()))


if __name__ == "__main__":
    main()
