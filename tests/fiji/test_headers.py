"""The ``#@`` lines of every script, parsed by SciJava's own ScriptInfo."""

import re
from pathlib import Path
from typing import Any

import pytest

NAMES = {
    "Measure_Colocalization.groovy": "Measure Colocalization",
    "Channel_Pairs.groovy": "Channel Pairs",
    "Check_Images.groovy": "Check Images",
    "Correlation_Test.groovy": "Correlation Test",
    "Costes_Randomization.groovy": "Costes Randomization",
    "Van_Steensel_CCF.groovy": "Van Steensel CCF",
    "Li_ICA.groovy": "Li ICA",
    "Object_Based.groovy": "Object Based",
    "Cytofluorogram_Plot.groovy": "Cytofluorogram Plot",
    "Threshold_Surface.groovy": "Threshold Surface",
    "Coloc_2_Numbers.groovy": "Coloc 2 Numbers",
    "JACoP_Numbers.groovy": "JACoP Numbers",
    "Compare_Engines.groovy": "Compare Engines",
    "Cross_Validate.groovy": "Cross Validate",
    "Batch_Folder.groovy": "Batch Folder",
}


@pytest.fixture(scope="module")
def headers(jvm: Any, scripts: Path) -> dict[str, Any]:
    jobs: dict[str, Any] = {name: {"do": "header", "path": str(scripts / name)} for name in NAMES}
    return jvm(jobs | {"menu": {"do": "menu", "path": str(scripts)}})


def test_every_script_is_listed(scripts: Path) -> None:
    assert {path.name for path in scripts.iterdir() if path.suffix in (".py", ".groovy")} == set(NAMES)


@pytest.mark.parametrize(("script", "name"), NAMES.items())
def test_menu_entry(headers: dict[str, Any], script: str, name: str) -> None:
    header = headers[script]
    assert header["menu"] == ["Plugins", "Coloc Bridge", name]
    assert header["label"] == name
    assert header["headless"]
    assert header["language"] == "Groovy"


def test_menu_recorder_run_and_readme_agree(headers: dict[str, Any], scripts: Path) -> None:
    """SciJava's own finder names the entries after the files, and Fiji's menu takes those with an underscore; ``run``
    takes the entry, and the recorder writes the leaf that the header names."""
    found = {Path(path).name: entry for path, entry in headers["menu"].items() if path.endswith((".groovy", ".py"))}
    assert found == {script: ["Plugins", "Coloc Bridge", name] for script, name in NAMES.items()}
    assert all("_" in script for script in found)
    assert all(headers[script]["menu"] == ["Plugins", "Coloc Bridge", name] for script, name in NAMES.items())
    assert all(name == name.strip() for name in NAMES.values())
    readme = (scripts.parent / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r'^run\("([^"]+)"', readme, re.MULTILINE)) == set(NAMES.values())


@pytest.mark.parametrize("script", NAMES)
def test_every_parameter_has_a_label_a_help_text_and_no_memory(headers: dict[str, Any], script: str) -> None:
    # SciJava stores remembered values by the bare name of the parameter, for all scripts alike.
    # A line of explanation is such a value too.
    for item in headers[script]["inputs"]:
        assert not item["persisted"], item
        if item["visibility"] != "MESSAGE":
            assert item["label"], item
            assert len(item["description"]) > 10, item


@pytest.mark.parametrize("script", NAMES)
def test_every_parameter_has_a_sensible_default(headers: dict[str, Any], script: str) -> None:
    for item in headers[script]["inputs"]:
        if item["type"] in ("ImagePlus", "File"):
            continue
        assert item["default"] is not None, item
        assert not item["choices"] or item["default"] in item["choices"], item


@pytest.mark.parametrize("script", NAMES)
def test_outputs(headers: dict[str, Any], script: str) -> None:
    kinds = [item["type"] for item in headers[script]["outputs"]]
    assert kinds[0] == "ResultsTable"
    assert set(kinds) <= {"ResultsTable", "ImagePlus"}


def test_parameters_of_colocalization(headers: dict[str, Any]) -> None:
    inputs = headers["Measure_Colocalization.groovy"]["inputs"]
    assert [(item["name"], item["type"], item["default"]) for item in inputs[1:7]] == [
        ("image_a", "ImagePlus", None),
        ("channel_a", "Integer", "1"),
        ("image_b", "ImagePlus", None),
        ("channel_b", "Integer", "2"),
        ("regions", "String", "Active ROI"),
        ("pearson", "Boolean", "true"),
    ]
    threshold = next(item for item in inputs if item["name"] == "threshold_method")
    assert threshold["choices"] == ["costes", "manual", "otsu", "li", "triangle", "yen", "mean", "isodata"]


@pytest.mark.parametrize("script", [*NAMES, "Colocalization_Macro.ijm"])
def test_a_script_is_short_enough_to_read(scripts: Path, script: str) -> None:
    assert len((scripts / script).read_text(encoding="utf-8").splitlines()) < 60
