"""Every number, text and warning that the real Coloc 2 left on the recorded pairs."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from coloc_bridge import shipped, twins
from coloc_bridge.engines.coloc2.twin import COLUMNS, warnings

SHIPPED = sorted((shipped.validation_folder() / "recorded" / "coloc2").glob("*.json"))


def recorded_pair(run: dict[str, Any], folder: Path) -> dict[str, Any]:
    images = {name: tifffile.imread(folder / entry["file"]) for name, entry in run["images"].items() if entry}
    return {"regression": run["settings"]["regression"].lower(), **images}


def differences(file: Path, images: Path) -> Iterator[str]:
    """One line for everything in which the twin differs from a recorded run."""
    run = json.loads(file.read_text(encoding="utf-8"))
    pair = recorded_pair(run, images)
    values = twins.coloc2(**pair)
    printed = twins.printed("coloc2", values)
    if set(values) != set(run["values"]) or set(printed) != set(run["printed"]):
        yield f"{file.stem}: {sorted(set(values) ^ set(run['values']))} only on one side"
    for quantity, text in run["values"].items():
        engine, twin = float(text), values[quantity]
        both_undefined = math.isnan(engine) and math.isnan(twin)
        if not (both_undefined or engine == twin or abs(engine - twin) <= 1e-9 * max(1.0, abs(engine))):
            yield f"{file.stem} {quantity}: engine {engine!r}, twin {twin!r}"
    for quantity, text in run["printed"].items():
        if printed[quantity] != text:
            yield f"{file.stem} {quantity}: engine prints {text}, twin {printed[quantity]}"
    if (texts := warnings(**pair)) != run["warnings"]:
        yield f"{file.stem}: engine warns {run['warnings']}, twin {texts}"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_runs(file: Path, validation: Path) -> None:
    assert list(differences(file, validation / "images")) == []


def test_shipped_runs_are_all_there() -> None:
    assert len(SHIPPED) == 48
    for file in SHIPPED:
        assert set(json.loads(file.read_text(encoding="utf-8"))["values"]) == set(COLUMNS)


def test_coloc2_own_pictures(coloc2_images: Path) -> None:
    files = sorted((coloc2_images / "recorded" / "coloc2").glob("*.json"))
    assert len(files) == 38
    assert [line for file in files for line in differences(file, coloc2_images)] == []


def chance(values: np.ndarray, recorded: float) -> float:
    """Two-sided share of `values` at least as far out as `recorded`."""
    return 2 * min(np.mean(values <= recorded + 1e-12), np.mean(values >= recorded - 1e-12))


def test_recorded_null_models_are_compatible(validation: Path) -> None:
    """Mean and sd of the engine's unseeded draws against those of as many draws from our null.

    The null is not normal where few blocks hold signal, so the distribution of both is resampled. Four statements on
    23 pairs (two recordings each), so Bonferroni at an overall 1 %: each chance must be above 1e-4.
    """
    rng = np.random.default_rng(0)
    compared = 0
    for file in SHIPPED[::2]:
        runs = [json.loads(path.read_text(encoding="utf-8")) for path in (file, SHIPPED[SHIPPED.index(file) + 1])]
        pair = recorded_pair(runs[0], validation / "images")
        pair.pop("regression")
        drawn = [run["random"] for run in runs]
        ours = twins.randomize("coloc2", **pair, psf=drawn[0]["psf"], rounds=200, seed=1)
        if np.isnan(ours["observed"]):
            # Undefined r: Coloc 2 prints zeros.
            assert [(d["null_mean"], d["null_sd"]) for d in drawn] == [(0.0, 0.0)] * 2, file.stem
            continue
        samples = rng.choice(ours["null"], (40_000, drawn[0]["rounds"]))
        for d in drawn:
            assert chance(samples.mean(axis=1), d["null_mean"]) > 1e-4, file.stem
            assert chance(samples.std(axis=1, ddof=1), d["null_sd"]) > 1e-4, file.stem
        compared += 1
    assert compared == 23
