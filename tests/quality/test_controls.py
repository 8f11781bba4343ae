"""A control that tells nothing is named."""

import numpy as np
import pytest
from scipy import ndimage

import coloc_bridge as cb
from coloc_bridge.quality import check


def test_a_control_without_signal_is_named():
    scene = cb.make_scene(shape=(128, 128))
    dark = np.zeros((64, 64), np.uint16)
    with pytest.raises(ValueError, match="single_label_b has no signal in channel B"):
        check(scene.a, scene.b, single_label_b=(dark, dark))


@pytest.mark.parametrize("photons", [20, 60, 300])
@pytest.mark.parametrize(("exposure", "offset", "bits"), [(1.6, 0, 8), (2.0, 0.01, 12), (2.5, 0.02, 16)])
def test_a_saturated_control_gives_the_share_to_a_hundredth(photons, exposure, offset, bits):
    """Of smooth light: near the ceiling noise decides which pixels are cut off at it."""
    rng = np.random.default_rng([photons, bits])
    light = np.clip(ndimage.gaussian_filter(rng.normal(size=(256, 256)), 3.0), 0, None)
    light /= np.quantile(light, 0.999)
    full = 2**bits - 1
    counts = (rng.poisson(part * photons) / photons for part in (light, 0.2 * light))
    own, other = (np.rint((exposure * part + offset) * full).clip(0, full).astype(np.uint16) for part in counts)
    assert np.mean(own == full) > 0.02
    scene = cb.make_scene(shape=(128, 128))
    [found] = [x for x in check(scene.a, scene.b, single_label_a=(own, other)) if x.code == "bleed-through"]
    assert found.value == pytest.approx(0.2, abs=0.01)
