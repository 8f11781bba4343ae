"""A metric that takes one file and a line of registration is there in every way that a metric can be asked for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOY = Path(__file__).parent / "toy"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("toy")
    run = subprocess.run(
        [sys.executable, str(TOY / "use_ratio.py"), str(folder)], capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_its_values_on_whole_images_labels_and_dask(found: dict[str, Any]) -> None:
    for name, values in found.items():
        if name == "other ways":
            continue
        whole, *of_labels = values["expected"]
        assert values["whole"] == pytest.approx(whole, abs=1e-11), name
        assert values["labels"] == pytest.approx(of_labels, abs=1e-11), name
        assert values["dask"] == values["whole"], name
        assert values["dask labels"] == values["labels"], name


def test_it_is_in_every_table_help_text_script_and_document(found: dict[str, Any]) -> None:
    others = found["other ways"]
    code, head = others["cli"]
    assert code == 0
    assert head.endswith(",ratio")
    assert others["cli table"]
    assert others["help"]
    assert others["table"] == ["float64", "ratio"]
    assert others["fiji"]
    assert others["tick box"] == (
        '#@ Boolean ratio (label="Mean ratio", description="Mean of the smaller over the larger channel", '
        "value=false, persist=false)"
    )
    assert others["scripts"] == ["Batch_Folder.groovy", "Channel_Pairs.groovy", "Measure_Colocalization.groovy"]
    assert others["readme"]
    assert others["docstring"]
    assert others["undefined"] == [True] * 4
    assert others["warnings"] == ["region 0 (A vs B): channel 'A' has no signal; channel 'B' has no signal"]
