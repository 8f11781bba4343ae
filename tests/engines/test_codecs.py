"""What an engine takes and leaves: pixels, thresholds and choices of its spec, and its runs as they lie in files."""

import numpy as np
import pytest

from coloc_bridge.engines import registry
from coloc_bridge.engines.biop import codec as biop
from coloc_bridge.engines.codec import JAVA_VERSIONS, Codec
from coloc_bridge.engines.coloc2 import codec as coloc2
from coloc_bridge.engines.jacop import codec as jacop
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import EngineSpec, Marker, as_given, load, plane_mask, zeros_outside
from coloc_bridge.engines.thresholds import Thresholds, given, searched

A = np.arange(1, 13, dtype=np.uint8).reshape(3, 2, 2)
B = A + 100
MASK = A % 4 == 1


def run(engine="x", variant="", settings=None, values=None, **more) -> EngineRun:
    return EngineRun(engine, variant, settings or {}, values or {}, **more)


def test_pixels_as_they_are() -> None:
    assert all(x is y for x, y in zip(as_given(A, B, MASK), (A, B, MASK), strict=True))


def test_pixels_of_an_engine_without_a_mask_are_zero_outside_of_it() -> None:
    a, b, mask = zeros_outside(A, B, MASK)
    assert (a.tolist(), b.tolist(), mask) == ((A * MASK).tolist(), (B * MASK).tolist(), None)
    assert (a.dtype, b.dtype) == (A.dtype, B.dtype)
    a, b, mask = zeros_outside(A, B, None)
    assert (a is A, b is B, mask) == (True, True, None)


def test_a_plane_mask_is_the_projection_of_the_mask_on_every_slice() -> None:
    mask = np.zeros((2, 3, 2, 2), bool)
    mask[0, 2, 0, 1] = mask[1, 0, 1, 1] = True
    found = plane_mask(A, B, mask)[2]
    assert found.shape == mask.shape
    assert all(plane.tolist() == [[False, True], [False, True]] for plane in found.reshape(-1, 2, 2))
    stack = np.zeros((3, 2, 2), bool)
    stack[1, 0, 0] = True
    assert plane_mask(A, B, stack)[2][2].tolist() == [[True, False], [False, False]]
    flat = stack[1]
    assert plane_mask(A, B, flat)[2] is flat
    assert plane_mask(A, B, None)[2] is None


def test_what_a_reference_names() -> None:
    assert load("os.path:join")("a", "b") == "a/b"
    assert load(len) is len


def test_a_simple_engine() -> None:
    spec = EngineSpec("mean", "Mean")
    assert spec.validated(np.dtype("u1")) == [("", {})]
    assert spec.recorded({"threshold_a": 3}) == [{"threshold_a": 3}]
    assert spec.pixels is as_given
    assert spec.markers == {"": Marker("X", "#009E73")}
    assert (spec.choices.takes_thresholds, spec.choices.one_timepoint, spec.choices.pixel_width) == (
        True,
        False,
        False,
    )
    assert (spec.in_scripts, spec.codec.one_file, spec.significance) == (False, False, None)


@pytest.mark.parametrize(
    ("engine", "pixels", "one_file", "in_scripts", "extras"),
    [
        ("coloc2", as_given, False, True, {"rounds": 10}),
        ("jacop", zeros_outside, False, True, {"rounds": 50, "list_objects": True}),
        ("biop", plane_mask, True, False, {}),
    ],
)
def test_the_built_in_engines(engine, pixels, one_file, in_scripts, extras) -> None:
    spec = registry.spec_of(engine)
    assert spec.pixels is pixels
    assert spec.codec.one_file is one_file
    assert spec.in_scripts is in_scripts
    assert dict(spec.extras) == extras
    assert spec.own_exceptions == ("java.",)
    assert spec.codec.versions == JAVA_VERSIONS
    assert None not in (spec.twin.printed, spec.twin.randomize)


@pytest.mark.parametrize(
    ("engine", "dtype", "expected"),
    [
        ("coloc2", "u1", [("", {"regression": "costes"}), ("bisection", {"regression": "bisection"})]),
        ("coloc2", "f4", [("", {"regression": "costes"}), ("bisection", {"regression": "bisection"})]),
        ("jacop", "u2", [("", {})]),
        ("biop", "u2", [("costes_auto_threshold", {"threshold_method": "costes"})]),
        ("biop", "f4", [("", {})]),
    ],
)
def test_what_is_run_on_the_pair_of_a_user(engine, dtype, expected) -> None:
    assert registry.spec_of(engine).validated(np.dtype(dtype)) == expected


@pytest.mark.parametrize(
    ("engine", "chosen", "expected"),
    [
        ("coloc2", {"threshold_a": 1}, [{"regression": "costes"}, {"regression": "bisection"}]),
        ("jacop", {}, [{}]),
        ("jacop", {"threshold_a": 1}, [{"threshold_a": 1}]),
        ("biop", {}, [{}, {"threshold_method": "costes"}, {"threshold_method": "otsu"}]),
        (
            "biop",
            {"threshold_a": 1},
            [{}, {"threshold_a": 1}, {"threshold_method": "costes"}, {"threshold_method": "otsu"}],
        ),
    ],
)
def test_with_what_a_pair_is_recorded_first(engine, chosen, expected) -> None:
    assert registry.spec_of(engine).recorded(chosen) == expected


def test_significance_of_jacop_is_that_of_a_fit() -> None:
    fitted = {name: spec.significance and spec.significance.fitted for name, spec in registry.BUILT_IN.items()}
    assert {name: known for name, known in fitted.items() if known is not None} == {"coloc2": False, "jacop": True}


FOUND = {"threshold_a": 3.0, "threshold_b": 4.0, "costes_threshold_a": 5.0, "costes_threshold_b": 6.0}


@pytest.mark.parametrize(
    ("engine", "settings", "quantity", "pair", "by_search"),
    [
        ("coloc2", {}, "tm1", (3.0, 4.0), True),
        ("coloc2", {}, "", (3.0, 4.0), True),
        ("jacop", {"threshold_a": 7, "threshold_b": 8}, "m1_thresholded", (7.0, 8.0), False),
        ("jacop", {}, "m1_thresholded", (0.0, 0.0), False),
        ("jacop", {"threshold_a": 7}, "k1_thresholded", (7.0, 0.0), False),
        ("jacop", {"threshold_a": 7}, "costes_m1", (5.0, 6.0), True),
        ("jacop", {"threshold_a": 7}, "", (5.0, 6.0), True),
        ("biop", {"threshold_method": "costes"}, "m1", (3.0, 4.0), True),
        ("biop", {"threshold_method": "otsu"}, "m1", (3.0, 4.0), False),
        ("biop", {}, "m1", (3.0, 4.0), False),
        ("unknown", {}, "m1", (3.0, 4.0), False),
    ],
)
def test_at_which_thresholds_a_quantity_was_computed(engine, settings, quantity, pair, by_search) -> None:
    found = registry.described(engine).thresholds(run(engine, settings=settings, values=FOUND), quantity)
    assert found == Thresholds(pair, by_search)


def test_thresholds_that_are_not_known() -> None:
    half = run(values={"threshold_a": 3.0})
    assert (given(half, "m1"), searched(half, "m1")) == (Thresholds(None, False), Thresholds(None, True))


def test_thresholds_that_jacop_only_printed() -> None:
    printed = run("jacop", printed={"costes_threshold_a": "5", "costes_threshold_b": "6"})
    assert registry.spec_of("jacop").thresholds(printed, "costes_m1").pair == (5.0, 6.0)


@pytest.mark.parametrize("regression", ["Costes", "COSTES", "costes"])
def test_settings_of_coloc2_are_written_as_it_names_them(regression) -> None:
    assert coloc2.CODEC.read_settings({"regression": regression}, {}, "") == {"regression": "costes"}
    written = run(settings={"regression": regression.lower()})
    assert coloc2.CODEC.write_settings(written, None) == {"regression": "Costes"}


def test_the_box_around_the_mask_of_coloc2_runs_x_first() -> None:
    mask = np.zeros((3, 5, 7), bool)
    mask[1, 2, 3] = mask[2, 4, 3] = mask[1, 3, 6] = True
    written = coloc2.CODEC.write_settings(run(settings={"regression": "bisection"}), mask)
    assert written == {"regression": "Bisection", "mask_bounding_box": {"offset": [3, 2, 1], "size": [4, 3, 2]}}


def test_what_coloc2_gave() -> None:
    made = run(values={"pearson": 0.5}, printed={"pearson": "0.50"}, warnings=("w",), random={"p": 1}, log={"x": "y"})
    assert coloc2.CODEC.body(made) == {
        "values": {"pearson": 0.5},
        "printed": {"pearson": "0.50"},
        "warnings": ("w",),
        "random": {"p": 1},
    }


DOCUMENT = {
    "images": {"a": {"pixel_width": 0.25}},
    "thresholds": [1, 2],
    "runs": {"explicit": {"thresholds": [3, 4]}},
}


@pytest.mark.parametrize(
    ("settings", "document", "variant", "expected"),
    [
        ({}, DOCUMENT, "otsu_auto_threshold", {"threshold_method": "otsu"}),
        ({}, DOCUMENT, "explicit", {"threshold_a": 3, "threshold_b": 4}),
        ({"thresholds": [5, 6]}, DOCUMENT, "explicit", {"threshold_a": 3, "threshold_b": 4}),
        ({"thresholds": [5, 6]}, {**DOCUMENT, "runs": {"": {}}}, "", {"threshold_a": 5, "threshold_b": 6}),
        ({}, {k: v for k, v in DOCUMENT.items() if k != "runs"}, "", {"threshold_a": 1, "threshold_b": 2}),
    ],
)
def test_settings_of_biop_in_a_file(settings, document, variant, expected) -> None:
    found = biop.CODEC.read_settings(settings | {"max_shift": 9}, document, variant)
    assert found == {"max_shift": 9, "pixel_width": 0.25} | expected


def test_a_pixel_of_biop_that_is_not_said_is_1_wide() -> None:
    found = biop.CODEC.read_settings({"max_shift": 9}, {"images": {"a": {}}}, "li_auto_threshold")
    assert found == {"max_shift": 9, "pixel_width": 1.0, "threshold_method": "li"}


def test_a_run_of_biop_for_its_file() -> None:
    made = run(settings={"max_shift": 9, "threshold_method": "otsu"}, values=FOUND, notes=("whole image", "second"))
    assert biop.CODEC.write_settings(made, None) == {"max_shift": 9, "roi": "whole image"}
    assert biop.CODEC.write_settings(run(settings={"max_shift": 9}), None) == {"max_shift": 9}
    assert biop.CODEC.body(made) == {"thresholds": [3.0, 4.0], "values": FOUND}
    assert biop.CODEC.body(run()) == {"thresholds": None, "values": {}}
    assert biop.CODEC.errors == "errors"


OBJECTS = {
    "object_threshold_a": 1,
    "object_threshold_b": 2,
    "min_size": 3,
    "max_size": 4,
    "resolution_xy": 5.5,
    "resolution_z": 6.5,
}
THEIRS = {"thrA": 1, "thrB": 2, "minSize": 3, "maxSize": 4, "limXY": 5.5, "limZ": 6.5}
PLAIN = {"threshold_a": 7, "threshold_b": 8, "max_shift": 9}


def test_settings_of_jacop_there_and_back() -> None:
    made = run(settings=PLAIN | OBJECTS | {"rounds": 50}, notes=("mask as zeros", "second"))
    written = jacop.CODEC.write_settings(made, None)
    assert written == PLAIN | {
        "objects": THEIRS | {"cMass": True, "fullList": False, "showImage": False},
        "mask_handling": "mask as zeros",
    }
    assert jacop.CODEC.read_settings(written, {}, "") == PLAIN | OBJECTS
    bare = jacop.CODEC.write_settings(run(settings={"max_shift": 9}), None)
    assert (set(bare), bare["max_shift"], bare["objects"]["thrA"]) == ({"max_shift", "objects"}, 9, None)


def test_what_jacop_gave() -> None:
    made = run(values={"m1": 1.0}, printed={"m1": "1.0"}, log={"s": "l"}, random={"p": 1}, objects={"a": {"n": 2}})
    assert jacop.CODEC.body(made) == {
        "values": {"m1": 1.0},
        "printed": {"m1": "1.0"},
        "log": {"s": "l"},
        "random": {"p": 1},
        "objects_A": {"n": 2},
    }


def test_the_codec_of_an_engine_that_has_none_of_its_own() -> None:
    made = run(settings={"scale": 2}, values={"m": 1.0}, log={"s": "l"}, notes=("n",), objects={"b": {"n": 1}})
    codec = Codec()
    assert codec.read_settings({"scale": 2}, {}, "") == codec.write_settings(made, MASK) == {"scale": 2}
    assert codec.body(made) == {
        "values": {"m": 1.0},
        "printed": {},
        "warnings": (),
        "random": {},
        "log": {"s": "l"},
        "notes": ("n",),
        "objects_B": {"n": 1},
    }
    assert (codec.errors, codec.versions, codec.one_file) == ("errors_of_steps", None, False)
