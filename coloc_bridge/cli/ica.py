"""``coloc-bridge ica``: Li's intensity correlation analysis."""

from coloc_bridge.cli.options import Look, looks_at_a_pair


@looks_at_a_pair("ica", "region")
def ica() -> Look:
    """Do the channels rise and fall together? Li's ICQ, and how many pixels speak for and against it.

    A row for each region: ICQ, and how many products of the two deviations
    from the mean are above and below 0. The pictures are Li's two plots.

    [bold]Examples[/bold]

    [cyan]coloc-bridge ica cells.tif --labels cells_labels.tif --plots pictures[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: no region. 2: wrong call, or a file that cannot be read.
    """
    from coloc_bridge.batch.diagnoses import ica as look

    return look
