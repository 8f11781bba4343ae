"""A feature table is found by the readers of its specification: `ngio` where it is installed, its rules anyhow."""

import errno
import os
import shutil

import numpy as np
import pandas as pd
import pytest
import zarr

from coloc_bridge import analyse_pairwise
from coloc_bridge.batch import Job
from coloc_bridge.batch.feature_table import check_features, check_places, write_features
from coloc_bridge.batch.listing import Image
from coloc_bridge.batch.planning import Step
from coloc_bridge.errors import ImageFileError

PIXELS = np.random.default_rng(6).integers(0, 900, (2, 16, 20)).astype(np.uint16)
LABELS = np.repeat(np.array([0, 2, 3, 9], np.uint16), 5)[None].repeat(16, axis=0)


def multiscale(group, data, axes, version):
    array = {"chunks": data.shape} | (
        {"chunk_key_encoding": {"name": "v2", "separator": "/"}} if version == 2 else {}
    )
    group.create_array("0", data=data, **array)
    described = [{"name": name, "type": "channel" if name == "c" else "space"} for name in axes]
    dataset = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0] * data.ndim}]}
    ome = {"multiscales": [{"axes": described, "datasets": [dataset], "name": "x"}]}
    if version == 2:
        ome["multiscales"][0]["version"] = "0.4"
        group.attrs.update(ome)
    else:
        group.attrs["ome"] = ome | {"version": "0.5"}
    return group


@pytest.fixture(params=[2, 3], ids=["OME-Zarr 0.4", "OME-Zarr 0.5"])
def image(tmp_path, request):
    path = tmp_path / "x.zarr"
    root = multiscale(zarr.open_group(path, mode="w", zarr_format=request.param), PIXELS, "cyx", request.param)
    labels = root.create_group("labels")
    labels.attrs.update(
        {"labels": ["cells"]} if request.param == 2 else {"ome": {"labels": ["cells"], "version": "0.5"}}
    )
    cells = multiscale(labels.create_group("cells"), LABELS, "yx", request.param)
    source = {"image": {"path": "../../"}}
    if request.param == 2:
        cells.attrs["image-label"] = source | {"version": "0.4"}
    else:
        cells.attrs["ome"] = dict(cells.attrs["ome"]) | {"image-label": source}
    return path


@pytest.fixture
def rows():
    return analyse_pairwise(*PIXELS, label_mask=LABELS, channel_a="GFP", channel_b="RFP")


def test_the_layout_of_the_specification(image, rows):
    write_features(image, image / "labels" / "cells", "coloc", rows)
    tables = zarr.open_group(image, mode="r")["tables"]
    assert dict(tables.attrs) == {"tables": ["coloc"]}
    said = dict(tables["coloc"].attrs)
    wanted = {
        "type": "feature_table",
        "table_version": "1",
        "region": {"path": "../labels/cells"},
        "instance_key": "label",
        "index_key": "label",
        "index_type": "int",
        "backend": "parquet",
    }
    assert {name: said[name] for name in wanted} == wanted
    table = pd.read_parquet(image / "tables" / "coloc" / "table.parquet")
    assert table["label"].tolist() == [2, 3, 9]
    assert table["pcc"].tolist() == [row["pcc"] for row in rows]
    assert set(said["measurement_columns"]) | set(said["metadata_columns"]) == set(table.columns) - {"label"}
    assert said["metadata_columns"] == ["channel_a", "channel_b"]


def test_another_reader_finds_it(image, rows):
    ngio = pytest.importorskip("ngio", reason="needs ngio, which reads these tables (Python 3.11 to 3.13)")
    write_features(image, image / "labels" / "cells", "coloc", rows)
    container = ngio.open_ome_zarr_container(image, mode="r")
    assert container.list_tables() == ["coloc"]
    table = container.get_feature_table("coloc")
    assert table.reference_label == "cells"
    assert table.dataframe.index.tolist() == [2, 3, 9]
    assert table.dataframe["pcc"].tolist() == [row["pcc"] for row in rows]


def test_it_is_written_anew_beside_those_of_others(image, rows):
    root = zarr.open_group(image)
    root.create_group("tables").attrs.update({"tables": ["theirs"]})
    root["tables"].create_group("theirs").attrs.update({"type": "roi_table"})
    for count in (3, 2):
        write_features(image, image / "labels" / "cells", "coloc", rows[:count])
        assert len(pd.read_parquet(image / "tables" / "coloc" / "table.parquet")) == count
    assert list(zarr.open_group(image)["tables"].attrs["tables"]) == ["theirs", "coloc"]
    with pytest.raises(ImageFileError, match="that another program wrote"):
        write_features(image, image / "labels" / "cells", "theirs", rows)


def test_a_full_disk_leaves_no_half_of_a_table(image, rows, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    labels = image / "labels" / "cells"
    for before in (0, 2):
        with monkeypatch.context() as patched:
            patched.setattr(pd.DataFrame, "to_parquet", full)
            with pytest.raises(OSError, match="No space left"):
                write_features(image, labels, "coloc", rows)
        table = image / "tables" / "coloc" / "table.parquet"
        assert (len(pd.read_parquet(table)) if table.parent.exists() else 0) == before
        write_features(image, labels, "coloc", rows[:2])
        assert len(pd.read_parquet(table)) == 2


def test_a_folder_that_is_no_table_is_left_alone(image, rows):
    (image / "tables" / "coloc").mkdir(parents=True)
    (image / "tables" / "coloc" / "mine.txt").write_text("")
    with pytest.raises(ImageFileError, match="that another program wrote"):
        write_features(image, image / "labels" / "cells", "coloc", rows)
    assert (image / "tables" / "coloc" / "mine.txt").exists()


def test_a_column_label_of_a_sheet_is_refused(image, rows):
    labelled = [row | {"label": "x"} for row in rows]
    with pytest.raises(ImageFileError, match="the sheet has a column 'label'"):
        write_features(image, image / "labels" / "cells", "coloc", labelled)
    write_features(image, image / "labels" / "cells", "coloc", rows)


def test_labels_from_elsewhere_are_refused(image, rows, tmp_path):
    shutil.copytree(image / "labels" / "cells", tmp_path / "cells")
    for labels in (None, tmp_path / "cells", image / "labels"):
        with pytest.raises(ImageFileError, match="inside of the image"):
            write_features(image, labels, "coloc", rows)
    assert not (image / "tables").exists()


@pytest.mark.parametrize(
    ("name", "job", "words"),
    [
        ("../x", Job(), "a table needs a name of letters"),
        ("x", Job(all_pairs=True), "--all-pairs gives others"),
        ("x", Job(slices="each"), "--slices gives others"),
        ("x", Job(image="each"), "--image each gives others"),
    ],
)
def test_what_gives_no_row_for_each_label_is_refused(name, job, words):
    with pytest.raises(ValueError, match=words):
        check_features(name, job)


def test_an_image_that_is_measured_twice_is_refused(tmp_path):
    (tmp_path / "here").mkdir()
    names = ("a", "b", "here/../a")
    steps = [Step(name, Image(tmp_path / name, ()), place=f"row {i}") for i, name in enumerate(names)]
    check_places("coloc", steps[:2])
    with pytest.raises(ValueError, match=r"is measured twice \(a \(row 0\), here/\.\./a \(row 2\)\)"):
        check_places("coloc", steps)
