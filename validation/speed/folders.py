"""Time a folder of small images beside bare loops that only open and measure, and kill it at random moments.

    python validation/speed/folders.py                 # throughput
    python validation/speed/folders.py --kills 10      # kills, and what is resumed

The contenders take turns, each in new processes, so both pay for starting Python. Beside wall time stands the CPU
time of all processes of a contender: on a machine with other work that is the one to quote.
"""

import argparse
import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import tifffile

BARE = """
import multiprocessing, os, sys
from pathlib import Path
def loop(paths):
    os.environ["COLOC_BRIDGE_THREADS"] = "1"
    from coloc_bridge import analyse_pairwise, open_image
    for path in paths:
        image = open_image(path)
        analyse_pairwise(image[0].values, image[1].values)
if __name__ == "__main__":
    paths = sorted(Path(sys.argv[1]).iterdir())
    team = [multiprocessing.get_context("spawn").Process(target=loop, args=(paths[i::2],)) for i in range(2)]
    for process in team:
        process.start()
    for process in team:
        process.join()
"""
OURS = """
if __name__ == "__main__":
    from coloc_bridge.cli.app import main
    main()
"""
_SUBREAPER = 36  # of Linux's prctl


def make(folder: Path, number: int, side: int) -> None:
    """Fields of two channels, no two alike."""
    folder.mkdir()
    generator = np.random.default_rng(number)
    base = generator.gamma(2, 300, (2, side, side))
    for i in range(number):
        pixels = np.roll(base, i * 7, axis=2)
        pixels[1] = 0.5 * pixels[0] + 0.5 * np.roll(pixels[1], i, axis=1)
        noisy = (pixels + generator.integers(0, 50, pixels.shape)).astype(np.uint16)
        tifffile.imwrite(folder / f"field_{i:05}.tif", noisy, imagej=True, metadata={"axes": "CYX"})


def seconds(command: list[str | Path]) -> tuple[float, float]:
    """Wall and CPU seconds of a program and all that it started, also what outlives it."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)  # so that this process is told of those as well
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    with suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def throughput(folder: Path, place: Path, turns: int) -> None:
    for name, text in (("bare.py", BARE), ("ours.py", OURS)):
        (place / name).write_text(text)
    best = {"bare": [float("inf")] * 2, "ours": [float("inf")] * 2}
    for _ in range(turns):
        shutil.rmtree(place / "result", ignore_errors=True)
        table = place / "result" / "t.csv"
        commands: dict[str, list[str | Path]] = {
            "bare": [sys.executable, place / "bare.py", folder],
            "ours": [sys.executable, place / "ours.py", "analyse", folder, "-o", table, "--workers", "2"],
        }
        for name, command in commands.items():
            found = seconds(command)
            best[name] = [min(pair) for pair in zip(best[name], found, strict=True)]
            print(f"{name}: {found[0]:.1f} s, {found[1]:.1f} s of CPU", flush=True)
    for i, what in enumerate(("wall time", "CPU time")):
        print(f"throughput by {what}: {100 * best['bare'][i] / best['ours'][i]:.0f} % of the bare loops")


def kills(folder: Path, place: Path, number: int, seed: int) -> None:
    """Kill a run again and again, each time a random number of images further on, and compare its table at last."""
    program = "from coloc_bridge.cli.app import main; main()"
    run = [sys.executable, "-c", program, "analyse", folder, "--workers", "2", "-o"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*run, place / "whole.csv"], check=True, **quiet)
    images = len(list(folder.iterdir()))
    parts = place / "killed.csv.parts"
    chance = random.Random(seed)

    def finished() -> int:
        return len(list(parts.glob("*.json"))) if parts.is_dir() else 0

    for _ in range(number):
        wanted = finished() + chance.randrange(images // number)
        started = subprocess.Popen([*run, place / "killed.csv"], **quiet)
        while started.poll() is None and finished() < wanted:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        ended = started.poll() is not None
        started.send_signal(signal.SIGKILL)
        started.wait()
        print(f"{'ended' if ended else 'killed'} with {finished()} of {images} images finished", flush=True)
    subprocess.run([*run, place / "killed.csv"], check=True, **quiet)
    same = (place / "killed.csv").read_bytes() == (place / "whole.csv").read_bytes()
    print(f"the table after {number} kills is {'byte for byte' if same else 'NOT'} that of an undisturbed run")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--images", type=int, default=2000)
    options.add_argument("--side", type=int, default=256)
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--kills", type=int, default=0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder, "images"), chosen.images, chosen.side)
        if chosen.kills:
            kills(Path(folder, "images"), Path(folder), chosen.kills, chosen.seed)
        else:
            throughput(Path(folder, "images"), Path(folder), chosen.turns)
