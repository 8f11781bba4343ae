"""Tables in files: the format of the suffix, whole numbers whole, undefined ones empty, and where none can be."""

import json
import math
import re

import pandas as pd
import pytest

from coloc_bridge.batch import check_table_path, write_table

ROWS = [
    {"file": "a.tif", "region": 1, "slice": math.nan, "timepoint": 2, "n_pixels": 7, "pcc": 0.1, "m1": math.nan},
    {"file": "b.tif", "region": 2, "slice": 3, "timepoint": 4, "n_pixels": 8, "pcc": math.inf, "m1": 1.0},
]


@pytest.mark.parametrize("name", ["t.csv", "T.CSV", "t.x.csv"])
def test_csv(tmp_path, name) -> None:
    write_table(ROWS, tmp_path / "new" / name)
    assert (tmp_path / "new" / name).read_text().splitlines() == [
        "file,region,slice,timepoint,n_pixels,pcc,m1",
        "a.tif,1,,2,7,0.1,",
        "b.tif,2,3,4,8,inf,1.0",
    ]


def test_json(tmp_path) -> None:
    write_table(ROWS, tmp_path / "t.json")
    text = (tmp_path / "t.json").read_text()
    assert text.endswith("]\n")
    assert json.loads(text, parse_constant=pytest.fail) == [
        ROWS[0] | {"slice": None, "m1": None},
        ROWS[1] | {"pcc": None},
    ]


def test_parquet(tmp_path) -> None:
    write_table(ROWS, tmp_path / "t.parquet")
    frame = pd.read_parquet(tmp_path / "t.parquet")
    assert list(frame) == list(ROWS[0])
    assert [str(frame[name].dtype) for name in ("region", "slice", "timepoint", "n_pixels")] == ["Int64"] * 4
    assert frame["slice"].isna().tolist() == [True, False]
    assert frame["pcc"].tolist() == [0.1, math.inf]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("t.xlsx", "t.xlsx: tables are written as .csv, .json, .parquet; end the file name so"),
        ("t", "t: tables are written as .csv, .json, .parquet; end the file name so"),
        ("folder", "folder is a folder; give a file name ending in .csv, .json, .parquet"),
        ("file/t.csv", "file is a file, so nothing can be written into a folder of that name"),
        ("file/deeper/t.csv", "file is a file, so nothing can be written into a folder of that name"),
        ("folder/t.csv", None),
        ("nowhere/yet/t.json", None),
    ],
)
def test_where_a_table_can_be_written(tmp_path, name, sentence) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    if sentence is None:
        assert callable(check_table_path(tmp_path / name))
        return
    with pytest.raises(ValueError, match=re.escape(f"{tmp_path}/{sentence}")):
        check_table_path(tmp_path / name)
    assert not (tmp_path / "t.xlsx").exists()
