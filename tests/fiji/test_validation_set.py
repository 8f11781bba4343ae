"""The whole shipped validation set through the Colocalization script: number by number what the API says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge import shipped

IMAGES = shipped.validation_folder() / "images"
CASES = {case["case"]: case for case in json.loads((IMAGES / "index.json").read_text(encoding="utf-8"))}
COLUMNS = ("n_pixels", "pcc", "pcc_pvalue", "srcc", "srcc_pvalue", "icq", "overlap", "k1", "k2", "m1", "m2")
COLUMNS += ("threshold_a", "threshold_b", "ktau", "ktau_pvalue")

# The mask of a case becomes a selection of ImageJ: on a plane the active one, in a stack one on each slice.
SETUP = """
def a = IJ.openImage(folder + '/{a}'), b = IJ.openImage(folder + '/{b}')
def mask = {mask} == null ? null : IJ.openImage(folder + '/' + {mask})
def selections = mask == null ? [] : (1..mask.stackSize).collect {{
    def plane = mask.getStack().getProcessor(it)
    plane.setThreshold(1, 65535, ImageProcessor.NO_LUT_UPDATE)
    def roi = new ij.plugin.filter.ThresholdToSelection().convert(plane)
    if (mask.stackSize > 1) roi.setPosition(it)
    roi
}}
if (selections.size() == 1) a.setRoi(selections[0])
if (selections.size() > 1) {{ a.overlay = new Overlay(); selections.each {{ a.overlay.add(it) }} }}
[image_a: a, image_b: b, kendall: true, per_slice: selections.size() > 1,
 regions: selections.size() > 1 ? 'Overlay' : 'Active ROI']
"""


@pytest.fixture(scope="module")
def answers(jvm: Any, scripts: Path) -> dict[str, Any]:
    return jvm(
        {
            name: {
                "do": "script",
                "path": str(scripts / "Measure_Colocalization.groovy"),
                "setup": SETUP.format(
                    a=case["a"], b=case["b"], mask=f"'{case['mask']}'" if "mask" in case else "null"
                ),
                "folder": str(IMAGES),
            }
            for name, case in CASES.items()
        }
    )


@pytest.mark.parametrize("name", CASES)
def test_the_script_says_what_the_api_says(answers: Any, compared: Any, name: str) -> None:
    a, b, mask = (
        tifffile.imread(IMAGES / CASES[name][role]) if role in CASES[name] else None for role in ("a", "b", "mask")
    )
    metrics = (*cb.ALL_METRICS, "ktau")
    labels = None if mask is None else (mask > 0).astype(int)
    slices = [...] if mask is None or mask.ndim == 2 else range(len(mask))
    rows = [
        cb.analyse_pairwise(a[z], b[z], label_mask=None if labels is None else labels[z], metrics=metrics)[0]
        for z in slices
    ]
    wanted = [{column: row[column] for column in COLUMNS} for row in rows]
    assert compared(answers[name], wanted) == len(rows) * len(COLUMNS)


def test_the_set_is_whole() -> None:
    assert len(CASES) == len(list(IMAGES.glob("*-a.tif"))) > 20
    assert sum("mask" in case for case in CASES.values()) >= 3
    assert any(np.issubdtype(tifffile.imread(IMAGES / case["a"]).dtype, np.floating) for case in CASES.values())
