"""Run in a process of its own, for what is registered stays: every way to a metric, and its value there, as JSON."""

import json
import sys
from importlib import import_module
from pathlib import Path

import dask.array
import numpy as np
import tifffile
from typer.testing import CliRunner

import coloc_bridge as cb
from coloc_bridge import chunked
from coloc_bridge.cli.app import app
from coloc_bridge.fiji import commands, model
from coloc_bridge.measures import documents

import_module("ratio")  # which registers it
folder = Path(sys.argv[1])
rng = np.random.default_rng(0)
found = {}
for dtype in ("uint8", "int16", "uint16", "float32", "float64"):
    for side in (20, 300):  # small, and chunk by chunk
        a, b = (rng.integers(0, 200, (side, side)).astype(dtype) for _ in "ab")
        labels = np.arange(a.size).reshape(a.shape) * 3 // a.size + 1
        ratios = np.minimum(a, b) / np.maximum(np.maximum(a, b), 1).astype(float)
        signal = np.maximum(a, b) > 0
        expected = [
            float(ratios[inside & signal].mean()) for inside in (labels > 0, *(labels == i for i in (1, 2, 3)))
        ]
        chunks = (7, side // 3)
        on_dask = [dask.array.from_array(x, chunks=chunks) for x in (a, b, labels)]
        found[f"{dtype} {side}"] = {
            "expected": expected,
            "whole": cb.analyse_pairwise(a, b, metrics="ratio")[0]["ratio"],
            "labels": [row["ratio"] for row in cb.analyse_pairwise(a, b, label_mask=labels, metrics=["ratio"])],
            "dask": chunked.analyse_pairwise(*on_dask[:2], metrics="ratio")[0]["ratio"],
            "dask labels": [
                row["ratio"]
                for row in chunked.analyse_pairwise(*on_dask[:2], label_mask=on_dask[2], metrics=["pcc", "ratio"])
            ],
        }

with_nan = {}
for side in (20, 300):
    a, b = (rng.random((side, side)) for _ in "ab")
    a[3, 4] = np.nan
    with_nan[side] = [cb.analyse_pairwise(a, b, metrics=["pcc", "ratio"])[0]["ratio"], cb.li_icq(a, b)]

a, b = (rng.integers(0, 200, (300, 300)).astype("float64") for _ in "ab")
image = folder / "two.tif"
tifffile.imwrite(image, np.stack([a, b]).astype(np.uint8), imagej=True, metadata={"axes": "CYX"})
run = CliRunner().invoke(app, ["analyse", str(image), "--metrics", "pcc,ratio", "-o", str(folder / "t.csv")])
rows = cb.analyse_pairwise(a, b, metrics=["ratio"])
in_fiji = commands.colocalization(model.Pair(model.as_channel(a), model.as_channel(b)), metrics=["ratio"])
found["other ways"] = {
    "cli": [run.exit_code, (folder / "t.csv").read_text().splitlines()[0]],
    "cli table": "ratio" in run.stdout,
    "help": "ktau, sig, ratio" in CliRunner().invoke(app, ["analyse", "--help"], env={"COLUMNS": "200"}).output,
    "table": [str(cb.results_table(rows)["ratio"].dtype), list(cb.results_table(rows).columns)[-1]],
    "fiji": in_fiji.rows[0]["ratio"] == rows[0]["ratio"],
    "tick box": documents.tick_boxes().splitlines()[-1],
    "scripts": [path.name for path, text in documents.texts() if "ratio=ratio)" in text],
    "readme": "| Mean ratio | `ratio` | mean of min/max where there is signal | Nobody 2026 |" in documents.table(),
    "docstring": "``ratio`` (Mean ratio)" in documents.named(),
    "warnings": [],
    "undefined": [bool(np.isnan(value)) for values in with_nan.values() for value in values],
}
cb.analyse_pairwise([0, 0], [0, 0], metrics="ratio", region_warnings=found["other ways"]["warnings"])
json.dump(found, sys.stdout)
