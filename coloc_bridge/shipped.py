"""Where the files lie that ship with the package: the validation set and the scripts for Fiji."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
# In a wheel they are inside the package; in a clone (editable install) beside it.
_ROOT = _PACKAGE / "_shipped" if (_PACKAGE / "_shipped").is_dir() else _PACKAGE.parent


def validation_folder() -> Path:
    """Folder with ``images/``, ``recorded/`` and ``differences.toml``."""
    return _ROOT / "validation"


def macros_folder() -> Path:
    """Folder with ``Coloc_Bridge/``, the scripts for Fiji."""
    return _ROOT / "macros"
