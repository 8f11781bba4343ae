"""Labels and masks of NumPy and Cellpose: read without running any code of the file."""

import pickle

import numpy as np
import pytest
import xarray

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import open_labels, open_mask

LABELS = np.random.default_rng(2).integers(0, 5, (3, 6, 7)).astype(np.uint16)
IMAGE = xarray.DataArray(np.zeros((3, 6, 7)), dims=("Z", "Y", "X"), name="image")


def cellpose(path, content, protocol=4):
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        pickle.dump(np.array(content, dtype=object), file, protocol=protocol)
    return path


def refusal(path):
    with pytest.raises(ImageFileError) as error:
        open_labels(path, IMAGE)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, ">u2", np.float32, bool])
def test_labels_of_numpy(tmp_path, dtype):
    np.save(tmp_path / "labels.npy", LABELS.astype(dtype))
    np.testing.assert_array_equal(open_labels(tmp_path / "labels.npy", IMAGE), LABELS.astype(dtype))


def test_one_plane_holds_for_all_slices(tmp_path):
    np.save(tmp_path / "labels.npy", LABELS[0])
    np.testing.assert_array_equal(open_labels(tmp_path / "labels.npy", IMAGE), np.broadcast_to(LABELS[0], (3, 6, 7)))


def test_a_mask_of_numpy(tmp_path):
    np.save(tmp_path / "mask.npy", LABELS > 2)
    np.testing.assert_array_equal(open_mask(tmp_path / "mask.npy", IMAGE), LABELS > 2)
    np.save(tmp_path / "mask.npy", LABELS)
    with pytest.raises(ImageFileError):
        open_mask(tmp_path / "mask.npy", IMAGE)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<u2", ">u4", "u1"])
def test_masks_of_cellpose(tmp_path, protocol, order, dtype):
    """Arrays, lists, texts, numbers of NumPy and objects lie beside the masks."""
    content = {
        "outlines": np.zeros((6, 7), np.uint16),
        "masks": np.array(LABELS, dtype, order=order),
        "flows": [np.ones((2, 6, 7), np.float32), None, [1.5]],
        "ismanual": np.zeros(4, bool),
        "diameter": np.float64(30.0),
        "filename": "cells.tif",
        "manual_changes": [],
        "colors": np.array(["red", None], object),
    }
    path = cellpose(tmp_path / "cells_seg.npy", content, protocol)
    np.testing.assert_array_equal(open_labels(path, IMAGE), LABELS)


RAN = []


class Code:
    def __reduce__(self):
        return RAN.append, ("ran",)


class Path:
    def __reduce__(self):
        return eval, ("__import__('os').getcwd()",)


@pytest.mark.parametrize("code", [Code(), Path()], ids=["of the test", "of Python"])
def test_code_in_a_file_is_never_run(tmp_path, code):
    path = cellpose(tmp_path / "cells_seg.npy", {"masks": LABELS, "code": code})
    assert "stay closed since opening runs their code" in refusal(path)
    assert RAN == []


@pytest.mark.parametrize(
    "pickled",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cnumpy\nload\n(S'x'\ntR.",
        b"cnumpy.core.multiarray\nfrombuffer\n(S'x'\ntR.",
        b"c_codecs\nencode\n(Vx\nVzip\ntR.",
        b"r\xff\xff\xff\x7f.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"(" * 1000 + b"t" * 1000,
        b"\x82\x01.",
        b".",
        b"",
    ],
)
def test_pickles_that_mean_harm_are_one_sentence(tmp_path, pickled):
    with (tmp_path / "cells_seg.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        file.write(pickled)
    refusal(tmp_path / "cells_seg.npy")


def test_objects_that_are_no_masks(tmp_path):
    assert "no masks of Cellpose" in refusal(cellpose(tmp_path / "o.npy", {"flows": 1}))
    assert "no masks of Cellpose" in refusal(cellpose(tmp_path / "o.npy", [1, 2]))


def test_masks_that_their_bytes_cannot_hold(tmp_path):
    path = cellpose(tmp_path / "cells_seg.npy", {"masks": LABELS})
    path.write_bytes(path.read_bytes().replace(b"K\x03K\x06K\x07", b"K\xffK\xffK\xff"))
    assert "damaged" in refusal(path)


def test_damaged_arrays(tmp_path):
    path = tmp_path / "labels.npy"
    np.save(path, LABELS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert "damaged or cut off" in refusal(path)
    path.write_bytes(whole.replace(b"(3, 6, 7)", b"(9999999, 99999, 7)"))
    assert "damaged" in refusal(path)
    path.write_bytes(b"anything")
    assert "damaged or cut off" in refusal(path)
    np.save(path, np.zeros(5, int))
    assert "two axes or more" in refusal(path)
    np.save(path, LABELS.astype(complex))
    assert "real numbers" in refusal(path)
    assert "no such file" in refusal(tmp_path / "none.npy")
