"""The wheel, installed away from the clone, holds all that the command line needs."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from coloc_bridge.engines import registry

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True)
    return folder


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built wheel unpacked; its dependencies come from the running environment."""
    folder = tmp_path_factory.mktemp("wheel") / "site"
    [wheel] = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "install", "--no-deps", "--target", folder, wheel], check=True)
    return folder


def test_an_index_takes_what_is_built(built: Path) -> None:
    files = sorted(built.iterdir())
    assert [file.name.partition("-0")[0] for file in files] == ["coloc_bridge", "coloc_bridge"]
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_no_link_of_the_text_on_an_index_leads_nowhere(site: Path) -> None:
    """There no file lies beside the README."""
    [info] = site.glob("coloc_bridge-*.dist-info")
    text = PathDistribution(info).metadata.get_payload()
    assert len(text) > 5000
    assert [link for link in re.findall(r"\]\(([^)]*)\)", text) if not link.startswith("https://")] == []


def test_every_picture_in_the_wheel_has_a_licence_and_a_source(site: Path) -> None:
    shipped = site / "coloc_bridge" / "_shipped"
    index = json.loads((shipped / "validation" / "images" / "index.json").read_text("utf-8"))
    told = {case[which]: case for case in index for which in ("a", "b", "mask") if which in case}
    pictures = [path for path in site.rglob("*") if path.suffix in {".tif", ".png", ".jpg", ".svg", ".zip"}]
    macros = [path for path in pictures if path.is_relative_to(shipped / "macros")]
    assert sorted(path.name for path in pictures if path not in macros) == sorted(told)
    assert all(case["licence"] and case["source"] for case in told.values())
    assert list(site.glob("*.dist-info/licenses/LICENSE"))


def run(site: Path, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # PYTHONPATH comes before the environment's own packages, so an editable install there is not what runs.
    env = os.environ | {"PYTHONPATH": str(site)}
    return subprocess.run([sys.executable, *args], cwd=cwd, env=env, capture_output=True, text=True)


def test_the_installed_wheel_is_what_runs(site: Path, tmp_path: Path) -> None:
    done = run(site, "-c", "import coloc_bridge; print(coloc_bridge.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(site)


def test_validate_works_from_the_wheel(site: Path, tmp_path: Path) -> None:
    args = ["validate", "--case", "partial-8bit", "--output", str(tmp_path / "out")]
    done = run(site, str(site / "bin" / "coloc-bridge"), *args, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert set(report["counts"]) == set(registry.BUILT_IN)


def test_the_truth_table_is_in_the_wheel(site: Path, tmp_path: Path) -> None:
    code = "from coloc_bridge.truth import known_effect; print(known_effect('offset', 'jacop', 'm1').scenes)"
    assert run(site, "-c", code, cwd=tmp_path).stdout == "48\n"


def test_the_scripts_for_fiji_are_in_the_wheel(site: Path, tmp_path: Path) -> None:
    code = "from coloc_bridge import shipped; print(shipped.macros_folder())"
    macros = Path(run(site, "-c", code, cwd=tmp_path).stdout.strip())
    assert macros.is_relative_to(site)
    assert any((macros / "Coloc_Bridge").iterdir())
