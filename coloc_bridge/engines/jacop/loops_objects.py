"""Pairs of object centres: JACoP's distance test."""

import math

import numpy as np
from numpy.typing import NDArray

from coloc_bridge.pixels.compiled import njit
from coloc_bridge.pixels.room import zeros

Float64 = NDArray[np.float64]


@njit(cache=True, nogil=True)
def reference_distance(
    x: float, y: float, z: float, distance_xy: float, distance: float, resolution_xy: float, resolution_z: float
) -> tuple[float, float, float]:
    """Radius, in the direction (x, y, z), of the spheroid with these half axes; then the angles theta and phi."""
    theta = math.acos(z / distance) if distance != 0 else 0.0
    phi = math.acos(x / distance_xy) if distance_xy != 0 else math.pi / 2
    at_x = resolution_xy * math.sin(theta) * math.cos(phi)
    at_y = resolution_xy * math.sin(theta) * math.sin(phi)
    at_z = resolution_z * math.cos(theta)
    return math.sqrt(at_x * at_x + at_y * at_y + at_z * at_z), theta, phi


@njit(cache=True, nogil=True)
def near_pairs(
    centres_a: Float64,
    centres_b: Float64,
    resolution_xy: float,
    resolution_z: float,
    pixel_width: float,
    pixel_depth: float,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which centres (x, y, z) of A, and which of B, have one of the other image within the reference distance."""
    near_a, near_b = zeros(len(centres_a), np.bool_), zeros(len(centres_b), np.bool_)
    reach = 1.001 * max(abs(resolution_xy), abs(resolution_z))
    for i in range(len(centres_a)):
        for j in range(len(centres_b)):
            x = (centres_b[j, 0] - centres_a[i, 0]) * pixel_width
            y = (centres_b[j, 1] - centres_a[i, 1]) * pixel_width
            z = (centres_b[j, 2] - centres_a[i, 2]) * pixel_depth
            # No spheroid reaches farther than its longer half axis: the angles are not needed.
            if abs(x) > reach or abs(y) > reach or abs(z) > reach:
                continue
            distance_xy = math.sqrt(x * x + y * y)
            distance = math.sqrt(distance_xy * distance_xy + z * z)
            reference = reference_distance(x, y, z, distance_xy, distance, resolution_xy, resolution_z)[0]
            if distance <= reference:
                near_a[i] = True
                near_b[j] = True
    return near_a, near_b
