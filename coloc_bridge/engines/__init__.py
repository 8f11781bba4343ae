"""Programs that compute colocalization: the real Coloc 2, JACoP and BIOP JACoP, CellProfiler and other Python
libraries, and those other packages add.

Each runs in a process of its own, those of Fiji in a Java virtual machine; importing this starts none.
"""

import inspect
import os
from typing import Any

from numpy.typing import ArrayLike

from coloc_bridge.engines import registry
from coloc_bridge.engines.protocol import TIMEOUT, Engine, EngineRun
from coloc_bridge.engines.spec import EngineSpec
from coloc_bridge.inputs import as_pair

__all__ = ["TIMEOUT", "Engine", "EngineRun", "EngineSpec", "available", "end_all", "engine", "names", "run"]

names = registry.names
engine = registry.engine


def run(
    name: str,
    a: ArrayLike,
    b: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    fiji: str | os.PathLike[str] | None = None,
    timeout: float | None = TIMEOUT,
    titles: tuple[str, str] = ("A", "B"),
    **settings: Any,
) -> EngineRun:
    """Run an engine on a pair of images.

    Parameters
    ----------
    name : str
        One of `names`: ``coloc2``, ``cellprofiler``, or an engine that another package adds.
    a, b : array_like
        Of one shape. For engines of Fiji a plane (y, x) or Z stack (z, y, x) of one type: 8 or 16 bit unsigned, or
        32-bit floats. Libraries get the pixels in their own type.
    mask : array_like of bool, optional
        Pixels to analyse. JACoP has no ROI: it gets images that are 0 outside; BIOP JACoP gets the maximum over Z.
    fiji : path or str, optional
        Fiji folder or Maven coordinate; else that of COLOC_BRIDGE_FIJI, of the settings file, or a pinned release.
    timeout : float or None, optional
        Seconds the engine may take; None is no limit.
    titles : tuple of str
        What the images are called in messages and in the engine's log, where it takes notice of that.
    **settings
        Keyword arguments of the engine's twin.

    Returns
    -------
    EngineRun

    Raises
    ------
    EngineNotAvailable
        If Java, Fiji, the plugin or the library is missing; the message names the remedy.
    EngineTimeout
        If the engine was ended by the time limit.
    EngineError
        If the engine threw, refused the images or died.
    ValueError
        If the call makes no sense: shapes, types, unknown engine or setting.
    """
    image_a, image_b, region = as_pair(a, b, mask)
    found = registry.engine(name, fiji=fiji, timeout=timeout)
    if "titles" in inspect.signature(found.run).parameters:
        settings["titles"] = titles
    return found.run(image_a, image_b, mask=region, **settings)


def available(fiji: str | os.PathLike[str] | None = None) -> dict[str, str | None]:
    """Return for each engine None if it can run here, else why not and what to do; starts no Java virtual machine."""
    reasons: dict[str, str | None] = {}
    for name in registry.names():
        try:
            reasons[name] = registry.engine(name, fiji=fiji).available()
        except ValueError as error:
            reasons[name] = str(error)
    return reasons


def end_all() -> None:
    """End every process that an engine runs in."""
    # Not at the top: twins need the specs alone, no processes.
    from coloc_bridge.engines.process.worker import end_all as end

    end()
