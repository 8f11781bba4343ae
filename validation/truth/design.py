"""The scenes of the truth table: what is varied, and how a row of scenes.csv becomes a pair of images."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from coloc_bridge.sample_data import Scene, make_scene

Image = NDArray[Any]
Row = dict[str, Any]

STRUCTURES = ("spots", "filaments", "vesicles", "membranes", "texture")
SHAPE_2D, SHAPE_3D = (192, 192), (12, 64, 64)
ANSWERS = ((0.0, 0.0, 0.0), (0.2, 0.7, 0.0), (0.5, 0.5, 0.5), (0.9, 0.8, 0.8))
"""True M1, true M2 and the correlation inside the shared part."""
BASES: tuple[Row, ...] = tuple(
    {
        "shape": shape,
        "structure": structure,
        "shared_a": m1,
        "shared_b": m2,
        "correlation": r,
        "bits": 12,
        "seed": 100 + i,
    }
    for i, (shape, structure, (m1, m2, r)) in enumerate(
        2
        * [
            *((SHAPE_2D, *pair) for pair in itertools.product(STRUCTURES, ANSWERS)),
            *((SHAPE_3D, *pair) for pair in zip(STRUCTURES, ANSWERS, strict=False)),
        ]
    )
)
"""Without a fault: twice every structure with every answer in 2D and four in 3D, each with a seed of its own."""

FAULTS: dict[str, tuple[Row, ...]] = {
    "saturation": ({"saturation": 0.0003}, {"saturation": 0.002}, {"saturation": 0.02}),
    "offset": ({"offset": 1}, {"offset": 10}, {"offset": 80}),
    "background": ({"background": 0.002}, {"background": 0.01}, {"background": 0.05}),
    "few-levels": ({"bits": 6}, {"bits": 4}, {"bits": 3}),
    "compression": ({"bits": 8, "jpeg": 90}, {"bits": 8, "jpeg": 60}, {"bits": 8, "jpeg": 20}),
    "shift": ({"shift": 0.5}, {"shift": 1.5}, {"shift": 4.0}),
    "bleed-through": ({"bleed_a_into_b": 0.05}, {"bleed_a_into_b": 0.15}, {"bleed_a_into_b": 0.4}),
    "photon-noise": ({"photons": 1}, {"photons": 0.2}, {"photons": 0.05}),
    "read-noise": ({"read_noise": 80}, {"read_noise": 160}, {"read_noise": 320}),
    "sampling": ({"bin": 2}, {"bin": 4}, {"bin": 8}),
    "region": ({"pad": 16}, {"pad": 48}, {"pad": 128}),
    "scale": ({"scale_b": 0.3}, {"scale_b": 0.1}, {"scale_b": 0.03}),
    "blur": ({"blur": 0.7}, {"blur": 1.5}, {"blur": 4.0}),
}
"""Each alone, from slight to strong."""

_CONFOCAL = {"blur": 1.0, "background": 0.01, "offset": 20, "read_noise": 3}
_WIDEFIELD = {"blur": 2.0, "background": 0.15, "offset": 100, "read_noise": 5, "photons": 100, "shift": 0.7}
MIXTURES: dict[str, Row] = {
    "confocal": {**_CONFOCAL, "photons": 30},
    "confocal, dim": {**_CONFOCAL, "photons": 1},
    "confocal, offset off": {**_CONFOCAL, "photons": 30, "subtract": 20},
    "widefield": _WIDEFIELD,
    "widefield, offset off": {**_WIDEFIELD, "subtract": 100},
    "8-bit, overexposed": {"blur": 1.5, "offset": 5, "read_noise": 1, "photons": 50, "bits": 8, "saturation": 0.02},
    "two dyes, one filter": {**_CONFOCAL, "photons": 20, "bleed_a_into_b": 0.15, "shift": 1.0},
}
"""As microscopes have them: several faults at once."""

_SCENE = ("shape", "structure", "shared_a", "shared_b", "correlation", "background", "offset", "blur", "photons")
_SCENE += ("read_noise", "bleed_a_into_b", "shift", "saturation", "bits", "seed")
_AFTERWARDS = ("jpeg", "bin", "pad", "scale_b", "subtract")
COLUMNS = ("scene", "base", "fault", "strength", *_SCENE, *_AFTERWARDS)
"""Of scenes.csv."""


def rows() -> Iterator[Row]:
    """Every scene, those without a fault first."""
    settings = [("none", 0, {})]
    settings += [(fault, i + 1, strength) for fault, chosen in FAULTS.items() for i, strength in enumerate(chosen)]
    settings += [(name, 1, mixture) for name, mixture in MIXTURES.items()]
    for number, ((fault, strength, what), (base, scene)) in enumerate(itertools.product(settings, enumerate(BASES))):
        yield {"scene": number, "base": base, "fault": fault, "strength": strength, **scene, **what}


def as_text(row: Row) -> dict[str, str]:
    """A row of scenes.csv: empty is the default, that is without this fault."""
    return {name: " ".join(map(str, np.ravel(row[name]))) if name in row else "" for name in COLUMNS}


def from_text(text: Mapping[str, str]) -> Row:
    """Undo `as_text`."""
    row: Row = {name: text[name] for name in ("fault", "structure")}
    row["shape"] = tuple(map(int, text["shape"].split()))
    for name in ("scene", "base", "strength", "bits", "seed", "jpeg", "bin", "pad"):
        row |= {name: int(text[name])} if text[name] else {}
    for name in COLUMNS:
        if name not in row and text[name]:
            row[name] = float(text[name])
    return row


def scene_of(row: Row) -> Scene:
    """The pair that a row stands for: `make_scene`, and then what is done to the recorded images.

    Examples
    --------
    >>> scene_of({**BASES[0], "bin": 8}).a.shape
    (24, 24)
    """
    options = {name: row[name] for name in _SCENE if name in row}
    if "shift" in row:  # along the diagonal of the plane
        options["shift"] = (*[0.0] * (len(row["shape"]) - 2), *[row["shift"] / np.sqrt(2)] * 2)
    scene = make_scene(**options)
    return replace(scene, a=_afterwards(scene.a, row, 1.0), b=_afterwards(scene.b, row, row.get("scale_b", 1.0)))


def _afterwards(image: Image, row: Row, scale: float) -> Image:
    dtype = image.dtype
    if "jpeg" in row:
        planes = [imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(p, level=row["jpeg"])) for p in _planes(image)]
        image = np.stack(planes).reshape(image.shape)
    if "bin" in row:
        k, (height, width) = row["bin"], image.shape[-2:]
        blocks = image.reshape(*image.shape[:-2], height // k, k, width // k, k)
        image = np.rint(blocks.mean(axis=(-3, -1))).astype(dtype)
    if "pad" in row:
        image = np.pad(image, [(0, 0)] * (image.ndim - 2) + [(row["pad"], row["pad"])] * 2)
    if scale != 1:
        image = np.rint(image * scale).astype(dtype)
    if "subtract" in row:
        image = (np.maximum(image, row["subtract"]) - row["subtract"]).astype(dtype)
    return image


def _planes(image: Image) -> Image:
    return image.reshape(-1, *image.shape[-2:])


def size_of(row: Row, scene: Scene) -> float:
    """How large a fault is, in the unit of the finding of that code; NaN where it is none alone."""
    fault = row["fault"]
    if fault == "saturation":  # of the pixels with light
        return _mean((image == image.max()).sum() / (clean > 0).sum() for clean, image in _channels(scene))
    if fault in ("offset", "background"):  # its share of the mean
        return _mean(1 - clean.mean() / image.mean() for clean, image in _channels(scene))
    if fault == "few-levels":
        return _mean(np.unique(image).size for _, image in _channels(scene))
    if fault.endswith("noise"):  # what is left of r: the root of the product of reliabilities
        return float(np.prod([np.corrcoef(clean.ravel(), image.ravel())[0, 1] for clean, image in _channels(scene)]))
    if fault == "sampling":  # spots have a sigma of 2 pixels, and a FWHM is 2.04 pixels by Nyquist
        return float(row["bin"] / (2 * np.sqrt(8 * np.log(2)) / 2.04))
    if fault == "region":  # the part that is an empty frame
        return 1 - scene.clean_a.size / scene.a.size
    if fault == "scale":
        return 1 / row["scale_b"]
    named = {"compression": "jpeg", "bleed-through": "bleed_a_into_b"}
    return float(row.get(named.get(fault, fault), np.nan))


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _channels(scene: Scene) -> tuple[tuple[Image, Image], ...]:
    return (scene.clean_a, scene.a), (scene.clean_b, scene.b)
