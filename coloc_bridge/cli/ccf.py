"""``coloc-bridge ccf``: Van Steensel's cross-correlation."""

from functools import partial
from typing import Annotated

import typer

from coloc_bridge.cli.options import Look, looks_at_a_pair


@looks_at_a_pair("ccf", "shift of each region")
def ccf(
    *,
    max_shift: Annotated[int, typer.Option(help="Largest shift, in pixels.", min=1)] = 20,
    axis: Annotated[str, typer.Option(help="The axis along which B is shifted: X, Y or Z.", metavar="X|Y|Z")] = "X",
    boundary: Annotated[
        str,
        typer.Option(
            help="wrap: what leaves the image comes in at its other end; crop: only pixels that meet count.",
            metavar="wrap|crop",
        ),
    ] = "wrap",
) -> Look:
    """Do the channels lie beside each other? Pearson's r against a shift of B, for every region.

    Shown are the largest r, where it is, and r without a shift; --output
    has a row for each shift, and the pictures are the curves.

    [bold]Examples[/bold]

    [cyan]coloc-bridge ccf cells.tif --max-shift 30 -o curve.csv --plots pictures[/cyan]

    [cyan]coloc-bridge ccf stack.ome.tif --axis Z --max-shift 4[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: no region. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch.diagnoses import ccf as look

    return partial(look, max_shift=max_shift, axis=axis.upper(), boundary=boundary)
