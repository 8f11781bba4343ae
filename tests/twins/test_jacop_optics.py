"""The resolution of JACoP's distance test, as its dialog works it out, and where it comes from in each way in."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from coloc_bridge import twins
from coloc_bridge.cli.app import app
from coloc_bridge.engines.jacop import optics
from coloc_bridge.engines.jacop.particles import objects
from coloc_bridge.fiji import emulate, model

rng = np.random.default_rng(4)
SPOTS = np.zeros((2, 4, 60, 60), np.uint8)  # C, Z, Y, X
SPOTS[0, rng.integers(0, 4, 24), rng.integers(1, 59, 24), rng.integers(1, 59, 24)] = 90
SPOTS[1] = np.roll(SPOTS[0], (0, 2, 2), (0, 1, 2))
# JACoP's dialog and the image: 0.61 * 488 nm / 1.4, twice 488 nm / 1.4 squared; pixels of 90 x 90 x 250 nm.
WIDE = {"resolution_xy": 0.61 * 488 / 1.4, "resolution_z": 2 * 488 / 1.4**2}
CONFOCAL = {"resolution_xy": 0.4 * 600 / 1.3, "resolution_z": 1.4 * 600 / 1.3**2}
PIXEL = {"pixel_width": 90.0, "pixel_depth": 250.0}


def near(width: float, depth: float, in_plane: float, in_depth: float) -> int:
    """How many centres of A have one of B within the spheroid: by its equation, not by JACoP's angles."""
    a, b = (objects(channel, 1).centroid * (width, width, depth) for channel in SPOTS)
    x, y, z = np.moveaxis(b[None] - a[:, None], -1, 0)
    distance, flat = np.sqrt(x**2 + y**2 + z**2), np.hypot(x, y)
    with np.errstate(invalid="ignore"):
        reach = np.where(distance > 0, np.hypot(in_plane * flat, in_depth * z) / distance, in_depth)
    return int((distance <= reach).any(axis=1).sum())


@pytest.mark.parametrize("resolution", [WIDE, CONFOCAL])
def test_the_distance_test_in_nm(resolution: dict[str, float]) -> None:
    found = twins.jacop(*SPOTS, threshold_a=1, threshold_b=1, **resolution, **PIXEL)
    expected = near(90, 250, *resolution.values())
    assert found["distance_geometric_a_colocalized"] == expected
    assert expected > 0
    in_pixels = twins.jacop(*SPOTS, threshold_a=1, threshold_b=1)
    assert in_pixels["distance_geometric_a_colocalized"] == near(1, 1, 3, 3)
    assert in_pixels["distance_geometric_a_colocalized"] != expected


def test_the_formula_of_the_dialog_and_its_defaults() -> None:
    assert optics.Optics().resolution() == tuple(WIDE.values())
    assert optics.Optics("confocal", 500, 600, 1.3).resolution() == tuple(CONFOCAL.values())


@pytest.mark.parametrize(("unit", "scale"), [("nm", 1), ("µm", 1000), ("um", 1000), ("micron", 1000)])
def test_the_pixel_size_of_the_image_is_taken_in_nm(unit: str, scale: float) -> None:
    settings, sentence = optics.settings((0.25, 0.09), unit)
    assert (settings["pixel_width"], settings["pixel_depth"]) == pytest.approx((0.09 * scale, 0.25 * scale))
    assert "dialog" not in sentence


@pytest.mark.parametrize("unit", ["pixel", "", "inch"])
def test_an_image_without_a_size_has_the_pixels_of_the_dialog(unit: str) -> None:
    settings, sentence = optics.settings((1, 1), unit)
    assert (settings["pixel_width"], settings["pixel_depth"]) == (67, 200)
    assert "those of JACoP's dialog, since the image has no size in nm or µm" in sentence


def test_the_command_of_the_menu() -> None:
    channels = (model.Channel(x[None], name, (0.25, 0.09, 0.09), "µm") for x, name in zip(SPOTS, "ab", strict=True))
    pair = model.Pair(*channels)
    chosen = {"microscope": "confocal", "wavelength_a": 500, "wavelength_b": 600, "aperture": 1.3}
    for given, resolution in (({}, WIDE), (chosen, CONFOCAL)):
        result = emulate.engine_numbers(pair, "jacop", threshold_a=1, threshold_b=1, **given)
        values = {row["quantity"]: row["value"] for row in result.rows}
        name = twins.columns("jacop")["distance_geometric_a_colocalized"]
        assert values[name] == near(90, 250, *resolution.values())
        assert f"within {resolution['resolution_xy']:.4g} nm in the plane" in result.notes[0]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "spots.tif"
    size = {"axes": "ZCYX", "unit": "um", "spacing": 0.25}
    stack = np.moveaxis(SPOTS, 0, 1)
    tifffile.imwrite(path, stack, imagej=True, resolution=(1 / 0.09, 1 / 0.09), metadata=size)
    return path


@pytest.mark.parametrize(
    ("options", "resolution"),
    [
        ([], WIDE),
        (["--microscope", "confocal", "--wavelengths", "500,600", "--aperture", "1.3"], CONFOCAL),
    ],
)
def test_the_command_line(image: Path, tmp_path: Path, options: list[str], resolution: dict[str, float]) -> None:
    thresholds = ["--threshold-a", "1", "--threshold-b", "1"]
    table = tmp_path / "rows.json"
    order = ["analyse", str(image), "--convention", "jacop", *thresholds, *options, "-o", str(table)]
    done = CliRunner().invoke(app, order)
    assert done.exit_code == 0, done.output
    name = twins.columns("jacop")["distance_geometric_a_colocalized"]

    [row] = json.loads(table.read_text(encoding="utf-8"))
    assert row[name] == near(90, 250, *resolution.values())
    assert f"within {resolution['resolution_xy']:.4g} nm in the plane" in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--microscope", "electron", "--convention", "jacop"], "microscope 'electron': wide-field or confocal"),
        (["--wavelengths", "500", "--convention", "jacop"], "--wavelengths '500': two numbers are needed"),
        (["--wavelengths", "500,-1", "--convention", "jacop"], "wavelength -1: a number above 0 is needed"),
        (["--aperture", "0", "--convention", "jacop"], "numerical aperture 0: a number above 0 is needed"),
        (["--aperture", "1.2"], "microscope, wavelengths and aperture are for the convention jacop"),
        (["--aperture", "1.2", "--convention", "biop"], "are for the convention jacop"),
    ],
)
def test_wrong_choices(image: Path, options: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["analyse", str(image), *options])
    assert message in str(done.exception)
