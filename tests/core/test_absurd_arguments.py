"""Every public function, every parameter, absurd values: an error that names the parameter, or a right result."""

import inspect
import re
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from roifile import ROI_TYPE, ImagejRoi

import coloc_bridge as cb
from coloc_bridge import chunked, masking, twins
from coloc_bridge.thresholds import auto_threshold

A = np.arange(64, dtype=np.uint8).reshape(8, 8)
B = A[::-1].copy()
LABELS = np.repeat([0, 1, 2, 3], 16).reshape(8, 8)
ROI = ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=1, right=4, bottom=4)
PAIR = {"a": A, "b": B}
TEST = {**PAIR, "seed": 0, "rounds": 3}

ABSURD = {
    "None": None,
    "text": "x",
    "-1": -1,
    "0": 0,
    "1e9": 1e9,
    "10**30": 10**30,
    "nan": np.nan,
    "empty": [],
    "ragged": [[1], [1, 2]],
    "object": object(),
    "dict": {},
    "complex": 1j,
}
NUMBERS = {"-1", "0", "1e9", "10**30"}
ANY = set(ABSURD)
REAL = {*NUMBERS, "nan"}

# What is no absurd value of a parameter, wherever it has that name.
FINE = {
    "mask": {"None"},
    "label_mask": {"None"},
    "regions": {"None", "empty"},
    "metrics": {"empty", "dict"},
    "threshold_a": REAL,
    "threshold_b": REAL,
    "channel_a": ANY,  # names of any kind
    "channel_b": ANY,
    "name_a": ANY,
    "name_b": ANY,
    "slice_axis": {"None", "-1", "0"},
    "axis": {"-1", "0"},
    "channel_axis": {"-1", "0"},
    "channel_names": {"None", "ragged"},
    "region_warnings": {"None", "empty", "ragged"},
    "seed": {"None", "0", "10**30", "empty", "ragged"},
    "max_iter": {"0", "10**30"},
    "min_size": {"-1", "0", "10**30"},
    "max_size": {"None", "-1", "0", "10**30"},
    "object_threshold_a": {"None", *NUMBERS},
    "object_threshold_b": {"None", *NUMBERS},
    "threshold_method": set(),
    "resolution_xy": REAL,
    "resolution_z": REAL,
    "pixel_width": REAL,
    "pixel_depth": REAL,
    "values": {"dict"},
    "rows": {"empty", "dict"},
    "rois": {"empty", "dict"},
    "dims": {"None"},
    "z_block": {"10**30"},  # of a plane
    "bin_width": {"1e9", "10**30"},
}
ALSO_FINE = {
    ("twins.jacop", "max_shift"): {"0"},
    ("twins.biop", "max_shift"): {"0"},
    ("twins.biop by a method", "threshold_method"): {"None"},
    ("twins.biop by a method", "max_shift"): {"0"},
    ("ccf_map", "max_shift"): {"0"},
    ("nearest_neighbour_vectors", "centroids_a"): {"empty"},
    ("nearest_neighbour_vectors", "centroids_b"): {"empty"},
    ("object_centroids", "labels"): {"-1", "0"},
    ("iter_regions", "label_mask"): {"None", "-1", "0", "1e9", "empty"},
    ("shapes_to_label_mask", "image_shape"): {"empty", "dict"},
    ("auto_threshold", "values"): {*REAL, "empty"},
    ("label_objects", "image"): {*REAL, "empty"},
    ("results_table", "rows"): {"empty", "dict"},
}
CALLS = {
    "pearson": (cb.pearson, PAIR | {"mask": A > 5, "zero_zero": False}),
    **{f.__name__: (f, PAIR | {"mask": A > 5}) for f in (cb.spearman, cb.kendall, cb.li_icq, cb.overlap)},
    "costes_regression": (cb.costes_regression, PAIR | {"mask": A > 5}),
    "costes_threshold": (cb.costes_threshold, PAIR | {"mask": A > 5, "max_iter": 100, "search": "scan"}),
    "manders": (cb.manders, PAIR | {"threshold_a": 3, "threshold_b": 3, "mask": A > 5}),
    "li_ica": (cb.li_ica, PAIR | {"mask": A > 5}),
    "van_steensel_ccf": (
        cb.van_steensel_ccf,
        PAIR | {"mask": A > 5, "max_shift": 3, "axis": 0, "boundary": "crop"},
    ),
    "ccf_map": (cb.ccf_map, PAIR | {"max_shift": 2}),
    "costes_randomization": (
        cb.costes_randomization,
        PAIR | {"mask": A > 5, "n_iter": 3, "block_size": 2, "seed": 0, "inside": True},
    ),
    "scramble_example": (cb.scramble_example, {"image": A, "block_size": 2, "seed": 0}),
    **{
        name: (
            analyse,
            PAIR
            | {"label_mask": LABELS, "metrics": ["pcc", "mcc"], "threshold_method": "manual", "threshold_a": 1}
            | {"threshold_b": 1, "channel_a": "x", "channel_b": "y", "slice_axis": 0, "region_warnings": []}
            | {"zero_zero": False},
        )
        for name, analyse in (
            ("analyse_pairwise", cb.analyse_pairwise),
            ("analyse_table", cb.analyse_table),
            ("chunked", chunked.analyse_pairwise),
        )
    },
    "analyse_all_to_all": (
        cb.analyse_all_to_all,
        {"image": np.stack([A, B]), "channel_axis": 0, "label_mask": LABELS, "metrics": "pcc"}
        | {"channel_names": ["x", "y"], "region_warnings": [], "zero_zero": False},
    ),
    "results_table": (cb.results_table, {"rows": cb.analyse_pairwise(A, B)}),
    "label_objects": (cb.label_objects, {"image": A, "threshold_method": "otsu", "mask": A > 5, "min_size": 1}),
    "object_centroids": (cb.object_centroids, {"labels": LABELS}),
    "object_table": (cb.object_table, {"labels_a": LABELS, "labels_b": LABELS, "name_a": "x", "name_b": "y"}),
    "nearest_neighbour_vectors": (
        cb.nearest_neighbour_vectors,
        {"centroids_a": [[1.0, 2.0]], "centroids_b": [[3.0, 4.0]]},
    ),
    "iter_regions": (lambda label_mask: list(cb.iter_regions(label_mask)), {"label_mask": LABELS}),
    "shapes_to_label_mask": (
        cb.shapes_to_label_mask,
        {"shapes_layer": SimpleNamespace(to_labels=lambda labels_shape: LABELS), "image_shape": (8, 8)},
    ),
    "labels_to_label_mask": (
        cb.labels_to_label_mask,
        {"labels_layer": SimpleNamespace(data=LABELS), "image_shape": (8, 8)},
    ),
    "roi_names": (cb.roi_names, {"rois": ROI}),
    "roi_positions": (masking.roi_positions, {"rois": ROI}),
    "analyse_pairwise by a list": (cb.analyse_pairwise, PAIR | {"regions": [("x", A > 5)]}),
    "analyse_all_to_all by a list": (
        cb.analyse_all_to_all,
        {"image": np.stack([A, B]), "channel_axis": 0, "regions": [("x", A > 5)]},
    ),
    "rois_to_regions": (cb.rois_to_regions, {"rois": ROI, "image_shape": (8, 8), "dims": ("Y", "X")}),
    "rois_to_label_mask": (cb.rois_to_label_mask, {"rois": ROI, "image_shape": (8, 8), "dims": ("Y", "X")}),
    "auto_threshold": (auto_threshold, {"values": A.ravel(), "method": "otsu"}),
    "twins.coloc2": (twins.coloc2, PAIR | {"mask": A > 5, "regression": "costes"}),
    "twins.jacop": (
        twins.jacop,
        PAIR
        | {"threshold_a": 1, "threshold_b": 1, "max_shift": 2, "object_threshold_a": 9, "object_threshold_b": 9}
        | {"min_size": 1, "max_size": 50, "resolution_xy": 3.0, "resolution_z": 3.0}
        | {"pixel_width": 1.0, "pixel_depth": 1.0},
    ),
    "twins.biop": (
        twins.biop,
        PAIR | {"mask": A > 5, "threshold_a": 1, "threshold_b": 1, "max_shift": 2, "pixel_width": 1.0},
    ),
    "twins.biop by a method": (twins.biop, PAIR | {"threshold_method": "Otsu", "max_shift": 2}),
    "twins.run": (twins.run, {"engine": "coloc2", **PAIR, "mask": A > 5}),
    "twins.rows": (
        twins.rows,
        {"engine": "coloc2", **PAIR, "label_mask": LABELS, "channel_a": "x", "channel_b": "y", "region_warnings": []},
    ),
    "twins.columns": (twins.columns, {"engine": "coloc2"}),
    "twins.printed": (twins.printed, {"engine": "coloc2", "values": {"pearson": 1.0}}),
    "randomize coloc2": (lambda **given: twins.randomize("coloc2", **given), TEST | {"psf": 1}),
    "randomize biop": (lambda **given: twins.randomize("biop", **given), TEST | {"xy_block": 2}),
    "randomize jacop": (
        lambda **given: twins.randomize("jacop", **given),
        TEST | {"xy_block": 2, "z_block": 1, "bin_width": 0.01},
    ),
}
CASES = [(name, parameter) for name, (_, given) in CALLS.items() for parameter in given]


def _named(text, parameter, given):
    """Whether an error names the parameter, or another one that it does not fit."""
    if parameter in "ab":
        return re.search(rf"\b{parameter} (is|has|makes)\b", text)
    return any(name.rstrip("s") in text for name in given if len(name) > 1) or re.search(r"\bb is\b", text)


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_an_absurd_argument_is_named(name, parameter):
    function, given = CALLS[name]
    fine = FINE.get(parameter, set()) | ALSO_FINE.get((name, parameter), set())
    wrong = []
    for label, value in ABSURD.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            try:
                function(**given | {parameter: value})
            except (TypeError, ValueError) as error:
                if not _named(str(error), parameter, given):
                    wrong.append(f"{label}: {error}")
            except cb.twins.EngineError as error:
                if name[:5] not in ("twins", "rando"):
                    wrong.append(f"{label}: {error!r}")
            except Exception as error:
                wrong.append(f"{label}: {error!r}")
            else:
                if label not in fine:
                    wrong.append(f"{label} is taken")
    assert not wrong


def test_every_parameter_of_a_public_function_has_a_case():
    for name, (function, given) in CALLS.items():
        if function.__name__ != "<lambda>" and " by " not in name:
            parameters = set(inspect.signature(function).parameters) - {"settings", "options"}
            missing = parameters - set(given)
            elsewhere = {"regions"} if "label_mask" in given else set()  # one of them is given
            assert missing <= {"threshold_a", "threshold_b", "threshold_method", "slice_axis"} | elsewhere, name
