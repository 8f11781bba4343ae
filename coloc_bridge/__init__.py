"""Colocalization analysis that reproduces, and explains, the numbers of Fiji's Coloc 2 and JACoP.

Every public name is here. The core is imported at once, so that the first call does not pay for it; any other module
when one of its names is first used.
"""

import os
from importlib import import_module
from typing import Any

if "COLOC_BRIDGE_ENGINE" not in os.environ:  # the process of an engine needs none of it
    from coloc_bridge.analysis import (
        ALL_METRICS,
        COLUMNS,
        analyse_all_to_all,
        analyse_pairwise,
        analyse_table,
        results_table,
    )
    from coloc_bridge.metrics import (
        costes_regression,
        costes_threshold,
        intersection,
        kendall,
        li_icq,
        manders,
        overlap,
        pearson,
        rank_weighted,
        spearman,
        threshold_overlap,
    )

__version__ = "0.1.0"

_LAZY = {
    "masking": (
        "shapes_to_label_mask",
        "labels_to_label_mask",
        "rois_to_label_mask",
        "rois_to_regions",
        "roi_names",
        "iter_regions",
    ),
    "diagnostics": ("costes_randomization", "van_steensel_ccf", "li_ica", "ccf_map", "scramble_example"),
    "significance": (
        "effective_sample_size",
        "correlation_test",
        "shift_test",
        "noise_corrected_correlation",
    ),
    "objects": (
        "label_objects",
        "object_table",
        "object_centroids",
        "nearest_neighbour_vectors",
        "OBJECT_COLUMNS",
    ),
    "sample_data": (
        "make_sample_data",
        "make_sample_data_3d",
        "make_sample_data_cbs006rbm",
        "make_sample_data_coloc",
        "coloc_sample_path",
        "load_coloc_sample",
        "make_scene",
        "Scene",
    ),
    "quality": ("check", "Finding"),
    "surface": ("threshold_surface",),
    "images": ("open_image",),
    "compare": ("validate", "compare_engines", "threshold_marks"),
    "chunked": (),
    "plots": (),
    "engines": (),
    "twins": (),
    "truth": ("known_effect",),
}
_MODULE_OF = {name: module for module, names in _LAZY.items() for name in names}

__all__ = [
    "ALL_METRICS",
    "COLUMNS",
    "analyse_all_to_all",
    "analyse_pairwise",
    "analyse_table",
    "costes_regression",
    "costes_threshold",
    "intersection",
    "kendall",
    "li_icq",
    "manders",
    "overlap",
    "pearson",
    "rank_weighted",
    "results_table",
    "spearman",
    "threshold_overlap",
    *_LAZY,
    *_MODULE_OF,
]


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
