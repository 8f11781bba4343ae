"""The files of a result: all or none, nobody else's, the same bytes again, and more rows than memory holds."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow.dataset
import pytest
import tifffile

from coloc_bridge import files
from coloc_bridge.batch import Job, partitions, write_table
from coloc_bridge.batch.folder import Place, analyse_planned, stored_rows
from coloc_bridge.batch.kept import Kept
from coloc_bridge.batch.output import Output
from coloc_bridge.batch.partitions import check_partitions, write_partitions
from coloc_bridge.batch.planning import plan_of
from coloc_bridge.batch.provenance import Origin

ROWS = [{"file": "a", "region": 1, "pcc": 0.5}, {"file": "b", "region": 2, "pcc": np.nan}]


def write(path, content=ROWS, failures=(), **options):
    return Output(path, **options).write(lambda: [content], Origin(("x",), Job()), [], failures)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_lies_beside_a_table(tmp_path):
    write(tmp_path / "t.csv", failures=[("c.tif", "is empty"), ("=d.tif", 'says "no", twice')])
    assert names(tmp_path) == ["t.csv", "t.errors.csv", "t.provenance.json"]
    assert (tmp_path / "t.errors.csv").read_text() == ('file,reason\nc.tif,is empty\n\'=d.tif,"says ""no"", twice"\n')
    said = json.loads((tmp_path / "t.provenance.json").read_text())
    assert said["table"]["sha256"] == hashlib.sha256((tmp_path / "t.csv").read_bytes()).hexdigest()
    assert (said["table"]["rows"], said["table"]["columns"]) == (2, ["file", "region", "pcc"])
    assert [failure["file"] for failure in said["failures"]] == ["c.tif", "=d.tif"]
    write(tmp_path / "t.csv")
    assert names(tmp_path) == ["t.csv", "t.provenance.json"]


def test_tables_that_differ_by_their_suffix_have_files_of_their_own(tmp_path):
    for suffix in ("csv", "json", "csv"):
        write(tmp_path / f"t.{suffix}", failures=[("c.tif", suffix)])
    assert names(tmp_path) == [
        "t.csv", "t.errors.csv", "t.json", "t.json.errors.csv", "t.json.provenance.json", "t.provenance.json",
    ]  # fmt: skip
    for name in ("t.csv", "t.json"):
        beside = tmp_path / f"{'t' if name == 't.csv' else name}.provenance.json"
        assert json.loads(beside.read_text())["table"]["file"] == name


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("what", ["csv.writer", "coloc_bridge.batch.output.record", "pathlib.Path.write_text"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, what):
    write(tmp_path / "t.csv", failures=[("c.tif", "is empty")])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(what, full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "t.csv", ROWS[:1], [("other.tif", "is cut off")])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_the_partitions_that_were_there(tmp_path, monkeypatch):
    write(tmp_path / "t.parquet", partitions=True)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(OSError, match=r"No space left.*t\.parquet"):
        write(tmp_path / "t.parquet", ROWS[:1], partitions=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert names(tmp_path) == ["t.parquet", "t.provenance.json"]


HOLD = """
import sys
from pathlib import Path
from coloc_bridge.batch.kept import Kept
from coloc_bridge.batch.output import Output
with Output(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_do_not_write_one_table_and_a_killed_one_holds_nothing(tmp_path):
    output = Output(tmp_path / "new" / "t.csv")
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, output.table], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(ValueError, match=rf"t\.csv: another run writes it \(process {other.pid} on "),
            output.held(),
        ):
            pass
        with Output(tmp_path / "new" / "u.csv").held():
            pass
    finally:
        other.kill()
        other.communicate()
    with output.held(), pytest.raises(ValueError, match=f"process {os.getpid()} on"), output.held():
        pass
    assert names(tmp_path / "new") == []


def test_a_lock_that_was_taken_away_while_one_waited_is_taken_anew(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    locked = files._lock

    def late(descriptor):
        monkeypatch.setattr(files, "_lock", locked)
        path.unlink()  # whoever held it has ended
        locked(descriptor)

    monkeypatch.setattr(files, "_lock", late)
    with files.held(path, "this"), pytest.raises(ValueError, match="this"), files.held(path, "this"):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(4)
    for i in range(5):
        values = generator.integers(0, 4000, (2, 16, 25)).astype(np.uint16)
        values[0] = 3 if i == 3 else values[0]  # no sign of a correlation: its columns are empty
        tifffile.imwrite(folder / f"f{i}.tif", values, imagej=True, metadata={"axes": "CYX"})
    labels = np.repeat(np.arange(16, dtype=np.uint16)[:, None] // 4, 25, axis=1)
    tifffile.imwrite(folder.parent / "cells.tif", labels)
    return folder


def test_partitions_hold_the_table(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "ROWS", 4)
    job = Job(labels=folder.parent / "cells.tif")
    planned = plan_of([folder], None)
    result = analyse_planned(planned, job, finished=tmp_path / "parts")
    output = Output(tmp_path / "t.parquet", partitions=True)
    output.write(lambda: stored_rows(planned, result, tmp_path / "parts"), Origin(("x",), job), result.images, [])
    assert names(output.table) == [f"part-{i:05}.parquet" for i in range(4)]
    write_table(result.rows, tmp_path / "one.parquet")
    one = pd.read_parquet(tmp_path / "one.parquet")
    assert len(one) == 15
    pd.testing.assert_frame_equal(pd.read_parquet(output.table), one, check_dtype=False)
    said = json.loads(output.provenance.read_text())
    assert (said["table"]["rows"], said["table"]["columns"]) == (15, list(one))
    assert [image["rows"] for image in said["inputs"]] == [3] * 5


def test_partitions_have_one_schema_whatever_comes_late(tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "ROWS", 2)
    pieces = [[{"file": "a", "x": 1, "slice": np.nan}], [{"file": "b", "x": 2.5, "slice": 3}, {"file": "c", "x": 3}]]
    pieces += [[{"file": "d", "x": np.nan, "remark": "late", "zero_zero": False}]]
    (tmp_path / "t").mkdir()
    assert write_partitions(lambda: iter(pieces), tmp_path / "t") == (
        4,
        ["file", "x", "slice", "remark", "zero_zero"],
    )
    table = pyarrow.dataset.dataset(tmp_path / "t").to_table()
    assert [str(field.type) for field in table.schema] == ["string", "double", "int64", "string", "bool"]
    assert table.to_pylist() == [
        {"file": "a", "x": 1.0, "slice": None, "remark": None, "zero_zero": None},
        {"file": "b", "x": 2.5, "slice": 3, "remark": None, "zero_zero": None},
        {"file": "c", "x": 3.0, "slice": None, "remark": None, "zero_zero": None},
        {"file": "d", "x": None, "slice": None, "remark": "late", "zero_zero": False},
    ]


def test_the_memory_for_partitions_does_not_grow_with_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "ROWS", 500)
    row = {"file": "a.tif", "pcc": 0.25, "m1": 0.5}

    def peak(pieces):
        place = tmp_path / str(pieces)
        place.mkdir()
        tracemalloc.start()
        write_partitions(lambda: ([dict(row) for _ in range(100)] for _ in range(pieces)), place)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(5)  # what is loaded once
    assert peak(200) < 1.5 * peak(10)


def test_rows_that_are_kept_are_not_in_memory_and_others_are(folder, tmp_path, monkeypatch):
    planned = plan_of([folder], None)
    write = Kept.write
    monkeypatch.setattr(Kept, "write", lambda self, step, *of: step.name != "f2.tif" and write(self, step, *of))
    result = analyse_planned(planned, Job(), finished=tmp_path / "parts", take=lambda *_: None)
    assert [done.step.name for done in result.images if done.outcome.result] == ["f2.tif"]
    pieces = stored_rows(planned, result, tmp_path / "parts")
    assert [row["file"] for piece in pieces for row in piece] == [f"f{i}.tif" for i in range(5)]


def test_rows_that_are_not_there_any_more_are_missed(folder, tmp_path):
    planned = plan_of([folder], None)
    result = analyse_planned(planned, Job(), finished=tmp_path / "parts")
    analyse_planned(planned, Job(threshold="otsu"), finished=tmp_path / "parts")
    with pytest.raises(Exception, match=r"the rows of f0\.tif are not there any more"):
        list(stored_rows(planned, result, tmp_path / "parts"))


@pytest.mark.skipif(os.name == "nt", reason="no path is so long there")
def test_names_of_any_length_cost_no_table(tmp_path):
    content = np.random.default_rng(0).integers(0, 4000, (2, 16, 25)).astype(np.uint16)
    called = ["a.tif", *(f"{'x' * 246}{end}.tif" for end in "12"), f"{'ä' * 125}.tif"]
    (tmp_path / "images").mkdir()
    for name in called:
        tifffile.imwrite(tmp_path / "images" / name, content, imagej=True, metadata={"axes": "CYX"})
    planned = plan_of([tmp_path / "images"], None)
    for resumed in (0, 4):
        result = analyse_planned(planned, Job(), finished=tmp_path / "parts")
        assert (result.resumed, result.notes, result.errors) == (resumed, [], [])
        files_there = [rows[0]["file"] for rows in stored_rows(planned, result, tmp_path / "parts")]
        assert sorted(files_there) == sorted(called)


def test_partitions_replace_partitions_and_nothing_else(tmp_path):
    (tmp_path / "file.parquet").write_bytes(b"")
    (tmp_path / "other.parquet").mkdir()
    (tmp_path / "other.parquet" / "mine.txt").write_text("")
    for name, words in (("file.parquet", "is a file"), ("other.parquet", "left alone"), ("t.csv", "NAME.parquet")):
        with pytest.raises(ValueError, match=words):
            check_partitions(tmp_path / name)
    for rows in (ROWS, ROWS[:1]):
        write(tmp_path / "t.parquet", rows, partitions=True)
        check_partitions(tmp_path / "t.parquet")
        assert len(pd.read_parquet(tmp_path / "t.parquet")) == len(rows)


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_the_same_bytes_for_any_number_of_processes(folder, tmp_path, suffix):
    tables, records = [], []
    for workers in (1, 2, 3):
        planned = plan_of([folder], None)
        result = analyse_planned(planned, Job(), place=Place(workers), digests=True)
        output = Output(tmp_path / str(workers) / f"t.{suffix}")
        with output.held():
            output.write(lambda rows=result.rows: [rows], Origin(("x",), Job()), result.images, result.errors)
        tables.append(output.table.read_bytes())
        records.append(json.loads(output.provenance.read_text()))
        del records[-1]["run"]
    assert tables[1:] == tables[:1] * 2
    assert records[1:] == records[:1] * 2
    inputs = {image["file"]: image["files"][0] for image in records[0]["inputs"]}
    assert {name: file["sha256"] for name, file in inputs.items()} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }
