"""``coloc-bridge sample``, and how the command line starts."""

import subprocess
import sys

import numpy as np
import pytest

from coloc_bridge import make_sample_data
from coloc_bridge.images import channel_names, open_image


def test_sample_is_the_synthetic_pair_as_a_hyperstack(call, tmp_path):
    status, out, _ = call("sample", tmp_path / "new" / "try.tif")
    assert status == 0
    assert "coloc-bridge analyse" in out
    image = open_image(tmp_path / "new" / "try.tif")
    assert image.dims == ("C", "Y", "X")
    assert image.dtype == np.uint16
    assert channel_names(image) == ["channel_a", "channel_b"]
    for channel, (expected, *_) in zip(image.values, make_sample_data(), strict=True):
        assert np.corrcoef(channel.ravel(), expected.ravel())[0, 1] > 0.99999
    status, out, _ = call("analyse", tmp_path / "new" / "try.tif")
    assert status == 0
    assert "0.605" in out  # r of the sample in the documentation of make_sample_data


@pytest.mark.parametrize(("name", "words"), [("there.tif", "exists already"), ("try.png", "ending in .tif")])
def test_sample_spares_what_is_there(call, tmp_path, name, words):
    (tmp_path / "there.tif").write_bytes(b"precious")
    status, _, err = call("sample", tmp_path / name)
    assert status == 2
    assert words in err
    assert (tmp_path / "there.tif").read_bytes() == b"precious"


def test_help_imports_nothing_heavy():
    heavy = {
        "matplotlib",
        "pandas",
        "xarray",
        "scyjava",
        "jpype",
        "imagej",
        "dask",
        "tifffile",
        "zarr",
        "skimage.filters",
    }
    program = "import sys, coloc_bridge.cli.app; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not heavy & set(run.stdout.split())


@pytest.mark.parametrize("verb", ["analyse", "sample"])
def test_help_has_an_example(call, verb):
    status, out, _ = call(verb, "--help")
    assert status == 0
    assert f"coloc-bridge {verb} " in out


def test_a_closed_pipe_is_no_error(tmp_path):
    code = "import sys; sys.argv[1:] = sys.argv[1:]; from coloc_bridge.cli.app import main; main()"
    run = subprocess.Popen(
        [sys.executable, "-c", code, "analyse", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    run.stdout.close()
    _, err = run.communicate(timeout=60)
    assert "Traceback" not in err
