"""Processes side by side: the rows are those of one, and one that dies costs one image at most."""

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coloc_bridge.batch import Job, work
from coloc_bridge.batch.contents import digest, stamp
from coloc_bridge.batch.folder import Place, analyse_planned
from coloc_bridge.batch.planning import plan_of
from coloc_bridge.batch.processes import measured_in_processes
from coloc_bridge.batch.work import Task

NUMBER = 14


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(8)
    for i in range(NUMBER):
        values = generator.integers(0, 4000, (2, 20 + i, 25)).astype(np.uint16)
        tifffile.imwrite(folder / f"f{i:02}.tif", values, imagej=True, metadata={"axes": "CYX"})
    (folder / "f03.tif").write_bytes((folder / "f03.tif").read_bytes()[:400])
    tifffile.imwrite(folder / "f05.tif", np.zeros((20, 20), np.uint8))
    return folder


def said(result):
    """All that a run says, in an order and with its digests."""
    return repr((result.rows, result.notes, result.failures, [done.outcome.sources for done in result.images]))


@pytest.fixture(scope="module")
def alone(folder):
    return analyse_planned(plan_of([folder], None), Job(), digests=True)


def test_rows_remarks_and_failures_do_not_depend_on_the_processes(folder, alone):
    assert list(alone.failures) == ["f03.tif", "f05.tif"]
    assert len(alone.rows) == NUMBER - 2
    for workers in (2, 3):
        assert said(analyse_planned(plan_of([folder], None), Job(), digests=True, place=Place(workers))) == said(
            alone
        )


def test_a_process_that_is_killed_is_a_failure_and_the_next_run_measures_the_image(folder, alone, tmp_path):
    before = set(multiprocessing.active_children())
    killed = []

    def kill_one(done, total, name):
        if done >= 4 and not killed:
            (victim, *_) = sorted(set(multiprocessing.active_children()) - before, key=lambda process: process.pid)
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    planned = plan_of([folder], None)
    run = analyse_planned(planned, Job(), finished=tmp_path / "parts", place=Place(2), progress=kill_one)
    assert len(killed) == 1
    assert len(run.images) == NUMBER
    lost = run.failures.keys() - alone.failures.keys()
    assert len(lost) <= 1  # none if it died before it began
    for name in lost:
        assert "was ended by the system or a user (signal 9)" in run.failures[name]
    assert len(run.rows) == NUMBER - 2 - len(lost)
    again = analyse_planned(planned, Job(), finished=tmp_path / "parts", digests=True, place=Place(2))
    assert again.resumed == len(run.rows)
    assert said(again) == said(alone)
    assert set(multiprocessing.active_children()) == before


def test_an_image_that_kills_whoever_opens_it_costs_itself_alone(folder, monkeypatch):
    """As a library may that reads damaged files; the process is told by its environment, which it inherits."""
    monkeypatch.setattr("coloc_bridge.batch.processes._START", "spawn")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    (folder / "sitecustomize.py").write_text(
        "import builtins, os, io\n"
        "opened = io.open\n"
        "def deadly(path, *rest, **more):\n"
        "    if os.path.basename(str(path)) == 'f07.tif': os.kill(os.getpid(), 9)\n"
        "    return opened(path, *rest, **more)\n"
        "io.open = builtins.open = deadly\n"
    )
    try:
        tasks = [Task((path,), (path,), Job()) for path in sorted(folder.glob("f*.tif"))]
        outcomes = dict(measured_in_processes(iter(enumerate(tasks)), 2, 1))
    finally:
        (folder / "sitecustomize.py").unlink()
    assert outcomes.keys() == set(range(NUMBER))
    assert {number for number, outcome in outcomes.items() if outcome.failure} == {3, 5, 7}
    assert "signal 9" in outcomes[7].failure


def test_a_run_that_is_ended_has_the_rows_so_far(folder, alone):
    result = analyse_planned(
        plan_of([folder], None), Job(), place=Place(2), progress=lambda done, total, name: name != "f08.tif"
    )
    assert result.stopped == "f08.tif"
    assert repr(result.rows) == repr([row for row in alone.rows if row["file"] < "f08.tif"])


def test_a_script_without_a_guard_is_told_so(folder, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from coloc_bridge.batch import Job\n"
        "from coloc_bridge.batch.folder import Place, analyse_planned\n"
        "from coloc_bridge.batch.planning import plan_of\n"
        f"analyse_planned(plan_of([Path({str(folder)!r})], None), Job(), place=Place(2))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'if __name__ == "__main__":' in done.stderr.splitlines()[-1]


def test_a_digest_is_that_of_other_programs(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert digest(tmp_path / "x") == (3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    (tmp_path / "folder" / "0").mkdir(parents=True)
    (tmp_path / "folder" / "0" / "c").write_bytes(b"abc")
    whole = digest(tmp_path / "folder")
    (tmp_path / "folder" / "tables").mkdir()
    (tmp_path / "folder" / "tables" / "x").write_bytes(b"abc")
    assert digest(tmp_path / "folder") == whole
    (tmp_path / "folder" / "0" / "c").rename(tmp_path / "folder" / "0" / "d")
    assert digest(tmp_path / "folder") != whole


def test_what_links_stand_for_is_a_part_of_a_digest(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c").write_bytes(b"abc")
    (tmp_path / "folder" / "1").mkdir(parents=True)
    (tmp_path / "folder" / "0").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "folder" / "1" / "round").symlink_to(tmp_path / "folder", target_is_directory=True)
    before, stamped = digest(tmp_path / "folder"), stamp(tmp_path / "folder")
    assert before[0] == 3
    (tmp_path / "elsewhere" / "c").write_bytes(b"abcd")
    assert digest(tmp_path / "folder")[0] == 4
    assert stamp(tmp_path / "folder") != stamped


def test_a_file_that_is_changed_meanwhile_gives_no_rows(folder, tmp_path, monkeypatch):
    """Not under the digest of what it was before."""
    path = tmp_path / "x.tif"
    path.write_bytes((folder / "f04.tif").read_bytes())
    measured, task = work._measured, Task((path,), (path,), Job(), digests=True)
    assert work.measure(task, {}).result.rows

    def while_it_is_replaced(task):
        path.write_bytes((folder / "f06.tif").read_bytes())
        return measured(task)

    monkeypatch.setattr(work, "_measured", while_it_is_replaced)
    outcome = work.measure(task, {})
    assert outcome.result is None
    assert outcome.failure == f"{path}: was changed while it was measured; measure it again"


def test_a_mask_of_many_images_that_is_replaced_has_another_digest(folder, tmp_path):
    digests, told = {}, []
    for content in (b"one mask", b"another one"):
        (tmp_path / "mask.tif").write_bytes(content)
        task = Task((folder / "f04.tif",), (folder / "f04.tif",), Job(mask=tmp_path / "mask.tif"))
        told += [source.sha256 for source in work.sources_of(task, digests) if source.role == "mask"]
    assert told == [hashlib.sha256(content).hexdigest() for content in (b"one mask", b"another one")]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_processes_that_were_begun_early_are_those_that_measure(folder, alone, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing\n"
        "from pathlib import Path\n"
        "from coloc_bridge.batch import Job, processes\n"
        "from coloc_bridge.batch.folder import Place, analyse_planned\n"
        "from coloc_bridge.batch.planning import plan_of\n"
        "def running():\n"
        "    return {process.pid for process in multiprocessing.active_children()}\n"
        "processes.begin(2, 1)\n"
        "begun, met = running(), set()\n"
        f"planned = plan_of([Path({str(folder)!r})], None)\n"
        "watch = lambda *_: met.update(running())\n"
        "rows = analyse_planned(planned, Job(), place=Place(2), progress=watch).rows\n"
        "print(len(begun), met == begun, running(), repr(rows))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == f"2 True set() {alone.rows!r}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_processes_that_were_begun_early_end_with_the_one_that_is_killed(tmp_path):
    code = (
        "import multiprocessing, os, signal\n"
        "from coloc_bridge.batch import processes\n"
        "processes.begin(3, 1)\n"
        "print(*(process.pid for process in multiprocessing.active_children()), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # A file: a pipe would be read until the last of them has closed it.
    with (tmp_path / "pids").open("w") as out:
        assert subprocess.run([sys.executable, "-c", code], stdout=out, check=False).returncode == -signal.SIGKILL
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 3
    until = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.1)


def is_running(pid):
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
