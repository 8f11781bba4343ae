"""An outside package that adds a Python library as an engine, as docs/add-an-engine.md shows it."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "add-an-engine.md"


def files() -> dict[str, str]:
    """File -> content, out of the page: each block of code under a heading that is a file's name."""
    found = re.findall(r"^### `([\w.]+)`\n.*?^```\w*\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return dict(found)


def install(folder: Path) -> None:
    """Put the package where a folder of `sys.path` would hold it."""
    for name, content in files().items():
        if name != "pyproject.toml":
            (folder / name).write_text(content)
    info = folder / "coloc_median-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: coloc-median\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[coloc_bridge.engines]\nmedian = coloc_median:SPEC\n")
