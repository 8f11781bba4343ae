"""Ctrl-C in a terminal: every process of the group hears it, one says what was kept, none leaves a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("skimage", reason="no scikit-image here to run as an engine")
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc here to see processes in")


def commands_below(process: int) -> list[str]:
    """Command lines of the processes that it started."""
    started = [
        child
        for children in Path(f"/proc/{process}/task").glob("*/children")
        for child in children.read_text().split()
    ]
    return [Path(f"/proc/{child}/cmdline").read_text() for child in started]


def test_ctrl_c_of_a_validation_says_what_was_kept(tmp_path: Path) -> None:
    output = tmp_path / "report"
    asked = ("validate", "--engine", "coloc2", "--engine", "skimage", "-o", str(output))
    running = subprocess.Popen(
        [sys.executable, "-m", "coloc_bridge", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    # The process of the library starts when cases are judged.
    while running.poll() is None and not any("performing" in command for command in commands_below(running.pid)):
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, remarks = running.communicate()
    assert running.returncode == 130, remarks
    assert remarks == "stopped: nothing was compared to the end; no report was written\n"
    assert not output.exists()
