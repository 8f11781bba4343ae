"""JACoP's particles (Bolte & Cordelieres 2006, J. Microsc. 224, 213), and its two object based tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from coloc_bridge import inputs
from coloc_bridge.engines.jacop.loops_objects import near_pairs
from coloc_bridge.engines.jacop.pixels import Ints, read_image, whole_number
from coloc_bridge.errors import EngineError

Floats = NDArray[np.float64]
Values = dict[str, float]

_ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)
_EARLIER_NEIGHBOURS = np.arange(27).reshape(3, 3, 3) < 13
KINDS = ("mass", "geometric")


@dataclass(frozen=True)
class Particles:
    """The particles of one image, in scan order of their first voxel; coordinates are (x, y, z), z counts from 1."""

    labels: Ints
    """(z, y, x): 0, or the number of the particle, from 1."""
    size: NDArray[np.int64]
    centroid: Floats
    centre_of_mass: Floats
    box_first: NDArray[np.int64]
    box_last: NDArray[np.int64]
    integrated_density: Floats

    def __len__(self) -> int:
        return len(self.size)

    def centres(self, kind: str) -> Floats:
        """``"mass"`` or ``"geometric"``."""
        return self.centre_of_mass if kind == "mass" else self.centroid


def objects(image: ArrayLike, threshold: int, min_size: int = 1, max_size: int | None = None) -> Particles:
    """The particles JACoP finds: 26-connected voxels with a value >= threshold, zero never.

    A voxel at the threshold belongs to a particle (jacop-objects-at-threshold). The centre of mass is weighted by the
    value, by way of 32-bit products.

    Parameters
    ----------
    image : array_like, (y, x) or (z, y, x)
    threshold : int
    min_size, max_size : int
        Particles of other sizes, in voxels, are left out; None: no limit.

    Raises
    ------
    EngineError
        Where JACoP throws: the last voxel of the image starts a particle of its own, for which it has no room.

    Examples
    --------
    >>> found = objects([[9, 0, 0], [0, 9, 0], [0, 0, 0], [5, 5, 0]], 5)
    >>> len(found), found.size.tolist(), found.centroid[1].tolist()
    (2, [2, 2], [0.5, 3.0, 1.0])
    """
    return find_particles(read_image(image).pixels, whole_number(threshold, "threshold"), min_size, max_size)


def find_particles(pixels: Ints, threshold: int, min_size: int, max_size: int | None) -> Particles:
    """`objects` of pixels read already."""
    least = inputs.whole_number(min_size, "min_size")
    most = pixels.size if max_size is None else inputs.whole_number(max_size, "max_size")
    above = (pixels >= threshold) & (pixels != 0)
    if not above.any():
        return _measured(pixels, np.zeros(pixels.shape, np.int32))
    _refuse_lone_last_voxel(above)
    # ndimage numbers the components in scan order of their first voxel, as JACoP does.
    labels, _ = ndimage.label(above, _ALL_NEIGHBOURS)
    size = np.bincount(labels.ravel())
    size[0] = 0
    kept = (size >= max(least, 1)) & (size <= most)
    number = np.where(kept, np.cumsum(kept), 0).astype(np.int32)
    return _measured(pixels, number[labels])


def _measured(pixels: Ints, labels: Ints) -> Particles:
    where = np.nonzero(labels)
    label, value = labels[where] - 1, pixels[where]
    count = int(label.max()) + 1 if label.size else 0
    size = np.bincount(label, minlength=count)
    density = np.bincount(label, value, count).astype(np.float64)
    centroid, mass = np.empty((count, 3)), np.empty((count, 3))
    first, last = np.empty((count, 3), np.int64), np.empty((count, 3), np.int64)
    boxes = ndimage.find_objects(labels)
    for j, (axis, origin) in enumerate(((2, 0), (1, 0), (0, 1))):
        position = (where[axis] + origin).astype(np.int32)
        centroid[:, j] = np.bincount(label, position, count) / size
        with np.errstate(all="ignore"):
            mass[:, j] = np.bincount(label, position * value, count) / density
        first[:, j] = [box[axis].start + origin for box in boxes]
        last[:, j] = [box[axis].stop - 1 + origin for box in boxes]
    return Particles(labels, size, centroid, mass, first, last, density)


def _refuse_lone_last_voxel(above: NDArray[np.bool_]) -> None:
    """JACoP tags voxels in scan order and makes room for a new tag only when it meets the next voxel."""
    earlier = np.pad(above, ((1, 0), (1, 0), (1, 0)))[-2:, -2:, -2:].copy()
    earlier[-1, -1, -1] = False
    if not above[-1, -1, -1] or earlier.any():
        return
    starts = above & ~ndimage.maximum_filter(above, footprint=_EARLIER_NEIGHBOURS, mode="constant")
    tags = int(starts.sum())
    raise EngineError(
        f"JACoP's step Counter3D throws java.lang.ArrayIndexOutOfBoundsException: Index {tags} out of bounds for "
        f"length {tags} (the last voxel starts a particle of its own)"
    )


def distance_test(
    a: Particles,
    b: Particles,
    kind: str,
    resolution_xy: float,
    resolution_z: float,
    pixel_width: float = 1.0,
    pixel_depth: float = 1.0,
) -> Values:
    """Particles whose centre lies within the resolution of a centre of the other image.

    The reference distance of a pair is the radius of the spheroid (resolution_xy, resolution_xy, resolution_z) in the
    direction from one centre to the other.
    """
    resolution = float(resolution_xy), float(resolution_z)
    near_a, near_b = near_pairs(a.centres(kind), b.centres(kind), *resolution, float(pixel_width), float(pixel_depth))
    return _counted(f"distance_{kind}", near_a, near_b)


def coincidence_test(a: Particles, b: Particles, kind: str) -> Values:
    """Centres of A that lie in a particle of B, and the particles of B that hold one.

    The centre cut to whole voxels must be one of the particle's; the centre itself must lie within the box of its
    voxel indices, so a centre at 12.5 misses a particle that ends at 12 (jacop-coincidence-truncated-centre).
    """
    centres = a.centres(kind)
    depth, height, width = b.labels.shape
    with np.errstate(invalid="ignore"):
        voxels = np.nan_to_num(centres).astype(np.int64)
    in_image = (voxels >= (0, 0, 1)) & (voxels <= (width - 1, height - 1, depth))
    within: NDArray[np.bool_] = np.all(in_image, axis=1)
    x, y, z = np.where(within[:, None], voxels, (0, 0, 1)).T
    particle = np.where(within, b.labels[z - 1, y, x], 0) - 1
    hit_a = particle >= 0
    found, centre = particle[hit_a], centres[hit_a]
    hit_a[hit_a] = ((b.box_first[found] <= centre) & (centre <= b.box_last[found])).all(axis=1)
    hit_b = np.zeros(len(b), bool)
    hit_b[particle[hit_a]] = True
    return _counted(f"coincidence_{kind}", hit_a, hit_b)


def _counted(test: str, hit_a: NDArray[np.bool_], hit_b: NDArray[np.bool_]) -> Values:
    return {
        f"{test}_a_colocalized": float(hit_a.sum()),
        f"{test}_a_objects": float(hit_a.size),
        f"{test}_b_colocalized": float(hit_b.sum()),
        f"{test}_b_objects": float(hit_b.size),
    }
