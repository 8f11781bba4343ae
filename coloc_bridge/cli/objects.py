"""``coloc-bridge objects``: objects of both channels, and which of them meet."""

from functools import partial
from typing import Annotated

import typer

from coloc_bridge.cli.options import Look, looks_at_a_pair


@looks_at_a_pair("objects", "object")
def objects(
    *,
    threshold: Annotated[
        str, typer.Option(help="How objects are found: otsu, li, triangle, yen, mean or isodata.")
    ] = "otsu",
    min_size: Annotated[int, typer.Option(help="Objects of fewer pixels are left out.", min=0)] = 4,
) -> Look:
    """How many objects of a channel meet one of the other? Centroids, coincidence and overlap.

    Shown are counts and shares for each region; --output has a row for each
    object, with its centroid and the distance to the nearest one of the
    other channel. The pictures are the outlines, with the numbers of the table.

    [bold]Examples[/bold]

    [cyan]coloc-bridge objects spots.tif --threshold li --min-size 6 -o spots.csv[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: no region. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch.diagnoses import objects as look

    return partial(look, threshold_method=threshold, min_size=min_size)
