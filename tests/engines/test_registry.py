"""Which engines there are, and engines of other packages by a real entry point."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coloc_bridge import engines, shipped
from coloc_bridge.engines import recorded, registry
from coloc_bridge.engines.coloc2.live import Coloc2
from coloc_bridge.engines.java.pixels import ImageJPair
from coloc_bridge.errors import EngineError

A = np.arange(12, dtype=np.uint8).reshape(3, 4)

MODULE = """
from coloc_bridge.engines.protocol import EngineRun

class Mean:
    name, title = "mean", "Mean of both"
    def available(self): return None
    def version(self): return "7"
    def run(self, a, b, *, mask=None, scale=1.0, **settings):
        inside = slice(None) if mask is None else mask
        return EngineRun("mean", "", {"scale": scale}, {"mean": float(a[inside].mean() + b[inside].mean()) * scale})

half = object()
"""


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other_engines.py").write_text(MODULE)
    dist = tmp_path / "other_engines-1.0.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: other-engines\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text(
        "[coloc_bridge.engines]\nmean = other_engines:Mean\nhalf = other_engines:half\n"
        "gone = other_engines:Gone\nprobe = probe:Probe\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_specs_and_twins_load_no_part_of_java() -> None:
    code = "import sys, coloc_bridge as cb; cb.twins.run, cb.engines.names(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "coloc_bridge.engines.biop.twin" in loaded
    assert [name for name in loaded if name.startswith("coloc_bridge.engines.java") or name.endswith(".live")] == []


def test_the_built_in_ones() -> None:
    assert engines.names()[:4] == ["recorded", "coloc2", "jacop", "biop"]


@pytest.mark.usefixtures("other_package")
def test_an_engine_of_another_package() -> None:
    assert "mean" in engines.names()
    assert engines.engine("mean").version() == "7"
    run = engines.run("mean", A, A + 2, mask=A > 5, scale=2.0, fiji="not its business")
    assert (run.engine, dict(run.settings), dict(run.values)) == ("mean", {"scale": 2.0}, {"mean": 38.0 - 1.0 + 1.0})


@pytest.mark.usefixtures("other_package")
def test_a_live_engine_of_another_package(imagej: Path) -> None:
    run = engines.run("probe", A, A, fiji=imagej)
    np.testing.assert_array_equal(run.objects["back"][0], A)


@pytest.mark.usefixtures("other_package")
def test_what_is_no_engine() -> None:
    with pytest.raises(ValueError, match=r"other_engines:half is no engine: it has no name, title, available"):
        engines.engine("half")
    with pytest.raises(ValueError, match=r"engine 'gone' \(other_engines:Gone\) cannot be loaded"):
        engines.engine("gone")
    assert "cannot be loaded" in str(engines.available()["gone"])


def test_unknown_engine_and_setting() -> None:
    with pytest.raises(ValueError, match="there is no engine 'colok'; there are: recorded, coloc2, jacop, biop"):
        engines.run("colok", A, A)
    with pytest.raises(ValueError, match="coloc2 has no setting threshold; it has: regression"):
        engines.run("coloc2", A, A, threshold=3)
    with pytest.raises(ValueError, match="regression is 'linear'; Coloc 2 has: costes, bisection"):
        engines.run("coloc2", A, A, regression="linear")
    with pytest.raises(ValueError, match="shape mismatch"):
        engines.run("coloc2", A, A.T)


def test_biop_is_not_sent_on_a_walk_of_a_billion_steps() -> None:
    image = A.astype(np.float32)
    with pytest.raises(EngineError, match="bit pattern"):
        engines.run("biop", image, image, threshold_method="costes")


def test_coloc2_is_not_sent_on_a_search_that_may_never_end() -> None:
    image = A.astype(np.float32)
    holed = np.where(A == 5, np.nan, image).astype(np.float32)
    with pytest.raises(EngineError, match="NaN or infinite pixels: A and B have 1 and 0; replace them or leave"):
        engines.run("coloc2", holed, image)
    for mask, wrong in ((A == 5, True), (A != 5, False)):
        pair = ImageJPair(holed, image, mask, ("A", "B"))
        assert bool(Coloc2().refusal(pair, Coloc2.settings())) is wrong


@pytest.mark.parametrize("name", ["coloc2", "jacop", "biop"])
def test_settings_are_those_of_the_recorded_runs(name: str, validation: Path) -> None:
    """So that `run.settings` repeats a run, live or by the twin."""
    live = registry.engine(name)
    for case_id in ("partial-8bit", "stack-8bit"):
        for run in recorded.read_runs(validation, name, recorded.read_case(validation, case_id)):
            chosen = live.settings(**run.settings)
            assert live.twin_settings(chosen) == dict(run.settings)
            assert live.variant(chosen) == run.variant


def test_the_recorded_runs_as_an_engine() -> None:
    case = recorded.read_case(shipped.validation_folder(), "partial-8bit-masked")
    run = engines.run("recorded", case.a, case.b, mask=case.mask, regression="bisection")
    assert (run.engine, run.variant) == ("coloc2", "bisection")
    assert engines.run("recorded", case.a, case.b, mask=case.mask, engine="biop").engine == "biop"
    with pytest.raises(EngineError, match="no recorded run on this pair"):
        engines.run("recorded", case.a, case.b)
    with pytest.raises(EngineError, match=r"no recorded run of coloc2 on partial-8bit-masked with .*otsu"):
        engines.run("recorded", case.a, case.b, mask=case.mask, regression="otsu")
