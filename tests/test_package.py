"""The package as a whole: what importing it costs, and that imports go one way."""

import subprocess
import sys
from pathlib import Path

import pytest


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("statement", ["import coloc_bridge", "from coloc_bridge import analyse_pairwise, pearson"])
def test_import_brings_no_java_no_plotting_and_no_dask(statement: str) -> None:
    heavy = {"matplotlib", "dask", "imagej", "scyjava", "jpype", "pandas", "xarray", "typer", "rich", "jinja2"}
    assert not heavy & modules_after(statement)


def test_every_public_name_can_be_imported() -> None:
    import coloc_bridge

    assert {name for name in coloc_bridge.__all__ if not hasattr(coloc_bridge, name)} == set()


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
