"""What several tests of the core look with."""

import threading

import numpy as np
import pytest


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
