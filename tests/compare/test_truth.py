"""The truth table says what its scenes give, and what is looked up in it is what stands in it."""

import csv
import importlib
import math
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge import quality, shipped, twins
from coloc_bridge.truth import CODES, KnownEffect, known_effect, known_effect_of

FOLDER = Path(__file__).parents[2] / "validation" / "truth"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the scenes are part of a clone, not of a package")


def rows(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def scripts():
    """The modules of the folder, which is no package."""
    names = ("design", "advice", "render")
    sys.path.insert(0, str(FOLDER))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    sys.path.remove(str(FOLDER))
    for name in names:
        sys.modules.pop(name)


def test_the_table_that_ships_is_that_of_the_scenes():
    assert shipped.validation_folder() / "truth" / "table.csv" == FOLDER / "table.csv"
    assert sum(path.stat().st_size for path in FOLDER.glob("*.csv")) < 1e6
    scenes = rows("scenes.csv")
    assert len(scenes) >= 200
    groups = Counter((row["fault"], row["strength"]) for row in scenes)
    assert {(row["fault"], row["strength"]) for row in rows("table.csv")} == set(groups)
    assert set(groups.values()) == {groups["none", "0"]}


def test_the_recorded_scenes_are_those_of_the_design(scripts):
    design = scripts.design
    assert [design.as_text(row) for row in design.rows()] == rows("scenes.csv")
    for row in list(design.rows())[::97]:
        again = design.from_text(design.as_text(row))
        first, second = design.scene_of(row), design.scene_of(again)
        assert (first.a == second.a).all()
        assert (first.b == second.b).all()


def k1_at_otsu(a, b):
    return twins.biop(a, b, threshold_method="otsu")["k1_thresholded"]


def tm2(a, b):
    return twins.coloc2(a, b, regression="bisection")["tm2"]


@pytest.mark.parametrize(
    ("fault", "strength", "engine", "variant", "quantity", "truth", "value"),
    [
        ("shift", "2", "jacop", "", "m1", "m1", lambda a, b: twins.jacop(a, b)["m1"]),
        ("photon-noise", "2", "coloc2", "bisection", "tm2", "m2", tm2),
        ("compression", "3", "standard", "", "spearman", "spearman", lambda a, b: cb.spearman(a, b)[0]),
        ("confocal", "1", "biop", "otsu", "k1_thresholded", "k1_both", k1_at_otsu),
    ],
)
def test_bias_and_rms_error_follow_from_the_recorded_scenes(
    scripts, fault, strength, engine, variant, quantity, truth, value
):
    answers = {row["base"]: row[truth] for row in rows("answers.csv")}
    errors, undefined = [], 0
    for row in rows("scenes.csv"):
        if (row["fault"], row["strength"]) == (fault, strength) and answers[row["base"]]:
            scene = scripts.design.scene_of(scripts.design.from_text(row))
            error = value(scene.a, scene.b) - float(answers[row["base"]])
            undefined += math.isnan(error)
            errors += [] if math.isnan(error) else [error]
    key = {"fault": fault, "strength": strength, "engine": engine, "variant": variant, "quantity": quantity}
    (listed,) = [row for row in rows("table.csv") if key.items() <= row.items()]
    assert float(listed["bias"]) == pytest.approx(np.mean(errors), abs=1e-7)
    assert float(listed["rms"]) == pytest.approx(np.sqrt(np.mean(np.square(errors))), abs=1e-7)
    assert (int(listed["undefined"]), int(listed["scenes"])) == (undefined, undefined + len(errors))


@pytest.mark.parametrize("engine", ["standard", *twins.ENGINES])
def test_with_an_offset_all_pixels_count_as_signal(engine):
    """At thresholds of 0 M1 is then 1, so its error is 1 less the true one: 0, 0.2, 0.5 and 0.9, equally often."""
    found = known_effect("offset", engine, "m1", size=0.3)
    true = np.array([0.0, 0.2, 0.5, 0.9])
    if found is None:
        pytest.skip(f"{engine} has no M1 at thresholds of 0")
    assert found.bias == pytest.approx(np.mean(1 - true), abs=1e-6)
    assert found.rms == pytest.approx(np.sqrt(np.mean((1 - true) ** 2)), abs=1e-6)
    assert (found.scenes, found.undefined) == (48, 0)
    assert found.rms_without < 1e-4


def test_an_offset_moves_no_correlation_and_another_scale_neither():
    for fault in ("offset", "scale"):
        for quantity in ("pearson", "spearman", "kendall_tau_b", "icq"):
            assert known_effect(fault, "standard", quantity).rms < 0.005


def test_every_code_is_answered_for_every_engine_and_what_is_not_there_is_none():
    for code in CODES:
        for engine in ("standard", "coloc2", "jacop", "biop"):
            assert isinstance(known_effect(code, engine, "pearson"), KnownEffect)
    assert known_effect("empty", "jacop", "pearson") is None
    assert known_effect("offset", "jacop", "threshold_a") is None
    assert known_effect("offset", "no such engine", "pearson") is None
    assert known_effect("confocal", "jacop", "pearson") is None


def test_the_nearest_size_is_taken_and_none_where_none_is_near():
    sizes = [known_effect("shift", "jacop", "pearson", size=size).size for size in (0.4, 1.2, (0, 1.2), (3.0, 4.0))]
    assert sizes == [0.5, 1.5, 1.5, 4.0]
    assert known_effect("shift", "jacop", "pearson").size == 1.5
    assert known_effect("shift", "jacop", "pearson", size=0.05) is None
    assert known_effect("shift", "jacop", "pearson", size=0) is None
    assert known_effect("shift", "jacop", "pearson", size=40) is None
    noise = {known_effect("noise", "jacop", "pearson", size=size).fault for size in (0.95, 0.44)}
    assert noise == {"read-noise", "photon-noise"}


def test_runs_are_found_by_their_names_and_quantities_of_the_standard_by_columns():
    default = known_effect("shift", "coloc2", "tm1")
    assert default.variant == "costes"
    assert known_effect("shift", "coloc2", "tm1", variant="") == default
    assert known_effect("shift", "coloc2", "tm1", variant="bisection").variant == "bisection"
    assert known_effect("shift", "biop", "m1_thresholded", variant="costes_auto_threshold").variant == "costes"
    assert known_effect("shift", "biop", "m1_thresholded").variant == ""
    assert known_effect("shift", "biop", "m1_thresholded", variant="explicit_thresholds") is None
    # What no setting moves is one number for all of them.
    assert known_effect("shift", "biop", "pearson", variant="explicit_thresholds") is not None
    assert known_effect("shift", "standard", "pcc") == known_effect("shift", "standard", "pearson")
    assert known_effect("shift", "standard", "tm1") == known_effect("shift", "standard", "m1", variant="costes")
    assert known_effect("shift", "standard", "m1").variant == ""


def test_a_finding_is_looked_up_by_its_size():
    def finding(code, value, limit=1.0, channel=""):
        return SimpleNamespace(code=code, value=value, limit=limit, channel=channel)

    assert known_effect_of(finding("shift", (0.0, -1.6)), "jacop", "m1").size == 1.5
    # Pixels of 0.35 µm, where 0.1 µm are right.
    assert known_effect_of(finding("sampling", 0.35, 0.1), "jacop", "m1").size == pytest.approx(3.46, abs=0.01)
    assert known_effect_of(finding("compression", 0.4), "jacop", "m1").size == 60
    assert known_effect_of(finding("few-levels", 8.0), "jacop", "m1").size == pytest.approx(9, abs=1)
    assert known_effect_of(finding("few-levels", 0.2), "jacop", "m1") is None
    assert known_effect_of(finding("bleed-through", 0.1, channel="b"), "jacop", "m1").size == 0.15
    assert known_effect_of(finding("bleed-through", 0.1, channel="a"), "jacop", "m1") is None
    assert known_effect_of(finding("empty", 0.0), "jacop", "m1") is None


def test_what_quality_finds_is_looked_up():
    scene = cb.make_scene(shape=(128, 128), bits=12, blur=1, offset=40, seed=21)
    found = [finding for finding in quality.check(scene.a, scene.b) if finding.code == "offset"]
    assert found
    for finding in found:
        assert known_effect_of(finding, "jacop", "m1").bias == pytest.approx(0.6, abs=1e-6)
    # An empty channel has no truth, and blur is not looked for.
    assert set(CODES) ^ set(quality.CODES) == {"blur", "empty"}


def test_sentences_say_the_numbers():
    sentence = known_effect("offset", "jacop", "m1", size=0.15).sentence
    assert sentence == (
        "With an offset of 18% of the mean, JACoP’s M1 (original) was 0.60 too high (RMS error 0.69) in 48 scenes; "
        "without that, right on average (RMS error 0.00)."
    )
    assert "Coloc 2’s Manders' tM1 (Above autothreshold of Ch2), bisection, was" in (
        known_effect("shift", "coloc2", "tm1", variant="bisection").sentence
    )
    whole = KnownEffect("shift", 1.5, "jacop", "", "m1", "m1", 8, 8, math.nan, math.nan, 0.0, 0.0)
    assert whole.sentence == "With a shift of 1.5 px, JACoP’s M1 (original) had no value in any of 8 scenes."
    for row in rows("table.csv")[::50]:
        if found := known_effect(row["fault"], row["engine"], row["quantity"]):
            assert "nan" not in found.sentence


def test_documents_say_what_the_table_says(scripts):
    advice, render = scripts.advice, scripts.render
    lines = render.lines()
    readme, document = (path.read_text("utf-8") for path in (FOLDER / "README.md", render.DOCUMENT))
    assert render.table(render.ALONE, lines) in readme
    assert render.table(render.MIXED, lines) in readme
    assert "\n".join(f"- {sentence}" for sentence in advice.advice()) in document
    assert render.sizes() in document
