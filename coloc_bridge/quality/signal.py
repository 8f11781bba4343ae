"""One channel as the checks see it: its background, its noise, where it has signal."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from coloc_bridge.attributes import once
from coloc_bridge.inputs import Array

Mask = NDArray[np.bool_]
Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

_LEAST_EDGE = 8
"""Pixels along Y and X for anything that looks at neighbours."""
_DARK, _DARKER = 0.05, 0.01
"""Shares of the pixels whose neighbours are darkest."""
_FLAT = 0.1
"""So much may the background differ between them, as a share of it."""
_FAINT = 0.02
"""Of the brightest structure: what is fainter counts as background."""
_ERRORS = 4.0
_SOME = 1 << 18
"""Pixels are enough for a quantile."""
_LEAST_LIT = 16
"""Pixels among others with light, to see noise in."""
_STRUCTURE, _NOISE = 0.72, 0.85
"""Of the response along one axis, that along both: at most of sharp lines, at least of what noise rules."""

_OVERLAP = 3.78
"""Squares behind Immerkær's mask for each independent one: the sum of its squared autocorrelation."""


class Signal:
    """One channel: pixels of any dimensionality, and where they count.

    Neighbours are those in the plane of the last two axes, since slices lie apart.
    """

    def __init__(self, pixels: Array, inside: Mask, name: str) -> None:
        self.pixels, self.inside, self.name = pixels, inside, name

    @property
    def title(self) -> str:
        return f"Channel {self.name.upper()}"

    @once
    def values(self) -> Array:
        """The pixels inside, in one row."""
        return self.pixels[self.inside]

    @once
    def low(self) -> float:
        return float(self.values.min())

    @once
    def high(self) -> float:
        return float(self.values.max())

    @once
    def mean(self) -> float:
        return float(self.values.mean(dtype=np.float64))

    @once
    def variance(self) -> float:
        return float(self.values.var(dtype=np.float64))

    @property
    def constant(self) -> bool:
        return self.low == self.high

    @property
    def planar(self) -> bool:
        """Whether there are neighbours to look at."""
        return self.pixels.ndim > 1 and min(self.pixels.shape[-2:]) >= _LEAST_EDGE

    @once
    def levels(self) -> tuple[Array, Int64]:
        """The values that occur, ascending, and how often each does."""
        if self.pixels.dtype.kind in "iu" and self.high - self.low < 1 << 16:
            counts = np.bincount((self.values.astype(np.int64) - int(self.low)).ravel())
            there = np.flatnonzero(counts)
            return there + int(self.low), counts[there]
        found, counts = np.unique(self.values, return_counts=True)
        return found, counts

    @once
    def light(self) -> Float32:
        """The image above its lowest value; 0 outside."""
        light = np.subtract(self.pixels, self.low, dtype=np.float64).astype(np.float32)
        light[~self.inside] = 0
        return light

    @once
    def around(self) -> Float32:
        """The mean of the neighbours of each pixel, without it: of white noise it knows nothing of the pixel's."""
        padded = np.pad(self.light, [(0, 0)] * (self.light.ndim - 2) + [(1, 1)] * 2, mode="reflect")
        total = padded[..., :-2, :] + padded[..., 1:-1, :] + padded[..., 2:, :]
        total = total[..., :-2] + total[..., 1:-1] + total[..., 2:]
        return np.asarray((total - self.light) / np.float32(8))

    @once
    def smooth(self) -> Float32:
        """The image above its lowest value, with less noise."""
        sigma = [0.0] * (self.light.ndim - 2) + [1.0, 1.0]
        return np.asarray(ndimage.gaussian_filter(self.light, sigma, mode="mirror", truncate=3.0))

    @once
    def whole(self) -> Mask:
        """The pixels whose neighbours are inside too."""
        if self.inside.all():
            return self.inside
        cross = np.ones((1,) * (self.inside.ndim - 2) + (3, 3), np.bool_)
        return np.asarray(ndimage.binary_erosion(self.inside, cross, border_value=1))

    @once
    def _darkest(self) -> list[tuple[float, float, int]]:
        """Mean, standard deviation and number of the pixels whose neighbours are darkest: of 5 %, and of 1 %."""
        around, light = self.around[self.whole], self.light[self.whole]
        some = np.sort(around[:: max(around.size // _SOME, 1)])
        found = []
        for share in (_DARK, _DARKER):
            dark = light[around <= some[min(max(int(share * some.size), 32), some.size) - 1]]
            middle = np.median(dark)
            # A bright pixel alone has dark neighbours too.
            dark = dark[np.abs(dark - middle) <= _ERRORS * 1.4826 * np.median(np.abs(dark - middle))]
            found.append((float(dark.mean(dtype=np.float64)), float(dark.std(dtype=np.float64)), dark.size))
        return found

    @once
    def floor(self) -> tuple[float, bool]:
        """The grey level where there is no light, and whether it was seen.

        It was where the darkest places are equally dark; where they are not, all of the picture may be lit, and the
        least value is what the level is at most.
        """
        if not self.planar or np.count_nonzero(self.whole) < 2 * _LEAST_EDGE**2:
            return self.low, False
        (mean, deviation, count), (darker, _, few) = self._darkest
        error = deviation / math.sqrt(min(count, few))
        level = self.low + darker
        seen = mean - darker <= _FLAT * abs(level) + 3 * error + 1e-9
        return (level if seen else self.low), seen

    @once
    def floor_error(self) -> float:
        """The standard error of the floor."""
        if not self.floor[1]:
            return 0.0
        _, deviation, count = self._darkest[1]
        return deviation / math.sqrt(count)

    @once
    def dark_noise(self) -> float:
        """The standard deviation of the noise where it is darkest."""
        return self._darkest[0][1] if self.planar and self.whole.any() else 0.0

    def bright(self, share: float) -> float:
        """The level that this share of the pixels is below, of the image with less noise."""
        smooth = self.smooth[self.inside]
        return float(np.quantile(smooth[:: max(smooth.size // _SOME, 1)], share)) + self.low

    @once
    def top(self) -> float:
        """How far the brightest structure is above the floor; a single hot pixel is none."""
        inside = self.smooth[self.inside] if self.planar else self.values - self.low
        return float(inside.max()) + self.low - self.floor[0]

    @once
    def foreground(self) -> Mask:
        """Where there is more light than on the floor."""
        if not self.planar:
            return self.inside & (self.pixels > self.low)
        noise = self.dark_noise / math.sqrt(4 * math.pi)  # what a Gaussian of 1 pixel leaves of it
        least = self.floor[0] - self.low + max(_ERRORS * noise, _FAINT * self.top)
        return self.inside & (self.smooth > least)

    @once
    def noise_variance(self) -> float:
        """The mean variance of the noise, by Immerkær's mask, which structures of a microscope hardly pass.

        Edges that are sharper than a microscope's do: they show by less of the highest frequencies along both axes
        than along one, of which noise has the same.
        """
        if not self.planar or not self.whole.any():
            return 0.0
        x = self.light
        down = x[..., :-2, :] + x[..., 2:, :] - 2 * x[..., 1:-1, :]
        plain = down + 4 * x[..., 1:-1, :]
        whole = self.whole[..., 1:-1, 1:-1]
        both, one, other = (_power(*passed, whole) for passed in ((down, -2), (down, 2), (plain, -2)))
        if not one + other:
            return 0.0
        found = both * min(max((2 * both / (one + other) - _STRUCTURE) / (_NOISE - _STRUCTURE), 0.0), 1.0)
        return found if self.dark_noise else min(found, self._noise_of_light(down))

    def _noise_of_light(self, down: Float32) -> float:
        """The mean variance of noise that the dark has none of: it grows with the light.

        It is looked for only where all neighbours have light, since the edge of a sharp structure beside nothing is
        of all frequencies too.
        """
        edges = (1,) * (self.light.ndim - 2) + (3, 3)
        lit = np.asarray(ndimage.binary_erosion(self.light > 0, np.ones(edges, np.bool_)))[..., 1:-1, 1:-1]
        if np.count_nonzero(lit) < _LEAST_LIT:
            return 0.0
        light = float(self.light[..., 1:-1, 1:-1][lit].mean(dtype=np.float64))
        return _power(down, -2, lit) / light * (self.mean - self.low)

    @once
    def noise_at(self) -> tuple[tuple[float, float], tuple[float, float], float] | None:
        """Level and variance of the noise of the darker and of the brighter half, and the variance's relative error.

        Halves of what is lit; the unlit is dark. Fine structures pass for noise here. None without neighbours.
        """
        if not self.planar:
            return None
        x = self.light
        down = x[..., :-2, :] + x[..., 2:, :] - 2 * x[..., 1:-1, :]
        squares = np.square(down[..., :-2] + down[..., 2:] - 2 * down[..., 1:-1]) / 36
        whole = self.whole[..., 1:-1, 1:-1]
        around, squares = self.around[..., 1:-1, 1:-1][whole], squares[whole]
        lit = around[around > around.min(initial=math.inf)]
        if not lit.size:
            return None
        dark = around < np.median(lit)
        darker, brighter = (
            (float(around[half].mean(dtype=np.float64)) + self.low, float(squares[half].mean(dtype=np.float64)))
            for half in (dark, ~dark)
        )
        return darker, brighter, math.sqrt(2 * _OVERLAP / np.count_nonzero(dark))


def _power(passed: Float32, weight: int, where: Mask) -> float:
    """The mean square behind weights 1, `weight`, 1 across, in units of the variance of white noise."""
    found = passed[..., :-2] + passed[..., 2:] + np.float32(weight) * passed[..., 1:-1]
    chosen = found if where.all() else found[where]
    return float(np.square(chosen, out=chosen).mean(dtype=np.float64)) / 36 if chosen.size else 0.0
