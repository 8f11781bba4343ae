"""Pictures of a pair and of what was found in it; report, command line and Fiji draw with the same functions.

Each takes ``ax=`` and returns it. Without one it makes a figure of its own by pyplot, which a notebook shows. What
needs several panes (`channels`, `ica`, `threshold_surface`) takes a sequence of axes, one for each pane, or divides a
single one among them: they are its ``child_axes``. matplotlib is imported when something is drawn.

Names come from the channel coordinate or the name of an xarray, its pixel size (``attrs["pixel_size"]`` and
``attrs["unit"]``, as of `open_image`) gives the scale bar.
"""

from coloc_bridge.plots.curves import ccf, randomization
from coloc_bridge.plots.intensities import cytofluorogram, ica
from coloc_bridge.plots.marks import Mark
from coloc_bridge.plots.objects_drawn import objects
from coloc_bridge.plots.pictures import channels, overlay
from coloc_bridge.plots.surfaces import threshold_surface

__all__ = [
    "Mark",
    "ccf",
    "channels",
    "cytofluorogram",
    "ica",
    "objects",
    "overlay",
    "randomization",
    "threshold_surface",
]
