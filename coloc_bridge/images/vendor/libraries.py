"""The image that a library reads, with its axes, channel names and pixel size; one function for each library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images.place import check_size
from coloc_bridge.images.raw import Raw

Found = tuple[Raw, int]
"""An image, and how many there are in its file."""


def _chosen(images: Sequence[Any], image: int, path: Path) -> Any:
    if not 0 <= image < len(images):
        raise ImageFileError(f"{path}: has no image {image + 1}; it has {len(images)}, counted from 1")
    return images[image]


def _micrometres(metres: float) -> tuple[float, str]:
    return (float(f"{metres * 1e6:.12g}") if math.isfinite(metres) else 0.0), "µm"


def of_czifile(path: Path, image: int) -> Found:
    import czifile

    with czifile.CziFile(path) as czi:
        scenes = list(czi.scenes.values())
        scene = _chosen(scenes, image, path)
        check_size(path, scene.nbytes, path.stat().st_size)
        sizes = {axis: _micrometres(step) for axis, step in scene.coord_scales.items() if axis in ("Z", "Y", "X")}
        names = [str(name) for name in scene.channels]
        return Raw(scene.asarray(), "".join(scene.dims), names, sizes, scene.coord_scales.get("T")), len(scenes)


def of_liffile(path: Path, image: int) -> Found:
    import liffile

    with liffile.LifFile(path) as lif:
        picture = _chosen(lif.images, image, path)
        axes = "".join(axis[0] for axis in picture.dims)
        sizes = {}
        for axis, places in picture.coords.items():
            if axis in ("Z", "Y", "X") and len(places) > 1:
                sizes[axis] = _micrometres(abs(float(places[1] - places[0])))
        times = picture.coords.get("T", ())
        interval = float(times[1] - times[0]) if len(times) > 1 else None
        names = [_lut(element) for element in picture.xml_element.iter("ChannelDescription")]
        return Raw(picture.asarray(), axes, names, sizes, interval), len(lif.images)


def _lut(description: Any) -> str:
    """The colour of a channel is all the name it has, unless a dye is stored with it."""
    stored = {item.findtext("Key"): item.findtext("Value") for item in description.iter("ChannelProperty")}
    return str(stored.get("DyeName") or description.get("LUTName", ""))


def of_nd2(path: Path, image: int) -> Found:
    import nd2

    with nd2.ND2File(path) as file:
        positions = int(file.sizes.get("P", 1))
        _chosen(range(positions), image, path)
        array = file.asarray(position=image if "P" in file.sizes else None)
        axes = "".join(axis for axis in file.sizes if axis != "P")
        voxel = file.voxel_size()
        sizes = {"X": (voxel.x, "µm"), "Y": (voxel.y, "µm"), "Z": (voxel.z, "µm")}
        names = [str(channel.channel.name) for channel in file.metadata.channels or ()]
        return Raw(array.reshape([file.sizes[axis] for axis in axes]), axes, names, sizes), positions


def of_oiffile(path: Path, image: int) -> Found:
    import oiffile

    with oiffile.OifFile(path) as oif:
        series = _chosen(oif.series, 0, path)
        _chosen(range(1), image, path)
        array = oif.asarray()
        settings = oif.mainfile
        # The names of the files number all axes but the two of a plane, in capitals of their own.
        axes = "".join(series.dims).upper() + "YX"
        sizes = {}
        for number in range(8):
            axis = settings.get(f"Axis {number} Parameters Common", {})
            steps = int(axis.get("MaxSize", 0)) - (axis.get("AxisCode") == "Z")
            length = abs(float(axis.get("EndPosition", 0)) - float(axis.get("StartPosition", 0)))
            if axis.get("AxisCode") in ("X", "Y", "Z") and steps > 0:
                sizes[axis["AxisCode"]] = length / steps, str(axis.get("UnitName", "µm"))
        count = array.shape[axes.index("C")] if "C" in axes else 1
        channels = [settings.get(f"Channel {number} Parameters", {}) for number in range(1, count + 1)]
        names = [_named(channel.get("DyeName")) or _named(channel.get("CH Name")) for channel in channels]
        return Raw(array, axes, names, sizes), 1


def _named(name: object) -> str:
    return "" if name in (None, "None") else str(name)


def of_mrc(path: Path, image: int) -> Found:
    import mrc

    with mrc.DVFile(path) as file:
        _chosen(range(1), image, path)
        check_size(path, math.prod(file.shape) * file.dtype.itemsize, path.stat().st_size)
        # Rows are stored from the lowest to the highest; Fiji shows them so as well.
        array = np.array(file.asarray(squeeze=False))[..., ::-1, :]
        voxel = file.voxel_size
        sizes = {"X": (float(voxel.x), "µm"), "Y": (float(voxel.y), "µm"), "Z": (float(voxel.z), "µm")}
        waves = [getattr(file.hdr, f"wave{number}", 0) for number in range(1, file.hdr.nc + 1)]
        return Raw(array, file.axes, [f"{wave} nm" if wave > 0 else "" for wave in waves], sizes), 1


def of_h5py(path: Path, image: int) -> Found:
    """Imaris 5.5: the full resolution of a picture lies in a data set for each time point and channel."""
    import h5py

    with h5py.File(path) as file:
        _chosen(range(1), image, path)
        level, info = file["DataSet/ResolutionLevel 0"], file["DataSetInfo"]
        points = [level[f"TimePoint {t}"] for t in range(len(level))]
        about = info["Image"].attrs
        # Data sets are padded to whole chunks.
        size = [int(_text(about[axis])) for axis in "ZYX"]
        inside = tuple(slice(length) for length in size)
        channels = len(points[0])
        first = points[0]["Channel 0/Data"]
        whole = (len(points), channels, *size)
        check_size(path, math.prod(whole) * first.dtype.itemsize, path.stat().st_size)
        array = np.empty(whole, first.dtype)
        for t, point in enumerate(points):
            for c in range(channels):
                array[t, c] = point[f"Channel {c}/Data"][inside]
        names = [_text(info[f"Channel {c}"].attrs.get("Name", ())) for c in range(channels)]
        unit = _text(about.get("Unit", ())) or "um"
        sizes = {
            axis: (abs(float(_text(about[f"ExtMax{at}"])) - float(_text(about[f"ExtMin{at}"]))) / length, unit)
            for axis, at, length in zip("ZYX", (2, 1, 0), size, strict=True)
        }
        return Raw(array, "TCZYX", names, sizes), 1


def _text(attribute: Any) -> str:
    """Imaris stores texts letter by letter."""
    return b"".join(attribute).decode("utf-8", "replace") if len(attribute) else ""


def of_bioio(path: Path, image: int) -> Found | None:
    """Whatever a plugin of bioio that is installed reads."""
    import bioio
    from bioio_base.exceptions import UnsupportedFileFormatError

    try:
        picture = bioio.BioImage(path)
    except UnsupportedFileFormatError:
        return None
    picture.set_scene(_chosen(picture.scenes, image, path))
    array = picture.xarray_data
    step = picture.physical_pixel_sizes
    sizes = {axis: (float(getattr(step, axis)), "µm") for axis in "ZYX" if getattr(step, axis)}
    names = [str(name) for name in picture.channel_names or ()]
    return Raw(array.values, "".join(map(str, array.dims)), names, sizes), len(picture.scenes)


LIBRARIES: dict[str, Callable[[Path, int], Found | None]] = {
    "czifile": of_czifile,
    "liffile": of_liffile,
    "nd2": of_nd2,
    "oiffile": of_oiffile,
    "mrc": of_mrc,
    "h5py": of_h5py,
    "bioio_vsi": of_bioio,
}
"""All under the BSD licence."""
