"""Run in a process of its own: ImageJ makes random ROIs, encodes them and fills them.

Writes ``<kind>_<i>.roi`` and an npz of the masks under the same names into the folder given.
"""

import sys
from pathlib import Path

import numpy as np
from imagej_jvm import start

SIZE = 64
EACH = 30


def main(folder: Path) -> None:
    imagej = start()
    rng = np.random.default_rng(7)
    masks = {}
    for kind, make in makers(imagej, rng).items():
        for i in range(EACH):
            drawn = make()
            path = folder / f"{kind}_{i}.roi"
            path.write_bytes(bytes(imagej("ij.io.RoiEncoder").saveAsByteArray(drawn)))
            masks[path.stem] = filled(imagej, imagej("ij.io.RoiDecoder").open(str(path)))
    np.savez_compressed(folder / "masks.npz", **masks)


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
        return imagej("ij.gui.PolygonRoi")(JArray(JFloat)(x.tolist()), JArray(JFloat)(y.tolist()), roi_type(type_name))

    def roi_type(name):
        return JInt(int(getattr(roi, name)))

    def outline(kind, *parameter):
        return kind(*(JDouble(float(v)) for v in (*rng.uniform(5, 60, 4), *parameter)))

    def composite(first, second):
        combined = shape(first)
        return (combined.or_, combined.xor, combined.not_)[rng.integers(3)](shape(second))

    oval = imagej("ij.gui.OvalRoi")
    return {
        "rectangle": lambda: box(roi),
        "subpixel_rectangle": lambda: float_box(roi),
        "oval": lambda: box(oval),
        "subpixel_oval": lambda: float_box(oval),
        "polygon": lambda: polygon("POLYGON"),
        "freehand": lambda: polygon("FREEROI", (20, 60)),
        "traced": lambda: polygon("TRACED_ROI", (10, 30)),
        "subpixel_polygon": lambda: float_polygon("POLYGON"),
        "subpixel_freehand": lambda: float_polygon("FREEROI"),
        "ellipse": lambda: outline(imagej("ij.gui.EllipseRoi"), rng.uniform(0.1, 1)),
        "rotated_rectangle": lambda: outline(imagej("ij.gui.RotatedRectRoi"), rng.uniform(2, 30)),
        "composite_of_ovals": lambda: composite(box(oval), box(oval)),
        "composite_of_polygons": lambda: composite(polygon("POLYGON"), box(roi)),
        "composite_of_ellipses": lambda: composite(outline(imagej("ij.gui.EllipseRoi"), 0.5), float_polygon("POLYGON")),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
