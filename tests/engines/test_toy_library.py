"""A Python library of an outside package is an engine everywhere, without a change here."""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import toy_library

import coloc_bridge as cb
from coloc_bridge.cli.app import main
from coloc_bridge.compare import Verdict, validate_set
from coloc_bridge.engines.process.worker import end_all

A = (np.add.outer(np.arange(10), np.arange(10)) % 5).astype(np.uint8)
B = A * 3 % 5 + np.eye(10, dtype=np.uint8)


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, clean: pytest.MonkeyPatch):
    folder = tmp_path / "site"
    folder.mkdir()
    toy_library.install(folder)
    clean.syspath_prepend(str(folder))
    for name in ("coloc_median", "coloc_median_live", "coloc_median_twin"):
        clean.delitem(sys.modules, name, raising=False)
    yield
    end_all()


def test_the_page_has_a_whole_package() -> None:
    files = toy_library.files()
    entry = tomllib.loads(files["pyproject.toml"])["project"]["entry-points"]["coloc_bridge.engines"]
    assert entry == {"median": "coloc_median:SPEC"}
    assert len(files) == 5


def test_it_runs_in_a_process_of_its_own_and_its_twin_agrees() -> None:
    run = cb.engines.run("median", A, B, factor=0.5)
    assert run.settings == {"factor": 0.5}
    assert run.versions["engine"] == np.__version__
    assert cb.twins.run("median", A, B, factor=0.5) == pytest.approx(dict(run.values))


def test_a_step_that_throws_is_repeated_by_the_twin() -> None:
    rows = {row.quantity: row for row in cb.validate(A - 3.0, B, engines=["median"]).comparisons}
    assert rows["fractions"].verdict is Verdict.NOT_COMPARABLE
    assert rows["fractions"].recorded.text == "ValueError: negative pixels"
    assert rows["both"].verdict is Verdict.REPRODUCED


def test_it_is_among_the_engines_that_validate_runs_by_itself() -> None:
    result = validate_set(cases=["partial-8bit"])
    rows = {row.quantity: row for row in result.comparisons if row.engine == "median"}
    assert result.ok
    assert rows["m1_thresholded"].verdict is Verdict.EXPLAINED
    assert rows["m1_thresholded"].reasons == ("median-both-thresholds",)


def test_engines_name_it(clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clean.setattr(sys, "argv", ["coloc-bridge", "engines"])
    with pytest.raises(SystemExit):
        main()
    assert ["median", "Median", np.__version__, "available"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]
