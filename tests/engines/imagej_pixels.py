"""Run in a process of its own: ImageJ opens every TIFF in the folder given; ``pixels.npz`` gets what it then holds.

Files that it does not open are not in there.
"""

import sys
from pathlib import Path

import numpy as np
from imagej_jvm import start


def main(folder: Path) -> None:
    imagej = start()
    imagej("ij.macro.Interpreter").batchMode = True  # else a refusal is a dialog
    opened = {}
    for path in sorted(folder.glob("*.tif")):
        image = imagej("ij.IJ").openImage(str(path))
        if image is not None:
            opened[path.stem] = planes_of(image)
    np.savez_compressed(folder / "pixels.npz", **opened)


def planes_of(image) -> np.ndarray:
    stack = image.getStack()
    planes = np.stack([np.asarray(stack.getPixels(i)) for i in range(1, stack.getSize() + 1)])
    # Bytes and shorts of Java are signed, those of ImageJ are not.
    unsigned = {8: np.uint8, 16: np.uint16, 24: np.uint32}.get(int(image.getBitDepth()))
    return planes.view(unsigned or planes.dtype).reshape(-1, image.getHeight(), image.getWidth())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
