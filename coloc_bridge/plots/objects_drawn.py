"""Objects of both channels over the picture, and which of them meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from coloc_bridge.inputs import as_array, as_pair
from coloc_bridge.plots import display
from coloc_bridge.plots.canvas import legend, panes
from coloc_bridge.plots.look import look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DIM = 0.6
_GREEN, _MAGENTA = "#00ff00", "#ff40ff"


def objects(
    a: ArrayLike,
    b: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    labels: tuple[ArrayLike, ArrayLike] | None = None,
    threshold_method: str = "otsu",
    min_size: int = 0,
    name_a: str | None = None,
    name_b: str | None = None,
    pixel_size: Any = None,
    unit: str = "µm",
    ax: Axes | None = None,
) -> Axes:
    """The objects of A outlined in green and those of B in magenta, bold where they meet one of the other channel.

    Parameters
    ----------
    a, b, mask, name_a, name_b, pixel_size, unit
        As of `channels`.
    labels : (labels of A, labels of B), optional
        Label images, as of `label_objects`; by default those of the next two arguments.
    threshold_method, min_size
        As of `label_objects`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If shapes differ, or as `label_objects`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> image = [[9, 9, 0, 0], [0, 0, 0, 9], [0, 0, 0, 0]]
    >>> ax = objects(image, image[::-1], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['A: 2 objects, 1 meet B', 'B: 2 objects, 1 meet A']
    """
    from matplotlib.lines import Line2D

    from coloc_bridge.objects import label_objects

    image_a, image_b, inside = as_pair(a, b, mask)
    look = look_of(a, b, name_a, name_b, pixel_size, unit)
    found = (
        [label_objects(image, threshold_method, inside, min_size) for image in (image_a, image_b)]
        if labels is None
        else [as_array(given, f"labels of {name}") for given, name in zip(labels, "ab", strict=True)]
    )
    given, (axes,) = panes(ax)
    flat = [display.plane(image) for image in (image_a, image_b)]
    grey = np.maximum(*(display.stretched(one, display.display_range(one)) for one in flat))
    note = ", maximum projection" if image_a.ndim > 2 else ""
    picture = display.as_bytes(display.dimmed(grey, _DIM))
    display.show(axes, picture, look, f"{look.name_a} and {look.name_b}{note}")
    entries: list[tuple[Any, str]] = []
    for own, other, colour, names, place in (
        (found[0], found[1], _GREEN, look.names, ("right", "bottom")),
        (found[1], found[0], _MAGENTA, look.names[::-1], ("left", "top")),
    ):
        areas = display.areas_of(own, None, image_a.shape)
        meets = [area for area in areas if (other[area[2].box][area[2].inside] > 0).any()]
        display.outline(axes, areas, colour=colour, width=0.6, place=place)
        display.outline(axes, meets, colour=colour, width=1.6, numbers=False)
        words = f"{names[0]}: {len(areas)} object{'' if len(areas) == 1 else 's'}, {len(meets)} meet {names[1]}"
        entries.append((Line2D([], [], color=colour), words))
    legend(axes, entries, below=True, gap=0.02, title="bold where they meet an object of the other channel")
    return given  # type: ignore[no-any-return]
