"""Files, folders and patterns: which images they stand for, and what these are called."""

import re

import numpy as np
import pytest
import tifffile
import zarr

from coloc_bridge.batch import Job
from coloc_bridge.batch.folder import analyse_planned
from coloc_bridge.batch.given import is_pattern
from coloc_bridge.batch.planning import plan_of
from coloc_bridge.errors import ImageFileError

PAIR = np.random.default_rng(3).integers(0, 900, (2, 12, 14)).astype(np.uint16)


@pytest.fixture
def plates(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for i, name in enumerate(("p1/a.tif", "p1/b.tif", "p2/a.tif", "p2/sub/c.tif", "alone.tif")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, np.roll(PAIR, i, axis=2), imagej=True, metadata={"axes": "CYX"})
    (tmp_path / "p1" / "notes.txt").write_text("no image")
    (tmp_path / "p1" / "a_mask.tif").write_bytes((tmp_path / "p1" / "a.tif").read_bytes())
    (tmp_path / "p1" / "[x].tif").write_bytes((tmp_path / "p1" / "a.tif").read_bytes())
    return tmp_path


GIVEN = {
    ("p1",): ["[x].tif", "a.tif", "b.tif"],
    ("p1/a.tif",): ["a.tif"],
    ("p1/[x].tif",): ["[x].tif"],
    ("p1/?.tif",): ["a.tif", "b.tif"],
    ("p1/*",): ["[x].tif", "a.tif", "b.tif"],
    ("p1/a.tif", "p1/a.tif", "./p1/a.tif"): ["a.tif"],
    ("p1/a_mask.tif", "p1/b.tif"): ["a_mask.tif", "b.tif"],
    ("p?",): ["p1/[x].tif", "p1/a.tif", "p1/b.tif", "p2/a.tif"],
    ("p2", "p1/b.tif"): ["p2/a.tif", "p1/b.tif"],
    ("**/[ac].tif",): ["p1/a.tif", "p2/a.tif", "p2/sub/c.tif"],
    ("alone.tif", "p2/sub"): ["alone.tif", "p2/sub/c.tif"],
}


@pytest.mark.parametrize("given", GIVEN, ids=str)
def test_what_is_given_is_listed_once_and_called_by_its_place(plates, given):
    planned = plan_of([plates.joinpath().__class__(path) for path in given], None)
    assert [step.name for step in planned.steps] == GIVEN[given]


SPELLED = {
    "as a folder": (["p1", "{here}/p1", "p2"], {}, ["p1/[x].tif", "p1/a.tif", "p1/b.tif", "p2/a.tif"]),
    "up and down": (["p2", "p1/../p2", "p1/a.tif", "p2/sub/../a.tif"], {}, ["p2/a.tif", "p1/a.tif"]),
    "by a link": (["p1/b.tif", "{here}/p1/a.tif", "link/b.tif"], {"link": "p1"}, ["a.tif", "b.tif"]),
    "as a pattern": (["*/b.tif", "{here}/*/b.tif"], {}, ["b.tif"]),
    "link that leads back": (["**/[bc].tif"], {"p1/a": "../p1"}, ["p1/b.tif", "p2/sub/c.tif"]),
    "linked file": (["p2/a.tif", "p2/same.tif"], {"p2/same.tif": "a.tif"}, ["a.tif", "same.tif"]),
}


@pytest.mark.parametrize("case", SPELLED)
def test_what_is_given_in_two_spellings_is_there_once(plates, case):
    given, links, names = SPELLED[case]
    for link, target in links.items():
        (plates / link).symlink_to(target)
    planned = plan_of([plates.__class__(path.format(here=plates)) for path in given], None)
    assert [step.name for step in planned.steps] == names


def test_what_lies_inside_of_an_image_is_no_image_of_its_own(plates):
    for name in ("x.zarr", "p2/y.zarr"):
        group = zarr.open_group(plates / name, mode="w", zarr_format=2)
        group.create_array("0", data=PAIR)
        axes = [{"name": name, "type": "channel" if name == "c" else "space"} for name in "cyx"]
        scale = {"type": "scale", "scale": [1, 1, 1]}
        dataset = {"path": "0", "coordinateTransformations": [scale]}
        group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [dataset]}]
    planned = plan_of([plates.__class__("**")], None)
    names = [step.name for step in planned.steps]
    assert "x.zarr" in names
    assert "p2/y.zarr" in names
    assert not [name for name in names if "zarr/" in name]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("gone.tif", "gone.tif: no such file"),
        ("gone*.tif", "gone*.tif: nothing is called so"),
        ("p1/*.txt", "no image"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_measured(plates, given, words):
    with pytest.raises(ImageFileError, match=re.escape(words)):
        plan_of([plates.__class__("alone.tif")] * (words != "no image") + [plates.__class__(given)], None)


def test_a_url_is_no_pattern(plates):
    assert not is_pattern(plates.__class__("https://example.org/a.tif?key=1"))


def test_labels_of_images_that_are_called_alike(plates):
    labels = np.zeros((12, 14), np.uint16)
    (plates / "labels").mkdir()
    labels[:2] = 1
    tifffile.imwrite(plates / "labels" / "a.tif", labels)
    planned = plan_of([plates / "p1" / "a.tif", plates / "p2" / "a.tif"], None)
    result = analyse_planned(planned, Job(labels=plates / "labels"))
    assert result.rows == []
    assert result.failures.keys() == {"p1/a.tif", "p2/a.tif"}
    assert f"put what belongs to p1/a.tif into {plates / 'labels' / 'p1'}" in result.failures["p1/a.tif"]
    for rows, folder in enumerate(("p1", "p2"), start=1):
        (plates / "labels" / folder).mkdir()
        labels[:] = 0
        labels[:rows] = 5
        tifffile.imwrite(plates / "labels" / folder / "a.tif", labels)
    result = analyse_planned(planned, Job(labels=plates / "labels"))
    assert [(row["file"], row["n_pixels"]) for row in result.rows] == [("p1/a.tif", 14), ("p2/a.tif", 28)]


def test_pairs_within_each_of_several_folders(plates):
    for i, folder in enumerate(("p1", "p2")):
        for channel in range(2):
            tifffile.imwrite(plates / folder / f"C{channel + 1}-x.tif", np.roll(PAIR[channel], i))
    result = analyse_planned(plan_of([plates / "p1", plates / "p2"], ("C1-{name}.tif", "C2-{name}.tif")), Job())
    assert [(row["file"], row["channel_a"], row["channel_b"]) for row in result.rows] == [
        ("p1/x", "C1-x", "C2-x"),
        ("p2/x", "C1-x", "C2-x"),
    ]
