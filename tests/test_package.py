"""The package as a whole: what importing it costs, and that imports go one way."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import tifffile

from coloc_bridge import extras


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize("statement", ["import coloc_bridge", "from coloc_bridge import analyse_pairwise, pearson"])
def test_import_brings_no_java_no_plotting_and_no_dask(statement: str) -> None:
    heavy = {"matplotlib", "dask", "imagej", "scyjava", "jpype", "pandas", "xarray", "typer", "rich", "jinja2"}
    heavy |= {"scipy.fft", "scipy.ndimage", "scipy.spatial", "scipy.stats", "tifffile"}
    assert not heavy & modules_after(statement)


def test_a_tiff_is_measured_without_what_takes_long_to_import(tmp_path: Path) -> None:
    """Half a second for each of xarray, pandas and dask, of which a DataArray needs all."""
    pixels = np.random.default_rng(1).integers(0, 200, (2, 40, 40), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pixels, imagej=True, metadata={"axes": "CYX"})
    loaded = modules_after(
        f"import sys; sys.argv[1:] = ['analyse', {str(tmp_path / 'a.tif')!r}, '-o', {str(tmp_path / 'a.csv')!r}]\n"
        "from coloc_bridge.cli.app import main\ntry: main()\nexcept SystemExit as end: print(end.code)"
    )
    assert {"0", "pixels", "tifffile"} <= loaded
    assert not {"xarray", "pandas", "dask", "pint", "zarr", "matplotlib", "jinja2", "scipy.stats"} & loaded


def test_every_public_name_can_be_imported() -> None:
    import coloc_bridge

    assert {name for name in coloc_bridge.__all__ if not hasattr(coloc_bridge, name)} == set()


def test_a_fresh_package_shows_public_names_alone() -> None:
    code = "import coloc_bridge as cb; print(sorted({n for n in dir(cb) if not n.startswith('__')} - {*cb.__all__}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_version_names_the_engines_and_the_module_runs() -> None:
    done = subprocess.run([sys.executable, "-m", "coloc_bridge", "--version"], capture_output=True, text=True)
    assert done.stdout.startswith(f"coloc-bridge {version('coloc-bridge')}\nengines: Coloc 2, JACoP, BIOP JACoP")


def test_what_is_optional_is_offered_in_the_one_form_that_works() -> None:
    """Only `extras` writes the command; documents have it in the same form."""
    root = Path(__file__).resolve().parents[1]
    texts = [
        *root.glob("*.md"),
        *root.glob("docs/**/*.md"),
        *root.glob("macros/**/*.*"),
        *root.glob("coloc_bridge/**/*.py"),
    ]
    by_name = re.compile(r"pip install ['\"]?coloc-bridge\[")
    offered = [
        path for path in texts if path.name != "extras.py" and by_name.search(path.read_text("utf-8", "ignore"))
    ]
    assert extras.ON_AN_INDEX or offered == []


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_citation_file_is_of_this_version_and_licence() -> None:
    root = Path(__file__).resolve().parents[1]
    citation = (root / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {version('coloc-bridge')}\n" in citation
    assert "\nlicense: BSD-3-Clause\n" in citation
