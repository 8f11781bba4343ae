"""``coloc-bridge sample``: a picture to try the other commands on."""

from pathlib import Path
from typing import Annotated

import typer


def sample(
    file: Annotated[Path, typer.Argument(help="TIFF file to write.")] = Path("coloc-bridge-sample.tif"),
) -> None:
    """Write a sample image to try: two channels of spots, 60 % of them in both.

    An ImageJ hyperstack of 256 x 256 pixels with channels channel_a and channel_b, 12 bit in 16, to open in Fiji too.

    [bold]Example[/bold]

    [cyan]coloc-bridge sample[/cyan]

    [cyan]coloc-bridge analyse coloc-bridge-sample.tif[/cyan]
    """
    import numpy as np
    import tifffile

    from coloc_bridge import files, texts
    from coloc_bridge.sample_data import make_sample_data

    if file.exists():
        raise ValueError(f"{file} exists already; delete it or give another name")
    if file.suffix.lower() not in (".tif", ".tiff"):
        raise ValueError(f"{file}: the sample is a TIFF; give a file name ending in .tif")
    layers = make_sample_data()
    stack = np.stack([layer[0] for layer in layers])
    counts = np.round(stack * (4095 / stack.max())).astype(np.uint16)
    names = [layer[1]["name"] for layer in layers]
    files.check_folder(file.parent)
    file.parent.mkdir(parents=True, exist_ok=True)
    with files.whole(file) as beside:
        tifffile.imwrite(beside, counts, imagej=True, metadata={"axes": "CYX", "Labels": names, "mode": "composite"})
    shown = texts.visible(str(file))
    typer.echo(f"{shown}: two channels, {' and '.join(names)}; now try: coloc-bridge analyse {shown}")
