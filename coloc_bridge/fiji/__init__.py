"""The Python side of the scripts in ``macros/``: ImageJ's objects in, tables and pictures of ImageJ out.

A script reads like ``pair`` -> a command -> ``show_table``. Java is used in `java_in` and `java_out` alone, and only
inside functions; a module is imported when one of its names is first used, so that a script starts at once.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "commands": ("channel_pairs", "chosen", "colocalization"),
    "diagnose": ("ccf", "correlation", "cytofluorogram", "ica", "objects", "randomization", "surface"),
    "emulate": ("comparison", "cross_validate", "engine_numbers"),
    "fitness": ("check_images",),
    "folder": ("batch",),
    "java_out": ("command",),
    "pictures": ("all_channels", "pair"),
    "figures": ("ccf_plot", "ica_plot", "randomization_plot"),
    "screen": ("open_page", "progress", "show_figure", "show_figures", "show_labels", "show_table"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = tuple(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
