"""Commands run by name from ImageJ macros, with their parameters, as Fiji's legacy layer runs them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from coloc_bridge import shipped

README = (shipped.macros_folder() / "README.md").read_text(encoding="utf-8")
LINES = dict(re.findall(r'^(?=run\("([^"]+)")(.*)$', README, re.MULTILINE))
OPENED = """
ij.WindowManager.closeAllWindows()
[['a8', 'green.tif'], ['b8', 'red.tif'], ['blobs', 'cells.tif'], ['small', 'small.tif']].each { file, title ->
    def image = IJ.openImage(folder + '/' + file + '.tif')
    image.title = title
    image.show()
}
def m = ij.plugin.frame.RoiManager.instance2 ?: new ij.plugin.frame.RoiManager()
m.reset()
m.addRoi(new Roi(5, 6, 20, 10))
"""
WRONG = {
    name: line.replace("image_b=cells.tif channel_b=2", "image_b=small.tif channel_b=1")
    .replace("image_b=red.tif", "image_b=small.tif")
    .replace("image=cells.tif", "image=green.tif")
    .replace("/data/cells", "/data/no/such/folder")
    for name, line in LINES.items()
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, np.ndarray]) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "cells").mkdir()
    tifffile.imwrite(folder / "cells" / "one.tif", arrays["floats"], imagej=True, metadata={"axes": "CYX"})
    return folder


@pytest.fixture(scope="module", params=[False, True], ids=["python mode", "apart"])
def answers(request: pytest.FixtureRequest, jvm: Any, scripts: Path, pictures: Path, data: Path, display: str) -> Any:
    def job(code: str) -> dict[str, Any]:
        code = code.replace("/data/", f"{data}/")
        common = {"do": "macro", "path": str(scripts), "setup": OPENED, "folder": str(pictures)}
        return common | {"code": code, "apart": request.param}

    jobs = {name: job(line) for name, line in LINES.items()}
    jobs |= {f"{name}, wrong": job(line) for name, line in WRONG.items()}
    return jvm(jobs, display=display)


@pytest.mark.parametrize("name", LINES)
def test_the_line_of_the_readme_runs_in_a_macro(answers: Any, name: str) -> None:
    answer = answers[name]
    assert answer["ended"], answer
    assert answer["dialogs"] == []
    assert answer["rows"][f"{name.replace(' ', '_')}.groovy"] >= 1, answer


@pytest.mark.parametrize("name", WRONG)
def test_an_error_in_a_macro_is_in_the_log_and_ends_the_macro_with_its_sentence(answers: Any, name: str) -> None:
    answer = answers[f"{name}, wrong"]
    assert not answer["ended"], answer
    [dialog] = answer["dialogs"]
    assert dialog.startswith(f"Macro Error: {name}: "), dialog
    sentence = dialog.removeprefix("Macro Error: ").split(" in line 1")[0]
    assert sentence in answer["log"]


@pytest.fixture(scope="module")
def elsewhere(jvm: Any, scripts: Path, pictures: Path, display: str) -> dict[str, Any]:
    """From the menu and the script editor, and without a screen from a macro."""
    script = str(scripts / "Measure_Colocalization.groovy")
    common = {"do": "macro", "path": str(scripts), "folder": str(pictures)}
    menu = common | {"script": script, "from": "menu"}
    images = "; def open = { ij.WindowManager.getImage(it) }"
    opened = f"open('{pictures}/a8.tif');"  # its first call wants a screen, the next does without
    given = "image_a=a8.tif channel_a=1 image_b=a8.tif channel_b=2"
    batch = common | {"setup": "0", "code": opened}
    failing = batch | {"code": f"{opened} call('MenuEntry.headless', '{script}', '{given}');"}
    seen = jvm(
        {
            "error": menu | {"setup": OPENED + images + "; [image_a: open('green.tif'), image_b: open('small.tif')]"},
            "editor": menu
            | {"from": "editor"}
            | {"setup": OPENED + images + "; [image_a: open('green.tif'), image_b: open('small.tif')]"},
            "preset": menu
            | {
                "setup": OPENED.replace("['blobs', 'cells.tif'], ['small', 'small.tif']", "").replace(
                    "['b8', 'red.tif'], ]", "['b8', 'red.tif']]"
                )
                + images
                + "; [image_a: open('green.tif'), image_b: open('green.tif')]"
            },
        },
        display=display,
    )
    return seen | jvm({"first": batch, "headless": failing})


@pytest.mark.parametrize("start", ["error", "editor"])
def test_an_error_from_the_menu_or_the_editor_is_a_dialog_and_in_the_log(elsewhere: Any, start: str) -> None:
    [dialog] = elsewhere[start]["dialogs"]
    assert dialog.startswith("Measure Colocalization: green.tif is 50 x 40 pixels, small.tif is 20 x 20 pixels")
    assert "Measure Colocalization: green.tif is 50 x 40 pixels, small.tif" in elsewhere[start]["log"]


def test_of_two_open_images_the_other_is_image_b(elsewhere: Any) -> None:
    assert elsewhere["preset"]["rows"] == {"Measure_Colocalization.groovy": 1}
    assert "Measure Colocalization: image B is red.tif, the other open image" in elsewhere["preset"]["log"]


def test_an_error_without_a_screen_is_in_the_log_and_ends_the_macro(elsewhere: Any) -> None:
    assert "Measure Colocalization: a8.tif has a single channel" in elsewhere["headless"]["log"]
    assert elsewhere["headless"]["error"].startswith("Measure Colocalization: a8.tif has a single channel")
    assert not elsewhere["headless"]["ended"]
