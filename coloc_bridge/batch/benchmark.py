"""A folder of pictures whose colocalization is known in per cent, as those of the Colocalization Benchmark Source."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from coloc_bridge import twins
from coloc_bridge.analysis import Row
from coloc_bridge.batch.listing import list_folder
from coloc_bridge.batch.pairs import guess
from coloc_bridge.compare.coefficients import Key, distinct, measure_pair
from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import Image, as_imagej, channel_names, read_image, read_pair, select_channels
from coloc_bridge.inputs import real_number
from coloc_bridge.truth import estimated

_SHARES = ("m1", "m2")
"""Truths that are shares of light, as the nominal colocalization is."""
_FEWEST = 3
"""Different nominal shares for an order among them to mean something."""


@dataclass(frozen=True)
class Agreement:
    """A coefficient in all pictures, held against what they were made with."""

    engine: str
    variant: str
    quantity: str
    values: tuple[float, ...]
    """In the order of the pictures."""
    bias: float
    """Mean of coefficient minus nominal share, over the pictures with a value; NaN where it is no share."""
    rms: float
    order: float
    """Spearman's correlation of the coefficient with the nominal shares: 1 where it rises with them throughout."""
    undefined: int
    """Pictures in which it has no value."""


@dataclass(frozen=True)
class Benchmark:
    """What was measured."""

    pictures: tuple[str, ...]
    nominal: tuple[float, ...]
    """Per cent."""
    channels: tuple[tuple[str, str], ...]
    agreements: tuple[Agreement, ...]

    def rows(self) -> list[Row]:
        """One for each picture and coefficient."""
        places = zip(self.pictures, self.nominal, self.channels, strict=True)
        return [
            {
                "picture": picture,
                "nominal": nominal,
                "channel_a": channel_a,
                "channel_b": channel_b,
                "engine": one.engine,
                "variant": one.variant,
                "quantity": one.quantity,
                "value": one.values[i],
                "bias": one.bias,
                "rms": one.rms,
                "order": one.order,
            }
            for i, (picture, nominal, (channel_a, channel_b)) in enumerate(places)
            for one in self.agreements
        ]


def measure_benchmark(
    folder: Path,
    nominal: Sequence[float],
    *,
    channels: Sequence[str] | None = None,
    engines: Iterable[str] = twins.ENGINES,
    progress: Callable[[int, int, str], None] | None = None,
) -> Benchmark:
    """Measure every picture of a folder by the standard and by twins.

    Parameters
    ----------
    folder : Path
        Files with two channels, RGB files of which two channels have light, or a pair of files for each picture whose
        names differ by the channel.
    nominal : sequence of float
        What each was made with, in per cent, in the order of the names, in which 2 comes before 10.
    channels : sequence of two str, optional
        Those of a file, by name or number.
    engines : iterable of str
        Whose twins.
    progress : callable, optional
        Is told, before each picture, how many are done, how many there are, and its name.

    Returns
    -------
    Benchmark

    Raises
    ------
    ValueError
        If there are other than `nominal` pictures, a share is none, or the channels of a file are not clear.
    ImageFileError
        If there is no picture, or one cannot be read.
    """
    shares = tuple(_share(share) for share in nominal)
    engines = tuple(engines)
    for engine in engines:
        twins.columns(engine)  # a wrong name is refused before anything is read
    if channels is not None and len(channels) != 2:
        raise ValueError(f"channels {list(channels)}: a pair has two, such as 1,2")
    steps = _pictures(folder)
    if len(steps) != len(shares):
        raise ValueError(
            f"{folder}: has {len(steps)} pictures ({', '.join(_name(step) for step in steps[:3])}, ...), --nominal "
            f"has {len(shares)} shares: give one for each, in the order of the names"
        )
    names, found = [], []
    for done, step in enumerate(steps):
        if progress is not None:
            progress(done, len(steps), _name(step))
        a, b = as_imagej(_pair(step, channels))
        names.append((str(a.name), str(b.name)))
        found.append({one.key: one.value for one in measure_pair(a.values, b.values, engines)})
    agreements = tuple(_agreement(called, [one[key] for one in found], shares) for key, called in _common(found))
    return Benchmark(tuple(map(_name, steps)), shares, tuple(names), agreements)


def _share(share: float) -> float:
    number = real_number(share, "nominal")
    if not 0 <= number <= 100:
        raise ValueError(f"nominal shares are per cent from 0 to 100, got {number:g}")
    return number


def _pictures(folder: Path) -> list[tuple[Path, ...]]:
    """The files of each picture in the order of people."""
    if not folder.is_dir():
        raise ImageFileError(f"{folder}: no such folder; give the one that holds the pictures")
    paths = sorted((image.path for image in list_folder(folder).images), key=lambda path: _natural(path.name))
    if not paths:
        raise ImageFileError(f"{folder}: no image in this folder")
    if "C" in read_image(paths[0]).dims:
        return [(path,) for path in paths]
    names = guess(path.name for path in paths)
    if names is None:
        raise ImageFileError(
            f"{folder}: {paths[0].name} has one channel, and no two files have names that differ by the channel "
            "alone, such as 1_red.tif and 1_green.tif"
        )
    pairs: list[tuple[Path, ...]] = []
    for path in paths:
        if (fields := names.a.fields(path.name)) is not None:
            other = path.with_name(names.b.file_name(fields))
            if other not in paths:
                raise ImageFileError(f"{path}: its other channel, {other.name}, is missing")
            pairs.append((path, other))
    return pairs


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(digits or 0), text) for digits, text in re.findall(r"(\d+)|(\D+)", name)]


def _name(files: tuple[Path, ...]) -> str:
    return " and ".join(path.name for path in files)


def _pair(files: tuple[Path, ...], channels: Sequence[str] | None) -> list[Image]:
    if len(files) == 2:
        return read_pair(*files)
    image = read_image(files[0])
    if channels is not None:
        return select_channels(image, channels)
    lit = [channel for channel in select_channels(image) if channel.values.min() != channel.values.max()]
    if len(lit) != 2:
        raise ValueError(
            f"{files[0]}: {len(lit)} of its channels ({', '.join(channel_names(image))}) have light, and two are "
            "needed; choose them with --channels, such as --channels 1,2"
        )
    return lit


def _common(found: Sequence[dict[Key, float]]) -> Iterable[tuple[Key, Key]]:
    """Coefficients that all pictures have: of another type of pixels an engine has fewer runs."""
    keys = [key for key in found[0] if all(key in one for one in found)]
    return distinct([{key: one[key] for key in keys} for one in found]).items()


def _agreement(called: Key, values: Sequence[float], nominal: Sequence[float]) -> Agreement:
    there = np.isfinite(values)
    measured, made = np.array(values)[there], np.array(nominal)[there]
    bias = rms = order = math.nan
    if estimated(called[2]) in _SHARES and measured.size:
        away = measured - made / 100
        bias, rms = float(away.mean()), float(np.sqrt(np.mean(away**2)))
    if np.unique(made).size >= _FEWEST and np.ptp(measured) > 0:
        order = float(stats.spearmanr(measured, made).statistic)
    return Agreement(*called, tuple(values), bias, rms, order, int(np.count_nonzero(~there)))
