"""JACoP's twin against everything the real JACoP gave."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge import shipped
from coloc_bridge.engines.jacop.costes_search import costes
from coloc_bridge.engines.jacop.particles import objects
from coloc_bridge.engines.jacop.twin import COLUMNS, printed
from coloc_bridge.engines.jacop.twin import values as jacop
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case, case_ids, read_case, read_runs
from coloc_bridge.errors import EngineError, EngineMisreads, EngineWouldThrow

SHIPPED = shipped.validation_folder()
RECORDED = sorted(path.stem for path in SHIPPED.glob("recorded/jacop/*.json"))


def agree(twin, engine) -> bool:
    """Within 1e-9, relative or absolute below 1."""
    return np.allclose(twin, engine, rtol=5e-10, atol=5e-10, equal_nan=True)


def pixels(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """What JACoP was given: it knows no mask, so pixels outside one were set to zero."""
    return (case.a, case.b) if case.mask is None else (case.a * case.mask, case.b * case.mask)


def differences(case: Case, run: EngineRun) -> list[str]:
    """Every number, text, name and exception in which the twin is not the engine."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = jacop(*pixels(case), **run.settings)
    text = printed(values)
    wrong = [name for name, value in run.values.items() if not agree(values[name], value)]
    wrong += [
        f"printed {name}" for name in text.keys() | run.printed.keys() if text.get(name) != run.printed.get(name)
    ]
    wrong += [f"name {name}" for name in set(values) ^ {*run.values, *run.printed}]
    thrown = set(run.exceptions.values())
    said = [str(warning.message) for warning in caught if warning.category is EngineWouldThrow]
    wrong += [f"silent on {one}" for one in thrown if not any(one in message for message in said)]
    return wrong + [message for message in said if not any(one in message for one in thrown)]


def different_particles(folder: Path, case: Case) -> list[str]:
    """The first particles of both images, against JACoP's own list."""
    document = json.loads((folder / "recorded" / "jacop" / f"{case.id}.json").read_text())
    settings = document["settings"]["objects"]
    wrong = []
    for role, image in zip("AB", pixels(case), strict=True):
        if f"objects_{role}" not in document:
            continue
        found = objects(image, settings[f"thr{role}"], settings["minSize"], settings["maxSize"])
        recorded = document[f"objects_{role}"]
        measured = {
            "size": found.size,
            "centroid": found.centroid,
            "centre_of_mass": found.centre_of_mass,
            "bb_tl": found.box_first,
            "bb_br": found.box_last,
            "int_dens": found.integrated_density,
        }
        wrong += [f"number of particles {role}"] * (len(found) != recorded["n"])
        wrong += [
            f"{name} of particle {role}{i}"
            for i, particle in enumerate(recorded["first"])
            for name, column in measured.items()
            if not agree(column[i], particle[name])
        ]
    return wrong


@pytest.mark.parametrize("name", RECORDED)
def test_shipped_runs_are_reproduced(name):
    case = read_case(SHIPPED, name)
    (run,) = read_runs(SHIPPED, "jacop", case)
    assert differences(case, run) == []
    assert different_particles(SHIPPED, case) == []


def test_runs_on_coloc2s_images_are_reproduced(coloc2_images):
    cases = [read_case(coloc2_images, name) for name in case_ids(coloc2_images)]
    runs = [(case, run) for case in cases for run in read_runs(coloc2_images, "jacop", case)]
    assert len(runs) == 21
    assert {
        case.id: wrong
        for case, run in runs
        if (wrong := differences(case, run) + different_particles(coloc2_images, case))
    } == {}


def test_columns_name_every_scalar_quantity_in_the_order_of_the_log():
    case = read_case(SHIPPED, "partial-8bit")
    assert list(COLUMNS) == list(printed(jacop(case.a, case.b)))
    assert len(set(COLUMNS.values())) == len(COLUMNS)


@pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineWouldThrow")
def test_products_of_two_pixels_wrap_at_32_bits():
    bright = np.full((2, 2), 50000, np.uint16)
    # 50000 * 50000 - 2**32 = -1794967296
    assert jacop(bright, bright, max_shift=0, threshold_a=1, threshold_b=1)["k1"] == -1794967296 / 2.5e9


@pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineWouldThrow")
def test_thresholded_manders_divides_by_the_part_above_its_own_threshold():
    values = jacop([[10, 20, 30]], [[0, 0, 9]], threshold_a=15, threshold_b=5, max_shift=0)
    assert (values["m1"], values["m1_thresholded"]) == (30 / 60, 30 / 50)


def test_b_moved_by_three_pixels_peaks_at_plus_three():
    a = np.random.default_rng(3).integers(0, 200, (20, 40)).astype(np.uint8)
    values = jacop(a, np.roll(a, 3, axis=1), max_shift=5)
    assert (values["ccf_max_shift"], values["ccf_max"]) == (3.0, 1.0)


def test_an_undefined_coefficient_is_nan_and_prints_zero():
    with pytest.warns(EngineWouldThrow, match="/ by zero"):
        values = jacop([[1, 2, 3]], [[4, 4, 4]], max_shift=1)
    assert np.isnan(values["pearson"])
    assert printed(values)["pearson"] == "0.0"
    assert "costes_threshold_a" not in values


@pytest.mark.parametrize(
    ("a", "b", "thrown"),
    [
        ([[1, 2, 3]], [[4, 4, 4]], "java.lang.ArithmeticException: / by zero"),
        (
            [[0, 0, 9, 9]],
            [[0, 9, 0, 9]],
            "java.lang.ArrayIndexOutOfBoundsException: Index -1 out of bounds for length 10",
        ),
    ],
)
def test_costes_raises_where_jacop_throws(a, b, thrown):
    with pytest.raises(EngineError, match=thrown):
        costes(np.uint8(a), np.uint8(b))


def test_floats_are_read_by_their_bit_patterns_with_a_warning():
    a = np.array([[0.0, 0.5, 1.0]], np.float32)
    b = np.array([[0.0, 1.0, 0.5]], np.float32)
    bits = a.view(np.int32).astype(float), b.view(np.int32).astype(float)
    with pytest.warns(EngineMisreads, match="jacop-float-bits"):
        r = jacop(a, b, max_shift=0)["pearson"]
    assert r == pytest.approx(np.corrcoef(*(x.ravel() for x in bits))[0, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "error", "told"),
    [
        (np.zeros((2, 3), "u1"), np.zeros((3, 2), "u1"), ValueError, "shape mismatch"),
        (np.zeros((2, 3), "u1"), np.zeros((2, 3), "u2"), EngineError, "same bit depth"),
        (np.full((2, 3), -1), np.full((2, 3), -1), EngineError, "values from -1"),
        (np.zeros((2, 2, 3, 4), "u1"), np.zeros((2, 2, 3, 4), "u1"), EngineError, "4 dimensions"),
        (np.zeros((0, 3), "u1"), np.zeros((0, 3), "u1"), EngineError, "no pixels"),
    ],
)
def test_images_jacop_has_no_place_for_are_refused(a, b, error, told):
    with pytest.raises(error, match=told):
        jacop(a, b)


@pytest.mark.parametrize("setting", [{"max_shift": -1}, {"threshold_a": 2.5}, {"object_threshold_b": 2**31}])
def test_settings_jacop_does_not_take_are_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        jacop(np.uint8([[1, 2]]), np.uint8([[1, 2]]), **setting)


@pytest.mark.filterwarnings("ignore::coloc_bridge.errors.EngineWouldThrow")
def test_the_first_of_equal_correlations_has_its_shift_printed():
    """The real JACoP on these stripes: maxima at -4, -2, 0, 2, 4, minima between them."""
    stripes = np.tile(np.uint8([0, 2]), (3, 6))
    text = printed(jacop(stripes, stripes, max_shift=4))
    assert [text[f"ccf_{end}{what}"] for end in ("max", "min") for what in ("", "_shift")] == [
        "1.0",
        "-4",
        "-1.0",
        "-3",
    ]
