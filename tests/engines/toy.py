"""An engine of an outside package, as its source: an adapter without Java, a twin, one difference, nothing else."""

from pathlib import Path

MODULE = '''
"""Toy: Pearson's r, an ICQ in which products of zero count as positive, and the brightest pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import EngineSpec, TwinFunctions
from coloc_bridge.engines.thresholds import searched
from coloc_bridge.errors import EngineError


def values(a, b, *, mask=None, scale=1.0):
    inside = np.ones(a.shape, bool) if mask is None else mask
    x, y = a[inside].astype(float), b[inside].astype(float)
    if x.std() == 0:
        raise EngineError("Toy refuses a constant image")
    products = (x - x.mean()) * (y - y.mean())
    return {
        "pearson": float(np.corrcoef(x, y)[0, 1]),
        "icq": float((products >= 0).mean() - 0.5),
        "brightest": float(x.max()) * scale,
        "threshold_a": 3.0,
        "threshold_b": 4.0,
    }


def printed(values):
    return {name: f"{value:.2f}" for name, value in values.items()}


class Toy:
    name, title = "toy", "Toy"

    def available(self):
        return None

    def version(self):
        return "7.1"

    def run(self, a, b, *, mask=None, scale=1.0):
        found = values(a, b, mask=mask, scale=scale)
        return EngineRun(
            "toy",
            "",
            {"scale": scale},
            found,
            printed(found),
            warnings=("no warranty",),
            random={"draws": 3},
            versions={"engine": "7.1", "abacus": "bronze"},
        )


SPEC = EngineSpec(
    "toy",
    "Toy",
    live="outside_engine:Toy",
    twin=TwinFunctions(run="outside_engine:values", printed="outside_engine:printed"),
    labels={"brightest": "brightest pixel of A"},
    differences=Path(__file__).with_name("outside_differences.toml"),
)
SEARCHING = replace(SPEC, thresholds=searched)
'''

DIFFERENCES = """
[[difference]]
id = "toy-icq-zero-products"
engine = "toy"
title = "products of zero count as positive"
quantities = ["icq"]
when = ["zero products"]
cause = "Toy counts pixels at a mean."
right = "standard"
why = "Li leaves them out."
[difference.example]
a = [0, 1, 2]
b = [0, 1, 2]
quantity = "icq"
standard = 0.16666666666666669
engine = 0.5
"""


def install(folder: Path) -> None:
    """Put the package where a folder of `sys.path` would hold it."""
    (folder / "outside_engine.py").write_text(MODULE)
    (folder / "outside_differences.toml").write_text(DIFFERENCES)
    info = folder / "outside_engine-7.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-engine\nVersion: 7.1\n")
    (info / "entry_points.txt").write_text("[coloc_bridge.engines]\ntoy = outside_engine:SPEC\n")
