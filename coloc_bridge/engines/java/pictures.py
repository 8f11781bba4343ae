"""Bio-Formats of a Fiji that is named, as a reader of image files: in a process of its own, an image at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.engines.java.homes import choose_java
from coloc_bridge.engines.java.installation import choose_fiji, jars, named_fiji
from coloc_bridge.engines.java.steps import thrown
from coloc_bridge.errors import EngineNotAvailable, ImageFileError
from coloc_bridge.extras import pip_install
from coloc_bridge.images.raw import Raw

_COMMAND = "from coloc_bridge.engines.java.pictures import main; main()"
_SECONDS = 3600.0
_ABOUT, _PIXELS = "about.json", "pixels"
_TYPES = {"float": "f4", "double": "f8", "bit": "u1"}
"""Bio-Formats' names of types that are not NumPy's."""


def read(path: Path, image: int) -> tuple[Raw, int] | None:
    """Read an image of a file; None where no Fiji is named, or the one that is has no Bio-Formats.

    Parameters
    ----------
    path : Path
    image : int
        Counted from 0.

    Returns
    -------
    (Raw, int) or None
        The image, and how many the file holds.

    Raises
    ------
    ImageFileError
        If Java is missing, or Bio-Formats cannot read the file.
    """
    if named_fiji() is None:
        return None
    try:
        folder = choose_fiji().folder
        classes = [] if folder is None else [str(jar) for jar in jars(folder)]
        if not any("formats-api" in Path(jar).name or "bioformats_package" in Path(jar).name for jar in classes):
            return None
        java = choose_java(folder)
    except EngineNotAvailable as error:
        raise ImageFileError(f"{path}: needs Bio-Formats, and {error}") from error
    if not find_spec("jpype"):
        raise ImageFileError(f"{path}: needs Bio-Formats, and JPype is missing; {pip_install('fiji')}")
    with tempfile.TemporaryDirectory() as place:
        _in_process(
            {"classes": classes, "path": str(path.resolve()), "image": image, "place": place}, java.home, path
        )
        about = json.loads(Path(place, _ABOUT).read_text("utf-8"))
        array = np.fromfile(Path(place, _PIXELS), about["dtype"]).reshape(about["shape"])
    sizes = {axis: (step, "µm") for axis, step in about["sizes"].items()}
    return Raw(array, "TCZYX", about["names"], sizes, about["interval"]), about["count"]


def _in_process(request: dict[str, Any], java_home: str | None, path: Path) -> None:
    where = os.pathsep.join(folder for folder in sys.path if folder)
    environment = {**os.environ, "PYTHONPATH": where, "JAVA_HOME": java_home or ""}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            env=environment,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ImageFileError(f"{path}: Bio-Formats did not open it within {_SECONDS:g} s; save it as TIFF") from None
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise ImageFileError(
            f"{path}: Bio-Formats cannot read it ({said[-1] if said else 'it ended'}); copy it again"
        )


def main() -> None:
    """Copy an image, in the process that has the JVM."""
    import jpype

    request = json.load(sys.stdin)
    jpype.startJVM("-Djava.awt.headless=true", classpath=request["classes"])
    jpype.JClass("loci.common.DebugTools").setRootLevel("OFF")
    formats = jpype.JPackage("loci").formats
    reader = formats.ChannelSeparator(formats.ChannelFiller(formats.ImageReader()))
    about = formats.MetadataTools.createOMEXMLMetadata()
    reader.setMetadataStore(about)
    reader.setFlattenedResolutions(False)
    try:
        reader.setId(request["path"])
        kind = str(formats.FormatTools.getPixelTypeString(reader.getPixelType()))
        copy_image(reader, about, request["image"], kind, Path(request["place"]))
    except jpype.JException as error:
        sys.exit(thrown(error))
    finally:
        reader.close()


def copy_image(reader: Any, about: Any, image: int, kind: str, place: Path) -> None:
    """Write the planes of an image, Z running faster than C and C than T, and what is known of it.

    Parameters
    ----------
    reader : loci.formats.IFormatReader
    about : loci.formats.meta.MetadataRetrieve
    image : int
        Counted from 0.
    kind : str
        Bio-Formats' name of the type of the pixels.
    place : Path
        A folder.
    """
    count = int(reader.getSeriesCount())
    if image >= count:
        raise ImageFileError(f"it has no image {image + 1}, but {count}")
    reader.setSeries(image)
    dtype = np.dtype(_TYPES.get(kind, kind)).newbyteorder("<" if reader.isLittleEndian() else ">")
    shape = [int(size) for size in (reader.getSizeT(), reader.getSizeC(), reader.getSizeZ())]
    with (place / _PIXELS).open("wb") as pixels:
        for t, c, z in np.ndindex(*shape):
            pixels.write(bytes(reader.openBytes(reader.getIndex(z, c, t))))
    names = [about.getChannelName(image, c) for c in range(about.getChannelCount(image))]
    steps = {axis: _value(getattr(about, f"getPixelsPhysicalSize{axis}")(image), "MICROMETER") for axis in "XYZ"}
    described = {
        "count": count,
        "dtype": dtype.str,
        "shape": [*shape, int(reader.getSizeY()), int(reader.getSizeX())],
        "names": ["" if name is None else str(name) for name in names],
        "sizes": {axis: step for axis, step in steps.items() if step},
        "interval": _value(about.getPixelsTimeIncrement(image), "SECOND") if shape[0] > 1 else None,
    }
    (place / _ABOUT).write_text(json.dumps(described), "utf-8")


def _value(quantity: Any, unit: str) -> float | None:
    """A length or a time as a number; None where the file does not say, or in a unit of its own."""
    if quantity is None:
        return None
    import jpype

    value = quantity.value(getattr(jpype.JClass("ome.units.UNITS"), unit))
    return None if value is None else float(value)
