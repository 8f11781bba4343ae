"""How much of the correlation noise hides."""

import math
from collections.abc import Iterator

from coloc_bridge.measures.pearson_r import pearson
from coloc_bridge.quality.coefficients import effect, words
from coloc_bridge.quality.finding import Finding
from coloc_bridge.quality.images import Images

LIMIT = 0.9
"""What is left of r; ours, no published limit was found."""


def find(images: Images) -> Iterator[Finding]:
    """The factor by which noise lowers r: the square root of both reliabilities."""
    reliabilities = [_reliability(images, channel) for channel in (0, 1)]
    if min(reliabilities) <= 0:
        return
    factor = math.sqrt(reliabilities[0] * reliabilities[1])
    if not factor < LIMIT:
        return
    replicated = [f"replicate_{name}" for name in "ab" if getattr(images.controls, f"replicate_{name}") is not None]
    how = "by the second exposure" if replicated else "by an estimate from how pixels differ from their neighbours"
    without = images.seen | {"pearson": max(-1.0, min(1.0, images.seen["pearson"] / factor))}
    yield Finding(
        "noise",
        "",
        factor,
        LIMIT,
        f"Noise leaves {factor:.0%} of the correlation, {how} (signal in the variance: A "
        f"{reliabilities[0]:.0%}, B {reliabilities[1]:.0%}); "
        f"{words(images.seen, without, 'corrected for it', 'pearson')}.",
        effect({"pearson": images.seen["pearson"]}, without),
        "Record with more light or longer, or each channel twice, and use noise_corrected_correlation.",
    )


def _reliability(images: Images, channel: int) -> float:
    """The share of the variance that is signal: r between two exposures, or else by the noise of one."""
    signal = images.signals[channel]
    replicate = (images.controls.replicate_a, images.controls.replicate_b)[channel]
    if replicate is not None:
        return pearson(signal.pixels, replicate, images.inside)[0]
    return 1 - signal.noise_variance / signal.variance
