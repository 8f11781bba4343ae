"""The table that is made column by column, against the table of the rows."""

import dask.array as da
import numpy as np
import pandas as pd
import pytest

import coloc_bridge as cb

RNG = np.random.default_rng(20)
A = RNG.integers(0, 60, (4, 12, 10)).astype(np.uint16)
B = (A // 2 + RNG.integers(0, 9, A.shape)).astype(np.uint16)
LABELS = np.repeat(np.arange(12) // 3, 10).reshape(12, 10)  # 0 is none
ABSENT = np.where(np.arange(4)[:, None, None] == 1, 0, LABELS)  # no region in plane 1
CONSTANT = np.where(LABELS == 2, 7, A[0])
NAMED = [("nucleus", LABELS == 1), ("cell", LABELS >= 1)]
ALL = tuple(cb.measures.METRICS)
FLAT = np.array([[5.0, 5.0, 5.0, 5.0, 1.0, 9.0]]), np.array([[1.0, 2.0, 4.0, 3.0, 9.0, 1.0]])


@pytest.mark.parametrize(
    ("images", "options"),
    [
        ((A, B), {}),
        ((A[0], B[0]), {"label_mask": LABELS, "channel_a": "GFP", "channel_b": "RFP"}),
        ((A, B), {"label_mask": ABSENT, "slice_axis": 0}),
        ((A, B), {"label_mask": LABELS, "slice_axis": -3, "metrics": "pcc"}),
        ((A[0], B[0]), {"label_mask": LABELS, "metrics": ALL, "zero_zero": False}),
        ((A[0], B[0]), {"label_mask": LABELS, "metrics": ["ktau", "icq"]}),
        ((A[0] / 7, B[0] / 3), {"label_mask": LABELS, "threshold_method": "otsu"}),
        ((A[0], B[0]), {"label_mask": LABELS, "threshold_method": "manual", "threshold_a": 9, "threshold_b": 4}),
        ((A[0], B[0]), {"regions": NAMED}),
        ((A, B), {"regions": NAMED, "slice_axis": 0, "metrics": ["tos", "mcc"]}),
        ((CONSTANT, B[0]), {"label_mask": LABELS}),
        ((A[0], B[0]), {"label_mask": np.zeros_like(LABELS)}),
        (FLAT, {"label_mask": [[1, 1, 2, 2, 3, 3]]}),
        ((da.from_array(A[0], chunks=5), da.from_array(B[0], chunks=5)), {"label_mask": LABELS}),
    ],
)
def test_equals_the_table_of_the_rows(images, options):
    said, said_of_rows = [], []
    table = cb.analyse_table(*images, **options, region_warnings=said)
    rows = cb.analyse_pairwise(*images, **options, region_warnings=said_of_rows)
    pd.testing.assert_frame_equal(table, cb.results_table(rows), check_exact=True)
    assert said == said_of_rows


def test_a_remark_is_in_the_row_it_belongs_to():
    """Anticorrelated pixels have no zero of r below on the line: Costes' thresholds then need a remark."""
    rising, falling = np.arange(40) % 20, np.r_[np.arange(20), 19 - np.arange(20)]
    table = cb.analyse_table(rising, falling, label_mask=np.repeat([1, 2], 20), metrics="mcc")
    rows = cb.analyse_pairwise(rising, falling, label_mask=np.repeat([1, 2], 20), metrics="mcc")
    remarked = [row["region"] for row in rows if "remark" in row]
    assert remarked == table["region"][table["remark"].notna()].to_list() != []


def test_makes_no_dictionary_of_a_region(monkeypatch):
    monkeypatch.setattr("coloc_bridge.analysis.rows_of", None)
    assert cb.analyse_table(A[0], B[0], label_mask=LABELS)["region"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"threshold_method": "manual"}, "manual"),
        ({"threshold_method": "best"}, "unknown threshold_method"),
        ({"metrics": "pc"}, "pc"),
        ({"slice_axis": 5}, "slice_axis"),
        ({"label_mask": [[1, 2]]}, "shape mismatch"),
    ],
)
def test_what_makes_no_sense_is_refused(options, text):
    with pytest.raises(ValueError, match=text):
        cb.analyse_table(A, B, **options)
