"""What a default installation lacks is named before anything is measured, with the command that brings it."""

import json
import os
import subprocess
import sys

import imagecodecs
import numpy as np
import pytest
import tifffile

PIXELS = np.random.default_rng(1).integers(0, 4000, (2, 40, 50)).astype(np.uint16)
WITHOUT = """
import sys
from importlib import metadata
missing = ("imagecodecs", "pyarrow")  # as where they are not installed
sys.modules.update(dict.fromkeys(missing))
of = metadata.version
def version(name):
    if name in missing:
        raise metadata.PackageNotFoundError(name)
    return of(name)
metadata.version = version
from coloc_bridge.cli.app import main
main()
"""


def run(*arguments):
    command = [sys.executable, "-c", WITHOUT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"COLUMNS": "300"})


def write(path, compression=None, **options):
    tifffile.imwrite(
        path, PIXELS, photometric="minisblack", metadata={"axes": "CYX"}, compression=compression, **options
    )


def test_pixels_that_need_no_decoder_are_the_same(tmp_path):
    names = {"plain": None, "deflate": "zlib", "packbits": "packbits", "lzma": "lzma"}
    for name, compression in names.items():
        write(tmp_path / f"{name}.tif", compression, predictor=compression in ("zlib", "lzma"))
    done = run("analyse", *(tmp_path / f"{name}.tif" for name in names), "--metrics", "pcc", "-o", tmp_path / "t.csv")
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "t.csv").read_text("utf-8").splitlines()[1:]
    expected = repr(float(np.corrcoef(*PIXELS.reshape(2, -1).astype(float))[0, 1]))[:12]
    assert len(rows) == 4
    assert all(expected in row for row in rows)
    libraries = json.loads((tmp_path / "t.provenance.json").read_text("utf-8"))["versions"]
    assert "numpy" in libraries
    assert "pyarrow" not in libraries


@pytest.mark.parametrize("compression", ["lzw", "zstd", "jpegxl", "png"])
def test_a_decoder_that_is_missing_is_named(tmp_path, compression):
    write(tmp_path / "a.tif", compression)
    done = run("analyse", tmp_path / "a.tif")
    assert done.returncode == 2
    assert "a.tif: is stored in a way that needs more decoders; pip install" in done.stderr
    assert "[formats]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_picture_needs_its_decoder(tmp_path):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(np.dstack([PIXELS[0], PIXELS[1], PIXELS[0]])))
    done = run("analyse", tmp_path / "a.png")
    assert done.returncode == 2
    assert "a.png: is stored in a way that needs more decoders; pip install" in done.stderr


@pytest.mark.parametrize("options", [["-o", "t.parquet"], ["-o", "t.parquet", "--partitions"]])
def test_parquet_is_refused_before_it_is_measured(tmp_path, options):
    write(tmp_path / "a.tif")
    done = run("analyse", tmp_path / "a.tif", *(tmp_path / o if o.startswith("t.") else o for o in options))
    assert done.returncode == 2
    assert "t.parquet: Parquet needs pyarrow, which is not installed; pip install" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]
