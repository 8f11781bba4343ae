"""``coloc-bridge analyse`` of many images: sheets, kills, provenance, crates, clusters."""

import csv
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

COMMAND = [sys.executable, "-c", "from coloc_bridge.cli.app import main; main()"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my images"
    folder.mkdir()
    generator = np.random.default_rng(21)
    for i in range(24):
        values = generator.integers(0, 4000, (2, 20, 25 + i)).astype(np.uint16)
        tifffile.imwrite(folder / f"f{i:02}.tif", values, imagej=True, metadata={"axes": "CYX"})
    return folder


def test_a_sheet_with_broken_rows(call, folder, tmp_path):
    lines = [f"my images/f{i:02}.tif,{'drug' if i % 2 else 'control'},{i:03}" for i in range(20)]
    for row, broken in ((3, "gone.tif,drug,x"), (7, ",drug,x"), (11, "my images,drug,x"), (15, "a.tif,1,2,3")):
        lines.insert(row, broken)
    (folder / "f19.tif").write_bytes((folder / "f19.tif").read_bytes()[:500])
    (tmp_path / "pairs.csv").write_text("image,condition,well\n" + "\n".join(lines) + "\n")
    for workers, name in ((1, "one.csv"), (2, "two.csv")):
        status, _, err = call(
            "analyse", "--sheet", tmp_path / "pairs.csv", "-o", tmp_path / name, "--workers", workers
        )
        assert status == 1
        assert err.count(" failed: ") == 5
    table = pd.read_csv(tmp_path / "one.csv", dtype={"well": str})
    assert table.columns[:3].tolist() == ["file", "condition", "well"]
    assert table["well"].tolist() == [f"{i:03}" for i in range(19)]
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    errors = list(csv.DictReader((tmp_path / "one.errors.csv").open()))
    assert sorted(error["file"] for error in errors) == [
        "a.tif (row 17 of pairs.csv)",
        "gone.tif (row 5 of pairs.csv)",
        "my images (row 13 of pairs.csv)",
        "my images/f19.tif (row 25 of pairs.csv)",
        "row 9 of pairs.csv",
    ]
    assert (tmp_path / "one.errors.csv").read_bytes() == (tmp_path / "two.errors.csv").read_bytes()
    said = json.loads((tmp_path / "one.provenance.json").read_text())
    assert said["sheet"]["sha256"] == hashlib.sha256((tmp_path / "pairs.csv").read_bytes()).hexdigest()
    assert (said["inputs"][1]["condition"], len(said["inputs"]), len(said["failures"])) == ("drug", 19, 5)


@pytest.mark.parametrize(("finished", "workers"), [(3, 1), (9, 2)])
def test_a_run_that_is_killed_goes_on_to_the_same_table(folder, tmp_path, finished, workers):
    run = [*COMMAND, "analyse", folder, "--workers", str(workers), "-o"]
    subprocess.run([*run, tmp_path / "whole.csv"], check=True, capture_output=True)
    killed = subprocess.Popen([*run, tmp_path / "killed.csv"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    parts = tmp_path / "killed.csv.parts"
    # Where it ends before it is killed, nothing is left to do, which gives the same table as well.
    while killed.poll() is None and (not parts.is_dir() or len(list(parts.glob("*.json"))) < finished):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    again = subprocess.run([*run, tmp_path / "killed.csv"], check=True, capture_output=True, text=True)
    assert "files were finished by an earlier run" in again.stderr
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_two_runs_give_the_same_bytes_and_provenance_but_for_the_times(call, folder, tmp_path):
    said = []
    for _ in range(2):
        assert call("analyse", folder, "-o", tmp_path / "t.csv", "--metrics", "pcc,mcc")[0] == 0
        said.append((tmp_path / "t.csv").read_bytes())
        record = json.loads((tmp_path / "t.provenance.json").read_text())
        assert record["table"]["sha256"] == hashlib.sha256(said[-1]).hexdigest()
        assert sorted(record.pop("run")) == ["finished", "started"]
        said.append(record)
    assert said[:2] == said[2:]
    assert record["command"] == [
        "coloc-bridge", "analyse", "--metrics", "pcc,mcc", "--output", "t.csv", str(folder),
    ]  # fmt: skip
    assert record["settings"]["metrics"] == ["pcc", "mcc"]
    first = record["inputs"][0]
    assert (first["file"], first["level"], first["region"], first["rows"]) == ("f00.tif", 0, "whole image", 1)


def test_a_table_that_a_run_without_rows_leaves_is_said_to_be_of_an_earlier_one(call, folder, tmp_path):
    run = ("analyse", folder, "--metrics", "pcc", "--workers", 1, "-o")
    assert "earlier run" not in call(*run, tmp_path / "t.csv")[2]
    before = [(tmp_path / f"t.{suffix}").read_bytes() for suffix in ("csv", "provenance.json")]
    for path in folder.iterdir():
        path.write_bytes(b"no image")
    said = "t.csv: is of an earlier run and was left as it was"
    status, _, err = call(*run, tmp_path / "t.csv")
    assert (status, said in err) == (1, True)
    assert [(tmp_path / f"t.{suffix}").read_bytes() for suffix in ("csv", "provenance.json")] == before
    assert len((tmp_path / "t.errors.csv").read_text().splitlines()) == 25
    assert "earlier run" not in call(*run, tmp_path / "new.csv")[2]


def test_the_provenance_of_one_image_names_its_regions(call, folder, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.eye(20, 25, dtype=np.uint8))
    call("analyse", folder / "f00.tif", "--mask", tmp_path / "m.tif", "-o", tmp_path / "t.json")
    (image,) = json.loads((tmp_path / "t.provenance.json").read_text())["inputs"]
    assert image["region"] == {"mask": str(tmp_path / "m.tif")}
    assert {file["role"]: file["sha256"] for file in image["files"]} == {
        role: hashlib.sha256(path.read_bytes()).hexdigest()
        for role, path in (("image", folder / "f00.tif"), ("mask", tmp_path / "m.tif"))
    }


CRATES = {
    "folder": ["{folder}", "--workers", "2"],
    "pattern": ["my images/f0?.tif", "--channels", "2,1", "--no-zero-zero"],
    "sheet": ["--sheet", "pairs.csv", "--threshold", "otsu"],
    "one image": ["{folder}/f01.tif", "--metrics", "pcc", "--metrics", "mcc", "--significance"],
}


@pytest.mark.parametrize("case", CRATES)
def test_the_command_of_a_crate_gives_its_table_in_another_folder(call, folder, tmp_path, monkeypatch, case):
    rocrate = pytest.importorskip("rocrate.rocrate")
    (tmp_path / "pairs.csv").write_text("image,dish\nmy images/f03.tif,=A\nmy images/f02.tif,B\nno.tif,C\n")
    monkeypatch.chdir(tmp_path)
    arguments = [argument.format(folder="my images") for argument in CRATES[case]]
    status, _, err = call("analyse", *arguments, "-o", "results/t.csv", "--crate", "crates/first")
    assert "crate written to crates/first" in err
    crate = rocrate.ROCrate("crates/first")
    (action,) = (entity for entity in crate.get_entities() if entity.type == "CreateAction")
    words = shlex.split(action["description"])
    assert words[0] == "coloc-bridge"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run([*COMMAND, *words[1:]], cwd=elsewhere, capture_output=True, check=False)
    assert done.returncode == status == (1 if case == "sheet" else 0)
    table = crate.dereference("t.csv")
    assert (elsewhere / "t.csv").read_bytes() == Path("crates/first/t.csv").read_bytes()
    assert table["sha256"] == hashlib.sha256((elsewhere / "t.csv").read_bytes()).hexdigest()
    inputs = {entity["name"]: entity for entity in action["object"]}
    assert all(entity.id.startswith("file:///") for entity in inputs.values())
    assert not list(Path("crates/first").rglob("*.tif"))
    image = min(name for name in inputs if name.endswith(".tif"))
    assert inputs[image]["sha256"] == hashlib.sha256((folder / image).read_bytes()).hexdigest()
    assert action["instrument"]["name"] == "coloc_bridge"
    names = {entity["name"] for entity in action["result"]}
    assert names == {"t.csv", "t.provenance.json", *(["t.errors.csv"] if case == "sheet" else [])}
    # A crate is replaced by the next one, another folder is not.
    call("analyse", *arguments, "-o", "results/t.csv", "--crate", "crates/first")
    assert sorted(path.name for path in Path("crates").iterdir()) == ["first"]
    status, _, err = call("analyse", *arguments, "-o", "results/t.csv", "--crate", "my images")
    assert (status, "is no crate" in err or "lies in the folder of the crate" in err) == (2, True)


def test_a_crate_replaces_nothing_but_a_crate_of_its_own(call, folder, tmp_path, monkeypatch):
    pytest.importorskip("rocrate.rocrate")
    monkeypatch.chdir(tmp_path)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    said = {"@graph": [{"@id": "./", "@type": "Dataset", "name": "raw data"}]}
    (theirs / "ro-crate-metadata.json").write_text(json.dumps(said))
    one = Path("my images", "f00.tif")
    run = ("analyse", one, "--metrics", "pcc", "-o", "t.parquet", "--partitions", "--crate")
    for _ in range(2):
        assert call(*run, "new")[0] == 0
    assert sorted(path.name for path in Path("new").iterdir()) == [
        "ro-crate-metadata.json", "t.parquet", "t.provenance.json",
    ]  # fmt: skip
    for put in ("thesis.txt", "t.parquet/mine.tif"):
        Path("new", put).write_text("")
        status, _, err = call(*run, "new")
        assert (status, f"holds {Path(put)}, which is not of the crate" in err) == (2, True)
        Path("new", put).unlink()
    status, _, err = call("analyse", folder / "f00.tif", "-o", "t.csv", "--crate", folder)
    assert (status, "lies in the folder of the crate" in err) == (2, True)
    status, _, err = call(*run, theirs)
    assert (status, "is no crate that coloc_bridge wrote" in err) == (2, True)
    assert (len(list(folder.iterdir())), len(list(theirs.iterdir()))) == (24, 1)
    for options in (["-o", "cr/t.csv"], ["-o", "t.csv", "--plots", "cr/plots"], ["-o", "cr"]):
        status, _, err = call("analyse", one, *options, "--crate", "cr")
        assert (status, Path("cr").exists()) == (2, False)


def test_what_comes_into_a_crate_while_one_measures_is_not_lost(call, folder, tmp_path, monkeypatch):
    pytest.importorskip("rocrate.rocrate")
    monkeypatch.chdir(tmp_path)
    run = ("analyse", folder / "f00.tif", "--metrics", "pcc", "-o", "t.csv", "--crate", "cr")
    assert call(*run)[0] == 0
    monkeypatch.setattr("coloc_bridge.cli.measuring.check_crate", lambda *_: Path("cr/late.txt").write_text("x"))
    status, _, err = call(*run)
    assert (status, "holds late.txt" in err, Path("cr/late.txt").exists()) == (2, True, True)


def test_a_pattern_is_recorded_from_a_folder_with_brackets_in_its_name(call, folder, tmp_path, monkeypatch):
    (tmp_path / "day [1]").mkdir()
    inside = folder.rename(tmp_path / "day [1]" / "p")
    monkeypatch.chdir(inside.parent)
    tifffile.imwrite("m.tif", np.eye(20, 26, dtype=np.uint8))
    assert call("analyse", "p/f0[1].tif", "--mask", "m.tif", "--metrics", "pcc", "-o", "t.csv")[0] == 0
    words = json.loads(Path("t.provenance.json").read_text())["command"]
    first = Path("t.csv").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    status, _, err = call(*words[1:])
    assert status == 0, err
    assert Path("t.csv").read_bytes() == first


def test_partitions_and_features_from_the_command_line(call, folder, tmp_path):
    status, out, err = call("analyse", folder, "-o", tmp_path / "t.parquet", "--partitions", "--workers", 2)
    assert status == 0
    assert "24 rows written" in err
    assert "f23.tif" in out
    call("analyse", folder, "-o", tmp_path / "one.parquet")
    whole, one = (pd.read_parquet(tmp_path / name) for name in ("t.parquet", "one.parquet"))
    pd.testing.assert_frame_equal(whole, one, check_dtype=False)
    status, _, err = call("analyse", folder / "f00.tif", "--features", "coloc")
    assert (status, "its feature table, failed: " in err) == (1, True)


REFUSED = {
    "two lists": (["{folder}", "--sheet", "pairs.csv"], "give no others, or no sheet"),
    "no sheet": (["--sheet", "gone.csv"], "gone.csv: no such sheet"),
    "no process": (["{folder}", "--workers", "0"], "--workers"),
    "two places": (["{folder}", "--workers", "2", "--scheduler", "tcp://x:1"], "give one of them"),
    "crate of nothing": (["{folder}", "--crate", "new"], "give its name with -o"),
    "partitions of text": (["{folder}", "-o", "t.csv", "--partitions"], "NAME.parquet"),
    "features of slices": (["{folder}", "--features", "x", "--slices"], "--slices gives others"),
    "features of one image twice": (["--sheet", "twice.csv", "--features", "x"], "f00.tif is measured twice"),
    "no scheduler": (["{folder}", "--scheduler", "here"], "--scheduler here: "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_call_is_one_sentence_and_status_2(call, folder, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "twice.csv").write_text("image,channels\nmy images/f00.tif,1;2\nmy images/f00.tif,2;1\n")
    arguments, words = REFUSED[case]
    status, out, err = call("analyse", *(argument.format(folder=folder) for argument in arguments))
    assert (status, out) == (2, "")
    assert words in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


def test_without_distributed_the_remedy_is_said(call, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    status, _, err = call("analyse", folder, "--scheduler", "tcp://127.0.0.1:1")
    assert status == 2
    assert "pip install" in err
    assert "[cluster]" in err


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    # Two processes with a thread each, as docs/folders.md starts them.
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as started:
        yield started


def test_a_cluster_gives_the_same_table(call, folder, tmp_path, cluster, monkeypatch):
    (folder / "f07.tif").write_bytes(b"no image")
    call("analyse", folder, "-o", tmp_path / "here.csv", "--workers", 1)
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    status, _, err = call("analyse", folder.name, "-o", "t.csv", "--scheduler", cluster.scheduler_address)
    assert status == 1
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert [error["file"] for error in csv.DictReader((tmp_path / "t.errors.csv").open())] == ["f07.tif"]
    here, there = (json.loads((tmp_path / f"{name}.provenance.json").read_text()) for name in ("here", "t"))
    assert here["inputs"] == there["inputs"]
    status, _, err = call("analyse", folder.name, "-o", "t.csv", "--scheduler", cluster.scheduler_address)
    assert "23 files were finished by an earlier run" in err


def test_a_worker_of_a_cluster_that_is_killed_does_not_end_the_run(call, folder, tmp_path, cluster, monkeypatch):
    call("analyse", folder, "-o", tmp_path / "here.csv", "--workers", 1)
    victim = next(iter(cluster.workers.values())).pid
    killed = []

    def kill_one(counted=""):
        from contextlib import nullcontext

        def step(done, total, name):
            if done >= 3 and not killed:
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        return nullcontext(step)

    monkeypatch.setattr("coloc_bridge.cli.measuring.progress", kill_one)
    status, *_ = call("analyse", folder, "-o", tmp_path / "t.csv", "--scheduler", cluster.scheduler_address)
    assert (status, killed) == (0, [victim])
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
