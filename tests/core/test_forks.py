"""A process forked while another thread is at its first call: the child has its locks, but not the thread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")

PATIENCE = 120
"""Seconds until a child that waits for ever is ended; none takes a tenth of it."""
FORK = f"""
import os, signal, sys, threading, time, warnings
import numpy as np
import coloc_bridge
warnings.simplefilter("ignore", DeprecationWarning)  # Python's, of every fork beside a thread
a = np.random.default_rng(0).integers(0, 4000, (32, 32)).astype(np.uint16)
b = a[::-1].copy()

def forked(call):
    # How a child ends that makes the call.
    child = os.fork()
    if not child:
        signal.alarm({PATIENCE})
        status = 1
        try:
            call()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]
"""
HELD = """
held = threading.Event()

def hold():
    with lock:
        held.set()
        time.sleep(1)

threading.Thread(target=hold).start()
held.wait()
print(forked(lambda: coloc_bridge.pearson(a, b)))
"""
LOCKS = {
    "compiler": "from numba.core.compiler_lock import global_compiler_lock as lock",
    "LLVM": "from llvmlite.binding import ffi; lock = ffi.lib._lock",
}


def run(code: str, folder: Path) -> str:
    """What a process prints that has compiled nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", FORK + code],
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)},
        timeout=5 * PATIENCE,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("lock", LOCKS)
def test_a_child_does_not_wait_for_a_lock_of_another_thread(lock: str, tmp_path: Path) -> None:
    assert run(LOCKS[lock] + HELD, tmp_path) == "0\n"


def test_a_child_does_not_wait_for_an_import_of_another_thread(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import threading, time\nthreading.begun.set()\ntime.sleep(1)\nimport colorsys")
    code = """
threading.begun = threading.Event()
threading.Thread(target=lambda: __import__("slow")).start()
threading.begun.wait()
print(forked(lambda: __import__("slow")), "colorsys" in sys.modules)
"""
    assert run(code, tmp_path) == "0 True\n"


def test_a_module_may_fork_while_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "forking.py").write_text("import __main__\nprint(__main__.forked(lambda: __import__('forking')))")
    assert run("import forking", tmp_path) == "0\n"


def test_a_thread_that_imports_may_compile_and_one_that_compiles_import(tmp_path: Path) -> None:
    """Neither waits for a fork that waits for the other."""
    (tmp_path / "compiling.py").write_text(
        "import threading, time, coloc_bridge, numpy as np\nthreading.begun.set()\ntime.sleep(0.5)\n"
        "coloc_bridge.pearson(np.arange(9.0), np.arange(9.0) ** 2)"
    )
    code = """
threading.begun = threading.Event()
threads = [threading.Thread(target=lambda: __import__("compiling")),
           threading.Thread(target=lambda: coloc_bridge.pearson(a, b))]
for thread in threads:
    thread.start()
threading.begun.wait()
print(forked(lambda: coloc_bridge.pearson(a, b)))
for thread in threads:
    thread.join()
"""
    assert run(code, tmp_path) == "0\n"


TABLE = "coloc_bridge.results_table(coloc_bridge.analyse_pairwise(a, b, metrics=['pcc']))"


@pytest.mark.parametrize("call", ["coloc_bridge.pearson(a, b)", TABLE])
def test_children_of_a_process_at_its_first_call(call: str, tmp_path: Path) -> None:
    code = f"""
def call():
    {call}

first = threading.Thread(target=call)
first.start()
ends = []
while first.is_alive() and len(ends) < 5:
    ends.append(forked(call))
print(set(ends))
first.join()
"""
    assert run(code, tmp_path) in ("{0}\n", "set()\n")
