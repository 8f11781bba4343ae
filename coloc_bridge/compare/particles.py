"""JACoP's objects one by one: size, centres, box and sum of each, as far as the engine listed them."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from coloc_bridge.compare.model import Cell, Comparison, Verdict
from coloc_bridge.compare.numbers import close
from coloc_bridge.compare.standard import Standard, object_thresholds
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineMisreads
from coloc_bridge.twins.jacop import Particles, objects

_FIELDS = ("size", "centroid", "centre_of_mass", "bb_tl", "bb_br", "int_dens")


def compare_particles(run: EngineRun, pixels: Standard) -> Iterator[Comparison]:
    """One row per channel whose objects were listed: all their numbers in one line, after the number of objects."""
    images = {"a": pixels.a, "b": pixels.b}
    for channel, threshold in zip("ab", object_thresholds(run), strict=True):
        if channel not in run.objects:
            continue
        recorded = _recorded(run.objects[channel])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", EngineMisreads)
                settings = {name: run.settings[name] for name in ("min_size", "max_size") if name in run.settings}
                found = objects(images[channel], int(threshold), **settings)
        except EngineError:
            twin: tuple[float, ...] = ()
        else:
            twin = _twin(found, len(run.objects[channel]["first"]))
        verdict = Verdict.REPRODUCED if close(recorded, twin) else Verdict.DISAGREES
        yield Comparison(
            run.engine, run.variant, f"objects_{channel}", "", Cell(), Cell(recorded), Cell(twin), verdict
        )


def _recorded(listed: Mapping[str, Any]) -> tuple[float, ...]:
    return (
        float(listed["n"]),
        *(number for one in listed["first"] for name in _FIELDS for number in _flat(one[name])),
    )


def _twin(found: Particles, count: int) -> tuple[float, ...]:
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
