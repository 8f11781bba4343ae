"""Reading sets of recorded runs: whatever does not fit is said in one sentence, never passed over."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coloc_bridge.engines.recorded import case_ids, read_case, read_runs
from coloc_bridge.errors import ImageFileError


@pytest.fixture
def small(tmp_path: Path, validation: Path) -> Path:
    """A set of one masked case, cut out of the shipped one."""
    for path in ["images/index.json", "recorded/coloc2", "recorded/biop", "recorded/jacop"]:
        source, target = validation / path, tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            target.mkdir()
            for file in source.glob("partial-8bit-masked*.json"):
                shutil.copy(file, target)
    index = [
        entry for entry in json.loads((validation / "images/index.json").read_text()) if "masked" in entry["case"]
    ]
    (tmp_path / "images/index.json").write_text(json.dumps(index[:1]))
    for file in (validation / "images").glob("partial-8bit-masked-*.tif"):
        shutil.copy(file, tmp_path / "images")
    return tmp_path


def edit(path: Path, change) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_case(small: Path) -> None:
    assert case_ids(small) == ["partial-8bit-masked"]
    case = read_case(small, "partial-8bit-masked")
    assert case.a.shape == case.b.shape == case.mask.shape == (144, 168)
    assert case.mask.dtype == bool
    assert case.mask.sum() == 9341
    assert case.files["mask"].name == "partial-8bit-masked-mask.tif"


def test_runs_take_the_settings_of_the_twins(small: Path) -> None:
    case = read_case(small, "partial-8bit-masked")
    first, second = read_runs(small, "coloc2", case)
    assert (first.variant, first.settings) == ("", {"regression": "costes"})
    assert (second.variant, second.settings) == ("bisection", {"regression": "bisection"})
    biop = {run.variant: run.settings for run in read_runs(small, "biop", case)}
    assert biop == {
        "default_thresholds_0": {"max_shift": 20, "pixel_width": 1.0, "threshold_a": 0, "threshold_b": 0},
        "explicit_thresholds": {"max_shift": 20, "pixel_width": 1.0, "threshold_a": 23, "threshold_b": 28},
        "costes_auto_threshold": {"max_shift": 20, "pixel_width": 1.0, "threshold_method": "costes"},
        "otsu_auto_threshold": {"max_shift": 20, "pixel_width": 1.0, "threshold_method": "otsu"},
    }
    assert read_runs(small, "jacop", case) == []


def test_what_threw_is_kept(validation: Path) -> None:
    run = read_runs(validation, "jacop", read_case(validation, "constant-b-8bit"))[0]
    assert run.exceptions == {"CostesAutoThr": "java.lang.ArithmeticException: / by zero"}
    assert np.isnan(run.values["pearson"])
    assert run.printed["pearson"] == "0.0"


def test_a_set_without_an_index_is_named_by_its_runs(small: Path) -> None:
    (small / "images/index.json").unlink()
    for image in (small / "images").iterdir():
        image.rename(small / image.name)
    assert case_ids(small) == ["partial-8bit-masked"]
    assert read_case(small, "partial-8bit-masked").mask.sum() == 9341


def changed_image(folder: Path) -> None:
    image = tifffile.imread(folder / "images/partial-8bit-masked-a.tif")
    image[0, 0] += 1
    tifffile.imwrite(folder / "images/partial-8bit-masked-a.tif", image)


RUN = "recorded/coloc2/partial-8bit-masked.json"


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (changed_image, ImageFileError, "is not the file that case partial-8bit-masked was recorded with"),
        (
            lambda folder: (folder / "images/partial-8bit-masked-b.tif").unlink(),
            ImageFileError,
            "partial-8bit-masked-b.tif is missing: looked for it in",
        ),
        (
            lambda folder: edit(folder / RUN, lambda run: run["images"]["a"].update(sha256="0" * 64)),
            ValueError,
            "was recorded on other images than those of case partial-8bit-masked",
        ),
        (
            lambda folder: edit(folder / RUN, lambda run: run["images"].update(mask=None)),
            ValueError,
            "was recorded on other images than those of case partial-8bit-masked",
        ),
        (lambda folder: edit(folder / RUN, lambda run: run.pop("engine")), ValueError, "is not a recorded run"),
        (lambda folder: edit(folder / RUN, lambda run: run.pop("images")), ValueError, "is not a recorded run"),
        (lambda folder: (folder / RUN).write_text("{"), ValueError, "is not valid JSON"),
        (lambda folder: (folder / RUN).write_text('{"a": NaN}'), ValueError, 'a bare NaN (write it as text: "NaN")'),
        (lambda folder: (folder / "images/index.json").write_text("[1]"), ValueError, "is not an index of cases"),
    ],
    ids=["changed", "missing", "other image", "no mask", "no engine", "no images", "cut off", "bare NaN", "index"],
)
def test_what_does_not_fit_is_an_error(small: Path, spoil, error: type[Exception], message: str) -> None:
    spoil(small)
    with pytest.raises(error, match=re.escape(message)):
        read_runs(small, "coloc2", read_case(small, "partial-8bit-masked"))


def test_unknown_case(small: Path) -> None:
    with pytest.raises(ValueError, match=r"no case 'mitochondria' in .*; it has: partial-8bit-masked"):
        read_case(small, "mitochondria")


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no validation set"):
        case_ids(tmp_path)
