"""TIFFs of every type of pixels as ImageJ 1.54p opens them, against the pixels that the twins are given."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coloc_bridge.images import as_imagej, open_image

pytest.importorskip("scyjava")

SHAPE = (7, 16)
INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def files():
    """Name -> pixels and how they are written."""
    rng = np.random.default_rng(5)
    made = {}
    for name in INTEGERS:
        limits = np.iinfo(name)
        values = rng.integers(limits.min, limits.max, SHAPE, dtype=name, endpoint=True)
        stack = rng.integers(limits.min, limits.max, (4, *SHAPE), dtype=name, endpoint=True)
        made |= {
            name: (values, {}),
            f"{name} big-endian": (values, {"byteorder": ">"}),
            f"{name} MinIsWhite": (values, {"photometric": "miniswhite"}),
            f"{name} stack": (stack, {}),
            f"{name} strips": (stack, {"rowsperstrip": 2}),
            f"{name} LZW": (values, {"compression": "lzw"}),
            f"{name} deflate": (values, {"compression": "zlib"}),
            f"{name} tiles": (np.tile(values, (3, 2)), {"tile": (16, 16)}),
            f"{name} ImageJ": (stack, {"description": "ImageJ=1.54p\nimages=4\nslices=4\n"}),
        }
        made |= {f"{name} {codec}": (values, {"compression": codec}) for codec in ("zstd", "lzma")}
    for name in ("float16", "float32", "float64"):
        values = (rng.random(SHAPE) * 100 - 50).astype(name)
        made |= {name: (values, {}), f"{name} deflate": (values, {"compression": "zlib"})}
    made["float32 predictor"] = (values.astype(np.float32), {"compression": "zlib", "predictor": True})
    made["uint16 predictor"] = (made["uint16"][0], {"compression": "lzw", "predictor": True})
    made["uint8 JPEG"] = (made["uint8"][0], {"compression": "jpeg"})
    for photometric in ("minisblack", "miniswhite"):
        bits = rng.random(SHAPE) > 0.5
        for codec in (None, "packbits", "zlib", "lzw"):
            made[f"1 bit {photometric} {codec}"] = (bits, {"photometric": photometric, "compression": codec})
    for depth in (2, 4, 10, 12, 14, 24):
        dtype = "uint8" if depth < 8 else "uint16" if depth < 16 else "uint32"
        made[f"{depth} bits"] = (rng.integers(0, 2**depth, SHAPE).astype(dtype), {"bitspersample": depth})
    inverted = np.tile(np.arange(65535, -1, -257, dtype=np.uint16), (3, 1))
    made["inverted LUT"] = (made["uint8"][0], {"photometric": "palette", "colormap": inverted})
    calibrated = "ImageJ=1.54p\ncf=0\nc0=-32768.0\nc1=1.0\nvunit=Gray Value\n"
    made["calibrated"] = (made["uint16"][0], {"description": calibrated})
    made["optical density"] = (made["uint8"][0], {"description": "ImageJ=1.54p\ncf=0\nc0=5\nc1=2.0\nvunit=OD\n"})
    for name in ("uint8", "uint16", "int16", "float32"):
        two = rng.integers(0, 99, (2, *SHAPE)).astype(name)
        made[f"{name} samples apart"] = (two, {"planarconfig": "separate"})
        made[f"{name} samples together"] = (np.moveaxis(two, 0, -1), {"planarconfig": "contig"})
    for name in ("uint16", "int16", "int32"):
        colours = made[f"{name} stack"][0][:3]
        made[f"{name} colour"] = (np.moveaxis(colours, 0, -1), {"photometric": "rgb"})
        made[f"{name} colour apart"] = (colours, {"photometric": "rgb", "planarconfig": "separate"})
    return made


FILES = files()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The folder of the files, and what ImageJ made of them."""
    folder = tmp_path_factory.mktemp("pixels")
    for name, (values, options) in FILES.items():
        tifffile.imwrite(folder / f"{name}.tif", values, **{"photometric": "minisblack", "metadata": None} | options)
    script = Path(__file__).with_name("imagej_pixels.py")
    run = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    with np.load(folder / "pixels.npz") as pixels:
        return folder, dict(pixels)


@pytest.mark.filterwarnings("ignore:.*Fiji opens this file|.*ImageJ itself does not decode")
@pytest.mark.parametrize("name", FILES)
def test_the_twins_get_the_pixels_that_imagej_opens(opened, name):
    folder, pixels = opened
    image = open_image(folder / f"{name}.tif")
    (taken,) = as_imagej([image])
    held = pixels.get(name)
    same = held is not None and held.size == taken.size and bool((held.reshape(taken.shape) == taken.values).all())
    assert same == ("imagej_refuses" not in image.attrs)


@pytest.mark.parametrize("name", ["int16", "int8", "1 bit minisblack None", "int32", "uint32", "int16 colour"])
def test_a_change_of_pixels_is_said_once_for_a_file(opened, name):
    image = open_image(opened[0] / f"{name}.tif")
    with pytest.warns(UserWarning, match="Fiji opens this file as") as said:
        as_imagej([image, image])
    assert len(said) == 1
