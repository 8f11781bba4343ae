"""Libraries in a process of their own: pixels, exceptions, time limits, death."""

import numpy as np
import pytest
from library_probe import AllThrow, LibraryProbe, Missing

from coloc_bridge.engines.process.worker import end_all
from coloc_bridge.errors import EngineError, EngineNotAvailable, EngineTimeout

A = np.arange(12, dtype=np.uint8).reshape(3, 4)


@pytest.fixture(scope="module", autouse=True)
def _end():
    yield
    end_all()


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8", ">u2", ">f4"])
def test_pixels_arrive_in_their_own_type(dtype: str) -> None:
    image = np.array([[0, 1, 5], [7, 100, 127]]).astype(dtype)
    run = LibraryProbe().run(image, image[:, ::-1], mask=[[1, 0, 1], [0, 1, 0]])
    assert run.values["pixels"] == (0, 5, 100)
    assert run.values["item"] == image.dtype.itemsize


def test_settings_are_filled_in_and_checked() -> None:
    assert LibraryProbe().run(A, A, level=2.0).settings == {"action": "pixels", "level": 2.0}
    with pytest.raises(ValueError, match="probe has no setting lever; it has: action, level"):
        LibraryProbe().run(A, A, lever=1)
    with pytest.raises(ValueError, match="no such pair"):
        LibraryProbe().run(A, A, action="refuse")


def test_a_step_that_throws_ends_alone_and_the_process_lives() -> None:
    before = LibraryProbe().run(A, A)
    run = LibraryProbe().run(A, A, action="raise")
    assert run.exceptions == {"act": "ArithmeticError: too much"}
    assert run.values == {name: before.values[name] for name in ("pixels", "item", "pid")}
    with pytest.raises(EngineError, match=r"^Probe gives no number for this pair: ZeroDivisionError: .*; IndexError"):
        AllThrow().run(A, A)


def test_warnings_are_kept_and_output_does_no_harm() -> None:
    assert LibraryProbe().run(A, A, action="warn").warnings == ("take care",)
    assert LibraryProbe().run(A, A, action="print").values["level"] == 1.0


def test_an_engine_that_hangs_is_ended_and_the_next_run_starts_anew() -> None:
    pid = LibraryProbe().run(A, A).values["pid"]
    with pytest.raises(EngineTimeout, match=r"Probe did not finish x and y within 1 s \(in its step act\)"):
        LibraryProbe(timeout=1).run(A, A, action="hang", titles=("x", "y"))
    assert LibraryProbe().run(A, A).values["pid"] != pid


def test_an_engine_that_dies_takes_nothing_along() -> None:
    with pytest.raises(EngineError, match=r"the process of Probe ended unexpectedly \(exit status 9\)"):
        LibraryProbe().run(A, A, action="die")
    assert LibraryProbe().run(A, A).values["level"] == 1.0


def test_a_library_that_is_missing() -> None:
    said = "the Python package a-library-that-is-not-there is not installed; look for it"
    assert Missing().available() == said
    assert Missing().version() is None
    with pytest.raises(EngineNotAvailable, match=said):
        Missing().run(A, A)
    assert LibraryProbe().available() is None
    with pytest.raises(EngineNotAvailable, match="Probe cannot be imported: No module named"):
        LibraryProbe().run(A, A, action="lack")
