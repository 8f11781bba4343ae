"""``coloc-bridge surface``: coefficients at every pair of thresholds."""

from functools import partial
from typing import Annotated

import typer

from coloc_bridge.cli.options import Look, looks_at_a_pair


@looks_at_a_pair("surface", "pair of thresholds")
def surface(
    *,
    levels: Annotated[
        int, typer.Option(help="Thresholds of each channel at most; values at them are exact.", min=2, max=4096)
    ] = 256,
) -> Look:
    """How much hangs on the thresholds? M1, M2 and r at every pair of them.

    Shown are the thresholds of the standard, of Otsu and of each engine,
    with M1 and M2 there and their least and most while a threshold moves by
    5 %; --output has a row for each pair of thresholds, and the pictures
    show all of them as colours, with the marks.

    [bold]Examples[/bold]

    [cyan]coloc-bridge surface cells.tif --plots pictures[/cyan]

    [cyan]coloc-bridge surface cells.tif --roi cell.roi --levels 64 -o surface.csv[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: no region. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch.diagnoses import surface as look

    return partial(look, levels=levels)
