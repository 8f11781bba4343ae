"""The randomizations: what the engines' logs say of them, and what their null models imply."""

import json
import re

import numpy as np
import pytest
import tifffile
from scipy.stats import norm

from coloc_bridge import shipped
from coloc_bridge.engines.biop import significance as biop_random
from coloc_bridge.engines.imagej.java_numbers import double_to_string, truncate3
from coloc_bridge.engines.jacop import significance as jacop_random

SHIPPED = shipped.validation_folder()
# Where all shifted images are alike, or r is undefined, there is no distribution to compare.
NO_DISTRIBUTION = {"constant-b-8bit", "squares-shift-1", "squares-shift-2", "squares-shift-5", "squares-shift-9"}

pytestmark = pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineMisreads")


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("recorded/jacop/*.json")))
def test_jacops_log_is_compatible_with_the_null_model(name):
    run = json.loads((SHIPPED / "recorded" / "jacop" / f"{name}.json").read_text())
    a, b = (tifffile.imread(SHIPPED / "images" / run["images"][role]["file"]) for role in "ab")
    used, log = run["random"]["settings"], run["random"]["log"]
    found = jacop_random.randomize(
        a, b, rounds=used["nbRand"], xy_block=used["xyBlock"], z_block=used["zBlock"], bin_width=used["binWidth"]
    )
    assert double_to_string(truncate3(found["observed"])) == re.search(r"r \(original\)=(\S+)", log)[1]
    if name not in NO_DISTRIBUTION:
        fitted_mean = float(re.search(r"r \(randomized\)=([-.\d]+)", log)[1])
        assert abs(fitted_mean - found["mean"]) < 3 * found["sd"]


def test_the_fit_of_one_bin_gives_jacops_own_numbers():
    run = json.loads((SHIPPED / "recorded" / "jacop" / "squares-shift-1.json").read_text())
    a, b = (tifffile.imread(SHIPPED / "images" / run["images"][role]["file"]) for role in "ab")
    found = jacop_random.randomize(a, b)
    assert "r (randomized)=-0.155±0.562" in run["random"]["log"]
    assert (truncate3(found["fitted_mean"]), truncate3(found["fitted_sd"])) == (-0.155, 0.562)
    assert truncate3(found["fitted_p_value"] * 100) == pytest.approx(96.95, abs=0.01)


def image(seed=0, shape=(30, 40), top=200):
    return np.random.default_rng(seed).integers(0, top, shape).astype(np.uint8)


@pytest.mark.parametrize("module", [jacop_random, biop_random])
def test_a_seed_repeats_the_draw(module):
    a, b = image(1), image(2)
    first, again, other = (module.randomize(a, b, seed=seed, rounds=10) for seed in (7, 7, 8))
    assert (first["null"] == again["null"]).all()
    assert (first["null"] != other["null"]).any()


def test_null_is_centred_on_no_correlation():
    found = jacop_random.randomize(image(1), image(2), rounds=400)
    assert abs(found["mean"]) < 4 * found["sd"] / 20
    # independent pixels: r has a standard deviation of about 1/sqrt(n)
    assert found["sd"] == pytest.approx(1 / np.sqrt(1200), rel=0.2)


def test_jacop_moves_rows_columns_and_stacks_of_whole_blocks(monkeypatch):
    """Its r is of an image with the same blocks, pixel for pixel, in other places."""
    seen = []
    monkeypatch.setattr(jacop_random, "_pearson", lambda a, b: seen.append(b) or 0.0)
    pixels = np.arange(4 * 6 * 10, dtype=np.uint16).reshape(4, 6, 10)
    jacop_random.randomize(pixels, pixels, xy_block=2, z_block=1, rounds=2, seed=3)
    blocks, shifted, _ = (np.moveaxis(part, (1, 3, 5), (3, 4, 5)).reshape(60, 4) for part in seen)
    assert sorted(map(tuple, shifted)) == sorted(map(tuple, blocks))
    assert (shifted != blocks).any()


def test_p_values_follow_each_engines_convention():
    a, b = image(1), image(2)
    jacop, biop = (module.randomize(a, b, rounds=100) for module in (jacop_random, biop_random))
    z = (jacop["observed"] - jacop["mean"]) / jacop["sd"]
    assert jacop["p_value"] == pytest.approx(norm.cdf(abs(z)) if jacop["observed"] >= 0 else norm.sf(abs(z)))
    z = (biop["observed"] - biop["mean"]) / biop["sd"]
    assert biop["p_value"] == pytest.approx(norm.cdf(np.sqrt(2) * z))


def test_biop_divides_by_one_block_more_than_there_are():
    a, b = image(1, (9, 9)), image(2, (9, 9))
    # blocks of 4 from the corner; the grid ends before the last pixel, so 2 x 2 of them
    x, y = (part[:8, :8].astype(float) for part in (a, b))
    n = 5 * 16
    expected = ((x * y).sum() - x.sum() * y.sum() / n) / np.sqrt(
        ((x * x).sum() - x.sum() ** 2 / n) * ((y * y).sum() - y.sum() ** 2 / n)
    )
    assert biop_random.randomize(a, b, xy_block=4, rounds=2)["observed"] == pytest.approx(expected, rel=1e-12)


def test_biop_takes_only_blocks_inside_the_roi():
    a, b = image(1), image(2)
    mask = np.zeros(a.shape, bool)
    mask[5:20, 8:30] = True
    inside = biop_random.randomize(a[5:20, 8:30], b[5:20, 8:30], rounds=5)
    assert (biop_random.randomize(a, b, mask=mask, rounds=5)["null"] == inside["null"]).all()


@pytest.mark.parametrize(
    ("module", "arguments", "told"),
    [
        (jacop_random, {"rounds": 1}, "rounds"),
        (jacop_random, {"xy_block": 50}, "does not fit"),
        (jacop_random, {"xy_block": 0}, "does not fit"),
        (biop_random, {"rounds": 0}, "rounds"),
        (biop_random, {"xy_block": 25}, "fewer than two blocks"),
        (biop_random, {"xy_block": 0}, "fewer than two blocks"),
    ],
)
def test_wrong_calls_say_what_is_wrong(module, arguments, told):
    with pytest.raises(ValueError, match=told):
        module.randomize(image(1), image(2), **arguments)
