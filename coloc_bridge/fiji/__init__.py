"""The Python side of the scripts in ``macros/``: ImageJ's objects in, tables and pictures of ImageJ out.

A script reads like ``pair`` -> a command -> ``show_table``. Java is used in `java_in` and `java_out` alone, and only
inside functions, so importing this package starts no JVM.
"""

from coloc_bridge.fiji.commands import channel_pairs, chosen, colocalization
from coloc_bridge.fiji.diagnose import ccf, cytofluorogram, ica, objects, randomization
from coloc_bridge.fiji.emulate import cross_validate, engine_numbers
from coloc_bridge.fiji.folder import batch
from coloc_bridge.fiji.java_in import all_channels, pair
from coloc_bridge.fiji.java_out import (
    command,
    open_page,
    progress,
    show_figure,
    show_figures,
    show_labels,
    show_table,
)
from coloc_bridge.fiji.plots import ccf_plot, ica_plot, randomization_plot

__all__ = (
    "all_channels",
    "batch",
    "ccf",
    "ccf_plot",
    "channel_pairs",
    "chosen",
    "colocalization",
    "command",
    "cross_validate",
    "cytofluorogram",
    "engine_numbers",
    "ica",
    "ica_plot",
    "objects",
    "open_page",
    "pair",
    "progress",
    "randomization",
    "randomization_plot",
    "show_figure",
    "show_figures",
    "show_labels",
    "show_table",
)
