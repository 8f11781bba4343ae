"""The wheel, installed away from the clone, holds all that the command line needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coloc_bridge.engines import registry

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the built wheel unpacked; its dependencies come from the running environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "site", wheel], check=True)
    return folder / "site"


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
