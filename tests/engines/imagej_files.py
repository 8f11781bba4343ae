"""Run in a process of its own: ImageJ writes ROIs and hyperstacks into the folder given.

``<kind>_<i>.roi`` are random ROIs, and ``masks.npz`` has, under the same names, the pixels ImageJ fills for them;
``positioned.roi`` has a place in a hyperstack. ``<type>.tif`` are hyperstacks, and ``pixels.npz`` has their pixels.
"""

import sys
from pathlib import Path

import numpy as np
from imagej_jvm import start

SIZE = 64
EACH = 30
CHANNELS, SLICES, FRAMES = 2, 3, 2
CHANNEL_NAMES = ("DAPI", "GFP")


def main(folder: Path) -> None:
    imagej = start()
    write_hyperstacks(imagej, folder)
    write_rois(imagej, folder)


def write_hyperstacks(imagej, folder: Path) -> None:
    from jpype import JArray, JByte, JFloat, JInt, JShort

    rng = np.random.default_rng(3)
    processors = {
        "uint8": (imagej("ij.process.ByteProcessor"), JByte, np.int8),
        "uint16": (imagej("ij.process.ShortProcessor"), JShort, np.int16),
        "float32": (imagej("ij.process.FloatProcessor"), JFloat, np.float32),
    }
    pixels = {}
    for name, (processor, element, view) in processors.items():
        values = rng.integers(0, 256, (FRAMES, SLICES, CHANNELS, 11, 13)).astype(name) * (
            200 if name != "uint8" else 1
        )
        stack = imagej("ij.ImageStack")(13, 11)
        for plane in values.reshape(-1, 11, 13):
            filled_plane = processor(JInt(13), JInt(11))
            filled_plane.setPixels(JArray(element)(plane.astype(name).view(view).ravel()))
            stack.addSlice(CHANNEL_NAMES[stack.getSize() % CHANNELS], filled_plane)
        image = imagej("ij.ImagePlus")(name, stack)
        image.setDimensions(CHANNELS, SLICES, FRAMES)
        image.setOpenAsHyperStack(True)
        scale = image.getCalibration()
        scale.pixelWidth = scale.pixelHeight = 0.125
        scale.pixelDepth, scale.frameInterval = 0.5, 2.5
        scale.setUnit("micron")
        imagej("ij.io.FileSaver")(image).saveAsTiff(str(folder / f"{name}.tif"))
        pixels[name] = np.moveaxis(values, 2, 1)
    np.savez_compressed(folder / "pixels.npz", **pixels)


def write_rois(imagej, folder: Path) -> None:
    rng = np.random.default_rng(7)
    masks = {}
    positioned = imagej("ij.gui.OvalRoi")(3, 4, 20, 10)
    positioned.setPosition(2, 3, 1)
    positioned.setName("Zelle \u00e4")
    write_roi(imagej, positioned, folder / "positioned.roi")
    for kind, make in makers(imagej, rng).items():
        for i in range(EACH):
            path = folder / f"{kind}_{i}.roi"
            write_roi(imagej, make(), path)
            masks[path.stem] = filled(imagej, imagej("ij.io.RoiDecoder").open(str(path)))
    np.savez_compressed(folder / "masks.npz", **masks)


def write_roi(imagej, roi, path: Path) -> None:
    path.write_bytes(bytes(imagej("ij.io.RoiEncoder").saveAsByteArray(roi)))


def filled(imagej, roi) -> np.ndarray:
    image = imagej("ij.ImagePlus")("", imagej("ij.process.ByteProcessor")(SIZE, SIZE))
    image.setRoi(roi)
    pixels = image.createRoiMask().getPixels()
    return np.frombuffer(memoryview(pixels), np.uint8).reshape(SIZE, SIZE) != 0


def makers(imagej, rng):
    """Functions that draw a random ROI; some reach past the border of the image."""
    from jpype import JArray, JDouble, JFloat, JInt

    roi, shape = imagej("ij.gui.Roi"), imagej("ij.gui.ShapeRoi")

    def box(kind):
        x, y = (int(v) for v in rng.integers(-12, 45, 2))
        return kind(JInt(x), JInt(y), JInt(int(rng.integers(1, 40))), JInt(int(rng.integers(1, 40))))

    def float_box(kind):
        x, y, w, h = (JDouble(float(v)) for v in (*rng.uniform(0, 45, 2), *rng.uniform(1, 40, 2)))
        return kind(x, y, w, h)

    def polygon(type_name, corners=(3, 12)):
        n = int(rng.integers(*corners))
        x, y = rng.integers(0, 70, (2, n))
        return imagej("ij.gui.PolygonRoi")(JArray(JInt)(x.tolist()), JArray(JInt)(y.tolist()), n, roi_type(type_name))

    def float_polygon(type_name):
        n = int(rng.integers(3, 12))
        # Halves and quarters as well as any fraction: ties of the rounding are where rules differ.
        x, y = np.round(rng.uniform(-4, 70, (2, n)) * 4) / 4 if rng.random() < 0.5 else rng.uniform(-4, 70, (2, n))
        return imagej("ij.gui.PolygonRoi")(
            JArray(JFloat)(x.tolist()), JArray(JFloat)(y.tolist()), roi_type(type_name)
        )

    def roi_type(name):
        return JInt(int(getattr(roi, name)))

    def outline(kind, *parameter):
        return kind(*(JDouble(float(v)) for v in (*rng.uniform(5, 60, 4), *parameter)))

    def composite(first, second):
        combined = shape(first)
        result = (combined.or_, combined.xor, combined.not_)[rng.integers(3)](shape(second))
        return combined if result is None else result

    def rounded():
        drawn = box(roi)
        drawn.setCornerDiameter(JInt(int(rng.integers(1, 40))))
        return drawn

    def curves():
        """Cubic curves of an ellipse, quadratic ones of a path."""
        path = imagej("java.awt.geom.GeneralPath")()
        path.moveTo(*doubles(2))
        for _ in range(3):
            path.quadTo(*doubles(4))
        path.closePath()
        path.append(imagej("java.awt.geom.Ellipse2D$Double")(*doubles(2), *doubles(2)), False)
        return shape(path)

    def doubles(count):
        return [JDouble(float(v)) for v in rng.uniform(2, 60, count)]

    oval, ellipse = imagej("ij.gui.OvalRoi"), imagej("ij.gui.EllipseRoi")
    return {
        "rounded_rectangle": rounded,
        "composite_with_curves": curves,
        "rectangle": lambda: box(roi),
        "subpixel_rectangle": lambda: float_box(roi),
        "oval": lambda: box(oval),
        "subpixel_oval": lambda: float_box(oval),
        "polygon": lambda: polygon("POLYGON"),
        "freehand": lambda: polygon("FREEROI", (20, 60)),
        "traced": lambda: polygon("TRACED_ROI", (10, 30)),
        "subpixel_polygon": lambda: float_polygon("POLYGON"),
        "subpixel_freehand": lambda: float_polygon("FREEROI"),
        "ellipse": lambda: outline(ellipse, rng.uniform(0.1, 1)),
        "rotated_rectangle": lambda: outline(imagej("ij.gui.RotatedRectRoi"), rng.uniform(2, 30)),
        "composite_of_ovals": lambda: composite(box(oval), box(oval)),
        "composite_of_polygons": lambda: composite(polygon("POLYGON"), box(roi)),
        "composite_of_ellipses": lambda: composite(
            outline(imagej("ij.gui.EllipseRoi"), 0.5), float_polygon("POLYGON")
        ),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
