"""``coloc-bridge randomize``: Costes' test by scrambled blocks."""

from functools import partial
from typing import Annotated

import typer

from coloc_bridge.cli.options import Look, looks_at_a_pair


@looks_at_a_pair("randomization", "region")
def randomize(
    *,
    rounds: Annotated[int, typer.Option(help="How often B is scrambled.", min=1)] = 200,
    block_size: Annotated[
        int, typer.Option(help="Edge of a block in pixels: about the size of the point spread function.", min=1)
    ] = 8,
    inside: Annotated[
        bool, typer.Option("--inside", help="Exchange only blocks that lie in the region as a whole.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed draws the same.", min=0)] = 1,
) -> Look:
    """Is the correlation more than chance? Costes' randomization of every region.

    A row for each region: the observed r, the share of scrambled images that
    correlate as well (p), z, and mean and standard deviation of their r. The
    pictures are histograms.

    [bold]Examples[/bold]

    [cyan]coloc-bridge randomize cells.tif --roi RoiSet.zip -o p.csv[/cyan]

    [cyan]coloc-bridge randomize green.tif red.tif --rounds 1000 --block-size 5 --plots pictures[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: no region. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch.diagnoses import randomization

    return partial(randomization, rounds=rounds, block_size=block_size, seed=seed, inside=inside)
