"""JACoP's twin against everything the real JACoP gave."""

import warnings

import numpy as np
import pytest

from coloc_bridge import shipped
from coloc_bridge.errors import EngineError, EngineMisreads, EngineWouldThrow
from coloc_bridge.twins.jacop import COLUMNS, costes, jacop, objects, printed
from tests.twins.jacop_recorded import Recorded, agree, number, read, read_all, recorded_names

RECORDED = shipped.validation_folder() / "recorded" / "jacop"
IMAGES = shipped.validation_folder() / "images"


def settings_of(run: Recorded) -> dict:
    settings, particles = run.document["settings"], run.document["settings"]["objects"]
    return {
        **{name: settings[name] for name in ("threshold_a", "threshold_b", "max_shift")},
        "object_threshold_a": particles["thrA"],
        "object_threshold_b": particles["thrB"],
        "min_size": particles["minSize"],
        "max_size": particles["maxSize"],
        "resolution_xy": particles["limXY"],
        "resolution_z": particles["limZ"],
    }


def differences(run: Recorded) -> list[str]:
    """Every number, text, name, exception and particle in which the twin is not the engine."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = jacop(*run.outside_zeroed, **settings_of(run))
    document, text = run.document, printed(values)
    engine = {name: number(value) for name, value in document["values"].items()}
    wrong = [name for name, value in engine.items() if not agree(values[name], value)]
    wrong += [f"printed {name}" for name, shown in document["printed"].items() if text.get(name) != shown]
    wrong += [f"name {name}" for name in set(values) ^ (set(engine) | set(document["printed"]))]
    thrown = {f"{e['exception']}: {e['message']}" for e in document.get("errors_of_steps", {}).values()}
    said = [str(warning.message) for warning in caught if warning.category is EngineWouldThrow]
    wrong += [f"exception {one}" for one in thrown if not any(one in message for message in said)]
    wrong += [f"exception {message}" for message in said if not any(one in message for one in thrown)]
    return wrong + [f"particles of {role}" for role in "AB" if not same_particles(run, role)]


def same_particles(run: Recorded, role: str) -> bool:
    if f"objects_{role}" not in run.document:
        return True
    image = dict(zip("AB", run.outside_zeroed, strict=True))[role]
    recorded, particles = run.document[f"objects_{role}"], run.document["settings"]["objects"]
    found = objects(image, particles[f"thr{role}"], particles["minSize"], particles["maxSize"])
    return len(found) == recorded["n"] and all(
        agree(
            (
                float(found.size[i]),
                *found.centroid[i],
                *found.centre_of_mass[i],
                *found.box_first[i],
                *found.box_last[i],
                found.integrated_density[i],
            ),
            number(
                [one["size"], *one["centroid"], *one["centre_of_mass"], *one["bb_tl"], *one["bb_br"], one["int_dens"]]
            ),
        )
        for i, one in enumerate(recorded["first"])
    )


@pytest.mark.parametrize("name", recorded_names(RECORDED))
def test_shipped_runs_are_reproduced(name):
    assert differences(read(RECORDED, IMAGES, name)) == []


def test_runs_on_coloc2s_images_are_reproduced(coloc2_images):
    runs = list(read_all(coloc2_images / "recorded" / "jacop", coloc2_images))
    assert len(runs) == 21
    assert {run.name: found for run in runs if (found := differences(run))} == {}


def test_columns_name_every_scalar_quantity_in_the_order_of_the_log():
    run = read(RECORDED, IMAGES, "partial-8bit")
    assert list(COLUMNS) == list(printed(jacop(run.a, run.b)))
    assert len(set(COLUMNS.values())) == len(COLUMNS)


def test_products_of_two_pixels_wrap_at_32_bits():
    bright = np.full((2, 2), 50000, np.uint16)
    # 50000 * 50000 - 2**32 = -1794967296
    assert jacop(bright, bright, max_shift=0, threshold_a=1, threshold_b=1)["k1"] == -1794967296 / 2.5e9


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


def test_negative_max_shift_is_refused():
    with pytest.raises(ValueError, match="max_shift"):
        jacop(np.uint8([[1, 2]]), np.uint8([[1, 2]]), max_shift=-1)
