"""A Python environment for the commands that nobody made by hand: built by Appose, or Fiji's own.

Appose builds one when a command first needs it (it fetches uv, Python and the packages); or Fiji's own environment
file lists coloc-bridge, and Fiji installs it with the rest (Edit > Options > Python..., Rebuild).
"""

import re
from pathlib import Path

from coloc_bridge import files

BUILD = "build "
"""Begins the line of ``python.txt`` that is no Python but what to build one from."""
FILE = Path("config", "environment.yml")
"""Fiji's list of what its Python environment holds."""
_OURS = "  # by coloc-bridge install-scripts"


def requirement(source: str) -> str:
    """What to ask pip for: a version, or the folder of a clone.

    Examples
    --------
    >>> requirement("0.1.0")
    'coloc-bridge[fiji]==0.1.0'
    """
    folder = Path(source).expanduser()
    if (folder / "pyproject.toml").is_file():
        return f"coloc-bridge[fiji] @ {folder.resolve().as_uri()}"
    if not re.fullmatch(r"\d+(\.\d+)*\w*", source):
        raise ValueError(f"{source}: a version, such as 0.1.0, or the folder of a clone is needed")
    return f"coloc-bridge[fiji]=={source}"


def listed(fiji: Path, source: str | None) -> str:
    """List coloc-bridge in Fiji's environment file, or take it out; the text the file should have.

    Parameters
    ----------
    source : str or None
        As for `requirement`; None takes out the line that was added here.

    Raises
    ------
    ValueError
        If the file is not there, or lists no packages for pip.
    """
    path = fiji / FILE
    if not path.is_file():
        raise ValueError(f"{path} does not exist: this Fiji has no Python environment of its own; update it")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.endswith(_OURS)]
    if source is not None and not any("coloc-bridge" in line for line in lines):
        pip = next((i for i, line in enumerate(lines) if re.match(r"\s*- pip:\s*$", line)), None)
        if pip is None:
            raise ValueError(f"{path} has no list of packages for pip: add coloc-bridge to it by hand")
        indent = re.match(r"\s*", lines[pip])
        assert indent
        lines.insert(pip + 1, f'{indent[0]}  - "{requirement(source)}"{_OURS}')
    return "\n".join(lines) + "\n"


def write(fiji: Path, source: str | None, *, dry_run: bool = False) -> str:
    """As `listed`, and write it; what happened to the file: ``updated`` or ``unchanged``."""
    text, path = listed(fiji, source), fiji / FILE
    if text == path.read_text(encoding="utf-8"):
        return "unchanged"
    if not dry_run:
        files.write_bytes(path, text.encode())
    return "updated"
