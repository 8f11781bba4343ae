"""A folder of images: what one bad file, an interruption and a change do."""

import errno
import json
import os

import numpy as np
import pandas as pd
import pytest
import tifffile
from roifile import ROI_TYPE, ImagejRoi

from coloc_bridge import files
from coloc_bridge.batch import Job, analyse_file, analyse_folder, write_table
from coloc_bridge.cli.app import main
from coloc_bridge.errors import ImageFileError
from coloc_bridge.fiji.commands import Cancelled
from coloc_bridge.fiji.folder import batch


def write(path, seed, channels=2):
    values = np.random.default_rng(seed).integers(0, 4000, (channels, 20, 25)).astype(np.uint16)
    tifffile.imwrite(path, values, imagej=True, metadata={"axes": "CYX"})


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for seed, name in enumerate(("a.tif", "b.tif", "c.tif")):
        write(folder / name, seed)
    (folder / "notes.txt").write_text("not an image, passed over")
    (folder / ".hidden.tif").write_text("passed over too")
    return folder


def measured(folder, **options):
    """Names of the files that are really measured."""
    seen = []
    result = analyse_folder(folder, None, Job(), **options, progress=lambda done, total, name: seen.append(name))
    return result, seen


def test_rows_are_those_of_the_files_one_by_one(folder):
    result, seen = measured(folder)
    assert seen == ["a.tif", "b.tif", "c.tif"]
    expected = [{"file": name, **analyse_file(folder / name, None, Job()).rows[0]} for name in seen]
    pd.testing.assert_frame_equal(pd.DataFrame(result.rows), pd.DataFrame(expected))
    assert result.failures == {}


def test_one_bad_file_does_not_stop_the_others(folder):
    (folder / "b.tif").write_bytes((folder / "b.tif").read_bytes()[:500])
    write(folder / "one_channel.tif", 9, channels=1)
    result, _ = measured(folder)
    assert [row["file"] for row in result.rows] == ["a.tif", "c.tif"]
    assert list(result.failures) == ["b.tif", "one_channel.tif"]
    assert "cut off" in result.failures["b.tif"]
    assert "two are needed" in result.failures["one_channel.tif"]


def test_a_finished_file_is_not_done_again(folder, tmp_path, monkeypatch):
    finished = tmp_path / "parts"
    first, _ = measured(folder, finished=finished)
    write(folder / "d.tif", 7)
    write(folder / "b.tif", 8)
    done = []
    monkeypatch.setattr(
        "coloc_bridge.batch.work.analyse_file",
        lambda path, *rest: done.append(path.name) or analyse_file(path, *rest),
    )
    second, _ = measured(folder, finished=finished)
    assert done == ["b.tif", "d.tif"]
    assert second.resumed == 2
    assert [row["file"] for row in second.rows] == ["a.tif", "b.tif", "c.tif", "d.tif"]
    pd.testing.assert_frame_equal(pd.DataFrame(second.rows).iloc[[0, 2]], pd.DataFrame(first.rows).iloc[[0, 2]])
    done.clear()
    analyse_folder(folder, None, Job(threshold="otsu"), finished=finished)
    assert done == ["a.tif", "b.tif", "c.tif", "d.tif"]


def test_an_interrupted_run_goes_on_where_it_stopped(folder, tmp_path):
    finished = tmp_path / "parts"

    def stop(done, total, name):
        if name == "c.tif":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyse_folder(folder, None, Job(), finished=finished, progress=stop)
    assert sorted(path.name for path in finished.iterdir()) == ["a.tif.json", "b.tif.json"]
    result, _ = measured(folder, finished=finished)
    assert result.resumed == 2
    assert len(result.rows) == 3


def test_a_damaged_part_is_measured_again(folder, tmp_path):
    measured(folder, finished=tmp_path / "parts")
    (tmp_path / "parts" / "a.tif.json").write_text('{"key": "cut o')
    result, _ = measured(folder, finished=tmp_path / "parts")
    assert result.resumed == 2
    assert len(result.rows) == 3


def test_a_folder_of_rois_by_the_names_of_the_images(folder, tmp_path):
    rois = tmp_path / "rois"
    rois.mkdir()
    for i, name in enumerate("ab", start=1):
        roi = ImagejRoi(roitype=ROI_TYPE.RECT, left=0, top=0, right=i, bottom=10, name=f"cell {name}")
        (rois / f"{name}.roi").write_bytes(roi.tobytes())
    result = analyse_folder(folder, None, Job(roi=rois))
    assert [(row["file"], row["region_name"], row["n_pixels"]) for row in result.rows] == [
        ("a.tif", "cell a", 10),
        ("b.tif", "cell b", 20),
    ]
    assert "c.tif is needed, found none" in result.failures["c.tif"]


def test_two_folders_give_pairs_of_files(folder, tmp_path):
    second = tmp_path / "second"
    second.mkdir()
    for name in ("a.tif", "b.tif"):
        write(folder / name, 20, channels=1)
        write(second / name, 21, channels=1)
    result = analyse_folder(folder, second, Job())
    assert [row["file"] for row in result.rows] == ["a.tif", "b.tif"]
    assert list(result.failures) == ["c.tif"]


def test_folder_without_images(tmp_path):
    with pytest.raises(ImageFileError, match="no image in this folder"):
        analyse_folder(tmp_path, None, Job())


@pytest.mark.parametrize(("bad", "status"), [(False, 0), (True, 1)])
def test_exit_status_of_a_folder(folder, tmp_path, monkeypatch, capsys, bad, status):
    if bad:
        (folder / "b.tif").write_text("no image")
    output = tmp_path / "all.json"
    for remark in ("", "finished by an earlier run"):
        monkeypatch.setattr("sys.argv", ["coloc-bridge", "analyse", str(folder), "--output", str(output)])
        with pytest.raises(SystemExit) as ended:
            main()
        err = capsys.readouterr().err
        assert ended.value.code == status
        assert remark in err
        assert ("b.tif failed: " in err) == bad
        assert len(json.loads(output.read_text())) == (2 if bad else 3)


def test_whole_numbers_stay_whole_where_some_rows_have_none(tmp_path):
    write_table([{"region": 1, "slice": 2, "timepoint": 3}, {"region": 1}], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().split() == ["region,slice,timepoint", "1,2,3", "1,,"]


FOREIGN = ["", "[]", "{}", "null", "5", '"text"', '{"key": 1}', "[" * 100_000, "\0", '{"key": null, "rows": 5}']


@pytest.mark.parametrize("content", FOREIGN, ids=lambda content: content[:8] or "nothing")
def test_whatever_lies_among_the_parts_an_image_is_measured(folder, tmp_path, content):
    finished = tmp_path / "parts"
    expected, _ = measured(folder, finished=finished)
    (finished / "a.tif.json").write_text(content)
    result, _ = measured(folder, finished=finished)
    assert (result.failures, result.resumed, len(result.rows)) == ({}, 2, 3)
    again, _ = measured(folder, finished=finished)
    assert again.resumed == 3
    pd.testing.assert_frame_equal(pd.DataFrame(again.rows), pd.DataFrame(expected.rows))


@pytest.mark.parametrize("changed", ["image", "mask"])
def test_content_decides_what_is_measured_again(folder, tmp_path, changed):
    """Not size and time, which a copy may keep."""
    mask = np.ones((20, 25), np.uint8)
    tifffile.imwrite(tmp_path / "mask.tif", mask)
    path = {"image": folder / "b.tif", "mask": tmp_path / "mask.tif"}[changed]
    job = Job(mask=tmp_path / "mask.tif")
    first = analyse_folder(folder, None, job, finished=tmp_path / "parts")
    before = path.stat()
    if changed == "image":
        write(path, 99)
    else:
        mask[:10] = 0
        tifffile.imwrite(path, mask)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    second = analyse_folder(folder, None, job, finished=tmp_path / "parts")
    assert second.resumed == (2 if changed == "image" else 0)
    assert second.rows[1] != first.rows[1]
    os.utime(folder / "a.tif")
    assert analyse_folder(folder, None, job, finished=tmp_path / "parts").resumed == 3


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_full_of_parts_costs_no_row(folder, tmp_path, monkeypatch):
    expected, _ = measured(folder)
    monkeypatch.setattr("coloc_bridge.files.write_bytes", full)
    result, _ = measured(folder, finished=tmp_path / "parts")
    pd.testing.assert_frame_equal(pd.DataFrame(result.rows), pd.DataFrame(expected.rows))
    assert result.failures == {}
    assert [note for note in result.notes if "no space left" in note and "begins anew" in note] == result.notes


def test_a_place_where_no_parts_can_be_costs_no_row(folder, tmp_path):
    (tmp_path / "parts").write_text("a file")
    result, _ = measured(folder, finished=tmp_path / "parts")
    assert (len(result.rows), result.failures, len(result.notes)) == (3, {}, 1)


def test_pictures_that_cannot_be_written_cost_no_row(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full)
    result = analyse_folder(folder, None, Job(plots=tmp_path / "pictures"))
    assert (len(result.rows), result.failures) == (3, {})
    assert len([note for note in result.notes if "pictures are missing there (no space left" in note]) == 3
    assert not list((tmp_path / "pictures").iterdir())


def test_a_table_that_cannot_be_written_is_shown_all_the_same(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("csv.writer", full)
    monkeypatch.setattr("sys.argv", ["coloc-bridge", "analyse", str(folder), "-o", str(tmp_path / "t.csv")])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert all(name in out for name in ("a.tif", "b.tif", "c.tif"))
    assert f"coloc-bridge: {tmp_path / 't.csv'}: no space left on device" in err


@pytest.mark.parametrize("command", ["analyse {folder} -o {place}/t.csv", "analyse {folder} --plots {place}/p"])
def test_a_place_where_nothing_can_be_written_is_found_before_the_work(
    folder, tmp_path, monkeypatch, capsys, command
):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("coloc_bridge.batch.analyse_folder", lambda *_, **__: pytest.fail("it was measured"))
    monkeypatch.setattr("sys.argv", ["coloc-bridge", *command.format(folder=folder, place=tmp_path).split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert f"{tmp_path}: nothing can be written there (permission denied)" in capsys.readouterr().err


def test_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "t.txt"
    with files.whole(path) as first, files.whole(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert [found.name for found in tmp_path.iterdir()] == ["t.txt"]
    assert path.read_text() in ("first", "second")


def test_a_run_that_is_ended_has_the_rows_so_far(folder):
    result = analyse_folder(folder, None, Job(), progress=lambda done, total, name: done < 2)
    assert ([row["file"] for row in result.rows], result.stopped) == (["a.tif", "b.tif"], "c.tif")


@pytest.mark.parametrize("images", [0, 1, 2])
def test_the_batch_of_fiji_keeps_what_it_measured(folder, tmp_path, images):
    output = tmp_path / "t.csv"
    stopping = {"output": output, "progress": lambda done, total: done < images}
    if not images:
        with pytest.raises(Cancelled, match=r"before a\.tif"):
            batch(folder, **stopping)
        return
    result = batch(folder, **stopping)
    assert len(result.rows) == len(pd.read_csv(output)) == images
    assert "stopped by the user before" in result.notes[-1]


def test_the_batch_of_fiji_shows_a_table_that_cannot_be_written(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("csv.writer", full)
    result = batch(folder, output=tmp_path / "t.csv")
    assert len(result.rows) == 3
    assert "could not be written (no space left" in result.notes[-1]
