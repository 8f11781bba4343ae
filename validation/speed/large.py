"""Pairs larger than memory: how long they take beside a bare read of the same blocks, and how much memory.

    python validation/speed/large.py [--gib 4] [--float-gib 1] [--folder FOLDER] [--scene texture]

Writes the pairs as Zarr, measures them by dask's threads and on a cluster of two processes, one of which is killed in
the middle, and prints what it took. Each way runs in a process of its own, whose largest resident memory counts. The
images are a tile over and over, so their coefficients are those of the tile, which SciPy and NumPy tell. The tile is
noise that two channels share, or a picture of some structure by `coloc_bridge.make_scene`.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

TILE = 2048
BLOCK = 2048
ROUNDS = 2


def tile(dtype, scene):
    if scene:
        import coloc_bridge as cb

        camera = {"photons": 50, "offset": 100, "read_noise": 3}
        made = cb.make_scene(shape=(TILE, TILE), structure=scene, correlation=0.7, blur=1, **camera, seed=3)
        return [image.astype(dtype) for image in (made.a, made.b)]
    rng = np.random.default_rng(2026)
    shared = rng.gamma(1.5, 900, (TILE, TILE))
    a, b = (shared * part + rng.gamma(2.0, 300, shared.shape) for part in (1.0, 0.6))
    return [np.clip(x, 0, 65535).astype(dtype) for x in (a, b)]


def make(folder, gib, dtype, scene):
    """A pair of so many GiB in folder/<dtype>/a.zarr and b.zarr."""
    import zarr

    pixels = int(gib * 2**30) // (2 * np.dtype(dtype).itemsize)
    tiles = max(1, pixels // TILE**2)
    rows = max(r for r in range(1, int(tiles**0.5) + 1) if tiles % r == 0)
    for name, image in zip("ab", tile(dtype, scene), strict=True):
        place = folder / dtype / f"{name}.zarr"
        if place.exists():
            continue
        array = zarr.create_array(
            place, shape=(rows * TILE, tiles // rows * TILE), dtype=dtype, chunks=(BLOCK, BLOCK)
        )
        for i in range(rows):
            for j in range(tiles // rows):
                array[i * TILE : (i + 1) * TILE, j * TILE : (j + 1) * TILE] = image


def expected(dtype, scene):
    """Coefficients of the tile by NumPy and SciPy."""
    from scipy import stats

    a, b = (image.ravel().astype(float) for image in tile(dtype, scene))
    p = (a - a.mean()) * (b - b.mean())
    return {
        "pcc": np.corrcoef(a, b)[0, 1],
        "srcc": stats.spearmanr(a, b)[0],
        "icq": np.count_nonzero(p > 0) / np.count_nonzero(p) - 0.5,
        "overlap": (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()),
    }


def pair(folder, dtype):
    from coloc_bridge.images import open_image

    return [open_image(folder / dtype / f"{name}.zarr", lazy=True) for name in "ab"]


def bare(a, b):
    """Every block read once, and nothing kept of it."""
    import dask
    import dask.array

    def nothing(x, y):
        return np.zeros((1, 1), np.uint8)

    dask.compute(dask.array.map_blocks(nothing, a.data, b.data, dtype=np.uint8, chunks=(1, 1)))


def measured(a, b, metrics):
    import coloc_bridge as cb

    return cb.analyse_pairwise(a, b, metrics=metrics)[0]


def in_threads(folder, dtype, metrics):
    a, b = pair(folder, dtype)
    row, times = None, {"bare": [], "all": []}
    measured(a[:512, :512], b[:512, :512], metrics)  # loads the compiled loops
    for _ in range(ROUNDS):  # in turn: the machine may be busy with other things
        for name, work in (("bare", lambda: bare(a, b)), ("all", lambda: measured(a, b, metrics))):
            start = time.perf_counter()
            row = work() or row
            times[name].append(time.perf_counter() - start)
    return times, row, {}


def on_cluster(folder, dtype, metrics):
    from distributed import Client, LocalCluster

    def resident():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

    a, b = pair(folder, dtype)
    times = {"bare": [], "all": [], "killed": []}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.run(__import__, "coloc_bridge")
        measured(a[:4096, :4096], b[:4096, :4096], metrics)
        for name, work in (("bare", bare), ("all", measured)):
            start = time.perf_counter()
            row = work(a, b, metrics) if work is measured else work(a, b)
            times[name].append(time.perf_counter() - start)
        memory = max(client.run(resident).values())
        one = next(iter(client.run(os.getpid).values()))
        threading.Timer(times["all"][0] / 2, os.kill, (one, signal.SIGKILL)).start()
        start = time.perf_counter()
        again = measured(a, b, metrics)
        times["killed"].append(time.perf_counter() - start)
        after = max(client.run(resident).values())
        extra = {"worker GiB": memory, "with one killed": after, "same after the kill": repr(again) == repr(row)}
    return times, row, extra


def partial_bytes(folder, dtype, metrics):
    """The largest pickle of what one block gives."""
    import pickle

    from coloc_bridge.statistics.blocks import regions

    seen = []
    original = regions.of_block

    def watched(told, place, *blocks):
        found = original(told, place, *blocks)
        seen.append(len(pickle.dumps(found, 5)))
        return found

    regions.of_block = watched
    a, b = pair(folder, dtype)
    measured(a[:BLOCK, : 4 * BLOCK], b[:BLOCK, : 4 * BLOCK], metrics)
    regions.of_block = original
    return {}, None, {"partial bytes": max(seen, default=0)}


WAYS = {"threads": in_threads, "cluster": on_cluster, "partial": partial_bytes}


def run(way, folder, dtype, metrics):
    command = [
        sys.executable,
        __file__,
        "--one",
        way,
        "--folder",
        str(folder),
        "--dtype",
        dtype,
        "--metrics",
        metrics,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(dtype, metrics, way, json.dumps(found), flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--float-gib", type=float, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scene", default="", help="a structure of make_scene; without it, noise")
    parser.add_argument("--one", choices=WAYS)
    parser.add_argument("--dtype")
    parser.add_argument("--metrics")
    given = parser.parse_args()
    if given.one:
        times, row, extra = WAYS[given.one](given.folder, given.dtype, given.metrics.split(","))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"seconds": times, "resident GiB": memory, **extra, "row": row and _numbers(row)}))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = given.folder or Path(place)
        for gib, dtype in ((given.gib, "uint16"), (given.float_gib, "float32")):
            make(folder, gib, dtype, given.scene)
            print(dtype, "expected", json.dumps(expected(dtype, given.scene)))
            for way in WAYS:
                run(way, folder, dtype, "pcc,srcc,icq,overlap,mcc")
        run("threads", folder, "uint16", "pcc,srcc,icq,overlap,mcc,area,ktau")
        run("threads", folder, "float32", "pcc,icq,overlap,mcc")


def _numbers(row):
    return {name: value for name, value in row.items() if isinstance(value, int | float) and value == value}


if __name__ == "__main__":
    main()
