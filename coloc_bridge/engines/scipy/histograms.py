"""The histograms behind scikit-image's thresholds: of integers one bin for each grey level."""

from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array

_MOST_LEVELS = 2**24


def refuse_wide(title: str, *channels: Array) -> None:
    """An EngineError if such a histogram could fill the memory.

    Examples
    --------
    >>> import numpy as np
    >>> refuse_wide("scikit-image", np.uint16([0, 65535]), np.float32([0, 1e9]))
    """
    for channel in channels:
        if channel.dtype.kind != "f" and channel.size and int(channel.max()) - int(channel.min()) > _MOST_LEVELS:
            raise EngineError(
                f"{title} counts every grey level between the darkest and the brightest pixel, more than "
                f"{_MOST_LEVELS} here: not run, as that may take all of the memory; scale the pair to 16 bit"
            )
