"""What there is to say of an engine, in one place.

`compare`, `report`, `batch`, the command line and the scripts for Fiji know engines by their specs alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge.engines.codec import Codec
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.thresholds import Thresholds, given
from coloc_bridge.inputs import Array, zero_outside

Reference = str | Callable[..., Any]
"""A callable, or where it is, as ``package.module:name``; it is imported when it is first called."""
Settings = dict[str, Any]
PixelRule = Callable[[Array, Array, Array | None], tuple[Array, Array, Array | None]]


def load(reference: Reference) -> Any:
    """Return what a reference names.

    Examples
    --------
    >>> load("math:hypot")(3, 4)
    5.0
    """
    if not isinstance(reference, str):
        return reference
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def as_given(a: Array, b: Array, mask: Array | None) -> tuple[Array, Array, Array | None]:
    """Pixel rule of an engine that takes any mask."""
    return a, b, mask


def zeros_outside(a: Array, b: Array, mask: Array | None) -> tuple[Array, Array, Array | None]:
    """Pixel rule of an engine without a mask: outside of it both images are 0, as after ImageJ's Clear Outside."""
    return (a, b, None) if mask is None else (*zero_outside(a, b, mask), None)


def plane_mask(a: Array, b: Array, mask: Array | None) -> tuple[Array, Array, Array | None]:
    """Pixel rule of an engine that takes one 2D ROI for all slices: the projection of the mask."""
    if mask is None or mask.ndim < 3:
        return a, b, mask
    return a, b, np.broadcast_to(mask.reshape(-1, *mask.shape[-2:]).any(axis=0), mask.shape)


@dataclass(frozen=True)
class TwinFunctions:
    """The functions that repeat an engine in Python."""

    run: Reference
    """``(a, b, *, mask, **settings)`` -> quantity -> value; refuses by `EngineError` where the engine would."""
    printed: Reference | None = None
    """Values -> the text the engine prints for each."""
    randomize: Reference | None = None
    """``(a, b, *, mask, seed, **settings)`` -> draws of the null model, see `coloc_bridge.twins.randomize`."""
    warnings: Reference | None = None
    """As `run`, the engine's warnings in its words; None where it has none."""
    objects: Reference | None = None
    """``(run, a, b)`` -> channel, numbers of the run's listed objects, and the twin's."""
    as_good: Reference | None = None
    """``(quantity, run, values, a, b, mask)`` -> a sentence where another value is at least as good, else empty."""


@dataclass(frozen=True)
class Significance:
    """An engine's significance test, which draws at random."""

    read: Reference
    """`EngineRun.random` -> `Draw`."""
    fitted: bool = False
    """Whether its mean and sd are those of a fit, not of the rounds."""


@dataclass(frozen=True)
class Draw:
    """What one unseeded test gave, and the settings it ran with."""

    p_value: float | None
    p_text: str | None
    mean: float
    sd: float
    rounds: int
    block: int
    settings: Settings
    """Those of the twin's null model."""


@dataclass(frozen=True)
class Choices:
    """What a user of the twin can choose of thresholds, and what must be chosen of the images."""

    method: str = ""
    """The twin's setting that names a threshold method; empty where there is none."""
    methods: tuple[str, ...] | None = None
    """Those it takes; None leaves that to the twin."""
    default: str | None = None
    takes_thresholds: bool = True
    """Whether two thresholds can be given."""
    refusal: str = ""
    """What to say to another choice."""
    one_timepoint: bool = False
    """Whether time points can only be measured each on its own."""
    pixel_width: bool = False
    """Whether the twin has this setting."""
    optics: Reference | None = None
    """``(pixel_size, unit, **microscope)`` -> settings of a twin that goes by a microscope's resolution, and a
    sentence on them. The pixel size is (depth, width); keywords: microscope, wavelength_a, wavelength_b, aperture."""


@dataclass(frozen=True)
class Marker:
    """How the thresholds of a run are marked in figures; shapes tell runs apart in print too."""

    shape: str = "X"
    colour: str = "#009E73"


def _no_runs(dtype: np.dtype[Any]) -> Sequence[tuple[str, Settings]]:
    return [("", {})]


def _as_chosen(thresholds: Settings) -> Sequence[Settings]:
    return [thresholds]


@dataclass(frozen=True)
class EngineSpec:
    """An engine. All but its name, title and how it is called has a default that suits a simple one.

    Examples
    --------
    >>> spec = EngineSpec("mean", "Mean of both", twin=TwinFunctions(run=lambda a, b, mask=None: {"mean": 1.0}))
    >>> load(spec.twin.run)([1], [2])
    {'mean': 1.0}
    """

    name: str
    """Its key: of its entry point, its recorded runs, and for the command line."""
    title: str
    """As a person knows it."""
    live: Reference | None = None
    """What makes its `Engine` without arguments, most often the class; None where there are recorded runs alone."""
    twin: TwinFunctions | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """Quantity -> the name the engine prints, in its order."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Quantity -> what the report calls it, where the report has no name of its own for it."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Variant of a run -> what the report calls it."""
    glance: tuple[tuple[str, ...], ...] = ()
    """Columns of the report's first table: of each the variants that can stand there; empty is a column per run."""
    markers: Mapping[str, Marker] = field(default_factory=lambda: {"": Marker()})
    """Variant -> how its thresholds are marked."""
    pixels: PixelRule = as_given
    """The pixels and the mask as the engine takes them."""
    thresholds: Callable[[EngineRun, str], Thresholds] = given
    """At which thresholds a run computed a quantity; of an empty one, what its search for them ended at."""
    validated: Callable[[np.dtype[Any]], Sequence[tuple[str, Settings]]] = _no_runs
    """Variants and settings to run on the pair of a user, who names none; by the type of its pixels."""
    recorded: Callable[[Settings], Sequence[Settings]] = _as_chosen
    """Settings of the runs with which a pair is recorded first; by the thresholds that were chosen, if any."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Settings of a recorded run beyond those a twin repeats."""
    significance: Significance | None = None
    own_exceptions: tuple[str, ...] = ()
    """How exceptions of the engine itself begin, which a twin repeats; others, such as a time limit, it cannot."""
    codec: Codec = field(default_factory=Codec)
    choices: Choices = field(default_factory=Choices)
    differences: Traversable | Path | None = None
    """A file of known differences in the format of ``validation/differences.toml``."""
    needs_fiji: bool = False
    """Whether it runs in a Fiji: unless one is named, a set is validated by its recorded runs. Any other engine runs
    wherever it is available."""
    in_scripts: bool = False
    """Whether the scripts for Fiji compare the pair with it."""
