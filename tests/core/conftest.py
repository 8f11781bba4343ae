"""What several tests of the core look with."""

import sys
import threading

import numpy as np
import pytest

from coloc_bridge.pixels import tallies
from coloc_bridge.statistics.blocks import regions
from coloc_bridge.statistics.ranks import Ranks


class Counted:
    """An image that knows how often each of its blocks was read."""

    def __init__(self, image):
        self.image, self.shape, self.dtype, self.ndim = image, image.shape, image.dtype, image.ndim
        self.reads, self._lock = {}, threading.Lock()

    def __getitem__(self, box):
        with self._lock:
            self.reads[str(box)] = self.reads.get(str(box), 0) + 1
        return self.image[box]


@pytest.fixture
def counted():
    """Makes of an image one that counts the reads of its blocks."""
    return Counted


@pytest.fixture
def related():
    """Makes pairs that correlate: of a shape, a type of pixels and a seed."""

    def pair(shape, dtype, seed=5):
        rng = np.random.default_rng(seed)
        a = rng.gamma(1.5, 300, shape)
        b = 0.5 * a + rng.gamma(1.0, 200, shape)
        return [(image / (20 if dtype == "u1" else 1)).astype(dtype) for image in (a, b)]

    return pair


@pytest.fixture
def small_is_large(monkeypatch):
    """Regions of a few pixels are large to all that ask, so that small images meet all that large ones do."""
    for name, module in list(sys.modules.items()):
        if name.startswith("coloc_bridge.") and "LARGE" in vars(module):
            monkeypatch.setattr(module, "LARGE", 40)
    monkeypatch.setattr(Ranks, "tables_from", 0)
    monkeypatch.setattr(regions, "BATCH", 30)
    monkeypatch.setattr(tallies, "HELD", 15)
