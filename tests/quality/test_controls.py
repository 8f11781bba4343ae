"""A control that tells nothing is named."""

import numpy as np
import pytest

import coloc_bridge as cb
from coloc_bridge.quality import check


def test_a_control_without_signal_is_named():
    scene = cb.make_scene(shape=(128, 128))
    dark = np.zeros((64, 64), np.uint16)
    with pytest.raises(ValueError, match="single_label_b has no signal in channel B"):
        check(scene.a, scene.b, single_label_b=(dark, dark))
