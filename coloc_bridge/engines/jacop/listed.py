"""JACoP's objects one by one: size, centres, box and sum of each, as far as a run listed them."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from coloc_bridge.engines.jacop.particles import Particles, objects
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineMisreads
from coloc_bridge.inputs import Array

_FIELDS = ("size", "centroid", "centre_of_mass", "bb_tl", "bb_br", "int_dens")
Numbers = tuple[float, ...]


def listed_numbers(run: EngineRun, a: Array, b: Array) -> Iterator[tuple[str, Numbers, Numbers]]:
    """Yield, of each channel whose objects were listed, all their numbers in one line after the number of objects:
    JACoP's and the twin's, which are none where it refuses."""
    for channel, image in (("a", a), ("b", b)):
        if channel not in run.objects:
            continue
        threshold = run.settings.get(f"object_threshold_{channel}")
        if threshold is None:
            threshold = run.settings.get(f"threshold_{channel}", 0)
        sizes = {name: run.settings[name] for name in ("min_size", "max_size") if name in run.settings}
        listed = run.objects[channel]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", EngineMisreads)
                found = objects(image, int(threshold), **sizes)
        except EngineError:
            twin: Numbers = ()
        else:
            twin = _twin(found, len(listed["first"]))
        yield channel, _recorded(listed), twin


def _recorded(listed: Mapping[str, Any]) -> Numbers:
    return (
        float(listed["n"]),
        *(number for one in listed["first"] for name in _FIELDS for number in _flat(one[name])),
    )


def _twin(found: Particles, count: int) -> Numbers:
    numbers = [float(len(found))]
    columns = (
        found.size, found.centroid, found.centre_of_mass, found.box_first, found.box_last, found.integrated_density
    )  # fmt: skip
    for i in range(min(count, len(found))):
        for column in columns:
            numbers += _flat(column[i].tolist())
    return tuple(numbers)


def _flat(value: Any) -> list[float]:
    return [float(item) for item in value] if isinstance(value, list) else [float(value)]
