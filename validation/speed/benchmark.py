"""Time coloc_bridge beside its peers, in one process run, on the same images.

    python -m pip install -e ".[speed]"
    python validation/speed/benchmark.py

prints a table of medians and ratios and writes results.json beside this file. Absolute times drift on a shared
machine; the ratios, taken turn by turn, are what to quote.
"""

import argparse
import json
import os
import platform
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import images
import napari_colocalization as napari
import numpy as np
import scipy.fft
from cp_measure.bulk import get_correlation_measurements
from rich.console import Console
from rich.table import Table
from scipy import stats
from skimage import measure
from timing import Call, fresh_median, fresh_process, interleaved

import coloc_bridge as cb
from coloc_bridge import twins

HERE = Path(__file__).parent
CELLPROFILER = get_correlation_measurements()


@dataclass(frozen=True)
class Row:
    """One line of the table: what was timed, against what, and what the goal says of the ratio."""

    work: str
    against: str
    ours: float
    theirs: float
    goal: str

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    @property
    def ratio_text(self) -> str:
        return f"{self.ratio:.1f}x" if self.ratio >= 1 else f"1/{1 / self.ratio:.1f}"


def works() -> list[tuple[str, Call, dict[str, tuple[Call, str]]]]:
    """(what, our call, {peer: (its call, goal)})."""
    a, b = images.pair(2048)
    a8, b8 = images.pair(2048, "uint8")
    fa, fb = images.pair(2048, "float32")
    small_a, small_b = images.pair(1024)
    small_fa, small_fb = images.pair(1024, "float32")
    large_a, large_b = images.pair(4096)
    cells, many = images.square_regions(2048, 4096), images.square_regions(4096, 65_536)
    one = np.ones(a.shape, np.int32)
    all_metrics = partial(cb.analyse_pairwise, a, b)
    objects = images.square_regions(1080, 144)
    oa, ob = (np.ascontiguousarray(image[:1080, :1080], np.float64) for image in (fa, fb))
    at = {"threshold_method": "manual", "threshold_a": 0.3, "threshold_b": 0.3}
    flat_a, flat_b, flat_fa, flat_fb = (x.ravel() for x in (a, b, fa, fb))
    nc = "napari-colocalization"
    return [
        (
            "all metrics, 2048², uint16",
            all_metrics,
            {
                nc: (partial(napari.analyse_pairwise, a, b), ">= 110"),
                "bare a.sum(), b.sum()": (lambda: (a.sum(), b.sum()), ">= 1/6"),
            },
        ),
        ("all metrics, 2048², uint8", partial(cb.analyse_pairwise, a8, b8), {
            nc: (partial(napari.analyse_pairwise, a8, b8), "")}),
        ("all metrics, 2048², float32", partial(cb.analyse_pairwise, fa, fb), {
            nc: (partial(napari.analyse_pairwise, fa, fb), ">= 28")}),
        ("all metrics, 4096 regions in 2048², uint16", partial(cb.analyse_pairwise, a, b, label_mask=cells), {
            nc: (partial(napari.analyse_pairwise, a, b, label_mask=cells), ">= 60"),
            "our whole image": (all_metrics, ">= 1/3")}),
        ("all metrics, 65 536 regions in 4096², uint16",
            partial(cb.analyse_pairwise, large_a, large_b, label_mask=many), {
            "our whole image": (partial(cb.analyse_pairwise, large_a, large_b), ">= 1/5")}),
        ("all metrics, 4096 regions in 2048², float32", partial(cb.analyse_pairwise, fa, fb, label_mask=cells), {
            "our whole image": (partial(cb.analyse_pairwise, fa, fb), ">= 1")}),
        ("the same as a table", partial(cb.analyse_table, large_a, large_b, label_mask=many), {
            "our rows": (partial(cb.analyse_pairwise, large_a, large_b, label_mask=many), ""),
            "results_table of our rows": (
                lambda: cb.results_table(cb.analyse_pairwise(large_a, large_b, label_mask=many)), ">= 2")}),
        ("pearson, 144 objects in 1080², float64",
            partial(cb.analyse_pairwise, oa, ob, label_mask=objects, metrics="pcc"), {
            "cp-measure": (partial(CELLPROFILER["pearson"], oa, ob, objects), ">= 2")}),
        ("manders at given thresholds, 144 objects in 1080², float64",
            partial(cb.analyse_pairwise, oa, ob, label_mask=objects, metrics="mcc", **at), {
            "cp-measure": (partial(CELLPROFILER["manders_fold"], oa, ob, objects), ">= 2")}),
        ("costes_randomization 1024², 200 rounds, block 8",
            partial(cb.costes_randomization, small_a, small_b, n_iter=200, block_size=8, seed=1), {
            nc: (partial(napari.costes_randomization, small_a, small_b, n_iter=200, block_size=8, seed=1), ">= 40")}),
        ("costes_randomization 1024², 200 rounds, block 8, float32",
            partial(cb.costes_randomization, small_fa, small_fb, n_iter=200, block_size=8, seed=1), {
            nc: (partial(napari.costes_randomization, small_fa, small_fb, n_iter=200, block_size=8, seed=1), "")}),
        ("van_steensel_ccf 1024², ±20", partial(cb.van_steensel_ccf, small_a, small_b, max_shift=20), {
            nc: (partial(napari.van_steensel_ccf, small_a, small_b, max_shift=20), ">= 40")}),
        ("van_steensel_ccf 1024², ±20, float32", partial(cb.van_steensel_ccf, small_fa, small_fb, max_shift=20), {
            nc: (partial(napari.van_steensel_ccf, small_fa, small_fb, max_shift=20), "")}),
        ("spearman 2048², uint16", partial(cb.spearman, a, b), {
            "scipy.stats.spearmanr": (partial(stats.spearmanr, flat_a, flat_b), ">= 60")}),
        ("spearman 2048², float32", partial(cb.spearman, fa, fb), {
            "scipy.stats.spearmanr": (partial(stats.spearmanr, flat_fa, flat_fb), ">= 30")}),
        ("kendall 2048², uint16", partial(cb.kendall, a, b), {
            "scipy.stats.kendalltau": (partial(stats.kendalltau, flat_a, flat_b), ">= 40")}),
        ("kendall 2048², float32", partial(cb.kendall, fa, fb), {
            "scipy.stats.kendalltau": (partial(stats.kendalltau, flat_fa, flat_fb), ">= 5")}),
        ("pearson 2048², uint16", partial(cb.pearson, a, b), {
            "scikit-image": (partial(measure.pearson_corr_coeff, a, b), ""),
            "cp-measure": (partial(CELLPROFILER["pearson"], a, b, one), "")}),
        ("correlation_test 2048², uint16", partial(cb.correlation_test, a, b), {
            "one FFT there and back": (lambda: scipy.fft.irfftn(scipy.fft.rfftn(fa, workers=2), workers=2), "")}),
        ("costes_threshold 2048², uint16", partial(cb.costes_threshold, a, b), {
            nc: (partial(napari.costes_threshold, a, b), ""),
            "cp-measure": (partial(CELLPROFILER["costes"], a, b, one), "")}),
    ]  # fmt: skip


def compare(repeats: int, console: Console) -> list[Row]:
    rows = []
    for what, ours, peers in works():
        seconds = interleaved({"ours": ours} | {name: call for name, (call, _) in peers.items()}, repeats)
        for name, (_, goal) in peers.items():
            rows.append(Row(what, name, seconds["ours"], seconds[name], goal))
            console.print(f"{what}: {rows[-1].ratio_text} {name}")
    return rows


def growth(repeats: int) -> dict[str, dict[str, float]]:
    """Seconds by image side and by number of regions, and the exponent of seconds against pixels."""
    found: dict[str, dict[str, float]] = {}
    for dtype in ("uint8", "uint16", "float32"):
        seconds = {}
        for side in (256, 512, 1024, 2048, 4096, 8192):
            call = partial(cb.analyse_pairwise, *images.pair(side, dtype))
            seconds[str(side)] = interleaved({"": call}, max(3, repeats * 512 // side))[""]
        sides = np.array([float(side) for side in seconds])
        slope = np.polyfit(2 * np.log(sides), np.log(list(seconds.values())), 1)[0]
        found[f"side, {dtype}"] = seconds | {"exponent": float(slope)}
    a, b = images.pair(2048)
    found["regions in 2048², uint16"] = {
        str(count): interleaved({"": partial(cb.analyse_pairwise, a, b, label_mask=labels)}, repeats)[""]
        for count in (1, 16, 256, 4096, 65_536)
        for labels in [images.square_regions(2048, count)]
    }
    return found


def of_twins(repeats: int) -> dict[str, float]:
    """Seconds of the twins, and of the pairs whose thresholds hang on the last bit of r at thousands of steps."""
    a, b = images.pair(2048)
    nothing = {"object_threshold_a": 65_535, "object_threshold_b": 65_535}
    bright_a, bright_b = images.bright_pair(1600)
    return interleaved(
        {
            "coloc2, 2048², uint16": partial(twins.coloc2, a, b),
            "jacop without objects, 2048², uint16": partial(twins.jacop, a, b, **nothing),
            "biop, 2048², uint16": partial(twins.biop, a, b),
            "coloc2, near-ties, 1600²": partial(twins.coloc2, bright_a, bright_b),
            "coloc2, the same image twice, 1600²": partial(twins.coloc2, bright_a, bright_a),
            "jacop, the same image twice, 1600²": partial(twins.jacop, bright_a // 3, bright_a // 3, **nothing),
        },
        repeats,
    )


# What a call adds to the peak memory of a process that already holds its input and has run it once on a small one.
# Linux: getrusage would also know the peak of the process that started this one.
MEMORY = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import images, coloc_bridge as cb
cb.analyse_pairwise(*images.pair(256, "{{dtype}}"), label_mask=images.square_regions(256, 16))
a, b = images.pair({{side}}, "{{dtype}}")
labels = images.square_regions({{side}}, {{regions}}) if {{regions}} else None
def peak():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")  # the peak so far, of making the images, is forgotten
before = peak()
{{call}}
print((peak() - before) / {{unit}})
"""
MEMORY_CASES = (
    (8192, "uint16", 0),
    (8192, "uint16", 4096),
    (8192, "uint8", 0),
    (4096, "float32", 0),
    (4096, "float64", 0),
)
CLOCK = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
FIRST_CALL = """
import time, numpy as np, coloc_bridge as cb
a, b = np.random.default_rng(1).integers(0, 4000, (2, 64, 64), dtype=np.uint16)
start = time.perf_counter(); cb.analyse_pairwise(a, b); print(time.perf_counter() - start)
"""


def fresh(repeats: int) -> dict[str, float]:
    """What only a new process shows: imports, the first call with a warm cache, peak memory."""
    seconds = fresh_median(
        {
            "import coloc_bridge, s": CLOCK.format("import coloc_bridge"),
            "import numpy, scipy.stats, s": CLOCK.format("import numpy, scipy.stats"),
            "first call on 64 x 64 after the import, s": FIRST_CALL,
        },
        repeats,
    )
    memory = {}
    for side, dtype, regions in MEMORY_CASES:
        name = f"peak memory over the input, {side}², {dtype}" + (f", {regions} regions" if regions else "")
        call, unit = "cb.analyse_pairwise(a, b, label_mask=labels)", "(a.nbytes + b.nbytes)"
        memory[name] = fresh_process(MEMORY.format(side=side, dtype=dtype, regions=regions, call=call, unit=unit))
    tested = MEMORY.format(side=2048, dtype="uint16", regions=0, call="cb.correlation_test(a, b)", unit="2**30")
    memory["peak memory of correlation_test, 2048², uint16, GiB"] = fresh_process(tested)
    return seconds | memory


def show(rows: list[Row], console: Console) -> None:
    table = Table("work", "ours, ms", "against", "theirs, ms", "ratio", "goal", title="Medians of runs taken in turn")
    for row in rows:
        times = f"{1e3 * row.ours:.2f}", f"{1e3 * row.theirs:.1f}"
        table.add_row(row.work, times[0], row.against, times[1], row.ratio_text, row.goal)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="counted runs of each call (default 7)")
    parser.add_argument("--output", type=Path, default=HERE / "results.json")
    options = parser.parse_args()
    console = Console(width=140)

    rows = compare(options.repeats, console)
    show(rows, console)
    grown = growth(options.repeats)
    console.print("Growth", grown)
    emulated = of_twins(options.repeats)
    console.print("Twins, s", emulated)
    alone = fresh(options.repeats)
    console.print("In a new process", alone)
    packages = ("coloc-bridge", "napari-colocalization", "scikit-image", "scipy", "cp-measure", "numpy", "numba")
    options.output.write_text(
        json.dumps(
            {
                "versions": {name: version(name) for name in packages} | {"python": platform.python_version()},
                "cores": len(os.sched_getaffinity(0)),
                "repeats": options.repeats,
                "comparisons": [asdict(row) | {"ratio": row.ratio} for row in rows],
                "growth": grown,
                "twins, s": emulated,
                "new process": alone,
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
