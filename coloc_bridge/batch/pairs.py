"""Channels in files of their own: how the names of a pair are built, and how one may guess it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product
from string import Formatter
from typing import NamedTuple

_COLOURS = (
    "dapi|hoechst|[ec]?gfp|[em]?yfp|[em]?cfp|[em]?rfp|dsred|m?cherry|tdtomato|fitc|tritc|texasred|txred|cy[357]|a(f|lexa)?-?\\d{3}"
    "|red|green|blue|magenta|cyan|[rgb]|[4-7]\\d\\d(nm)?"
)
_BEGIN, _END = r"(?<![^-_. (])", r"(?![^-_. )])"
_MARKS = tuple(
    re.compile(mark, re.IGNORECASE)
    for mark in (
        rf"{_BEGIN}(?P<mark>(?:channel[-_ ]?|chan|ch|c)\d+){_END}",  # Fiji's Split Channels, Leica, Olympus, Zeiss
        rf"{_BEGIN}(?P<mark>ch\d+)(?=sk\d)",  # Opera Phenix
        rf"{_BEGIN}(?P<mark>w\d[^_]*)(?=_|$)",  # MetaMorph
        r"(?<=\d)(?P<mark>[dw]\d)$",  # Cellomics, ImageXpress
        rf"{_BEGIN}(?P<mark>{_COLOURS}){_END}",
    )
)
"""Where programs put the channel into the name of a file, without its suffix."""


class Pattern:
    """A file name in which ``{name}``, and any other word in braces, stands for what differs from image to image.

    Examples
    --------
    >>> red = Pattern("{name}_R.tif")
    >>> red.fields("cell1_R.tif"), red.fields("cell1_G.tif")
    ({'name': 'cell1'}, None)
    >>> red.file_name({"name": "cell2"})
    'cell2_R.tif'
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._pieces = [(literal, field) for literal, field, *_ in Formatter().parse(text)]
        except ValueError as error:
            raise ValueError(f"pair {text!r}: {error}; write {{name}} where names differ") from None
        self.names = tuple(dict.fromkeys(field for _, field in self._pieces if field is not None))
        if not self.names or not all(name.isidentifier() for name in self.names):
            raise ValueError(
                f"pair {text!r}: a word in braces is needed where names differ, as in 'C1-{{name}}.tif', got "
                f"{', '.join(map(repr, self.names)) or 'none'}"
            )

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        seen: set[str] = set()
        parts = []
        for literal, field in self._pieces:
            parts.append(re.escape(literal))
            if field is not None:
                parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>.+)")
                seen.add(field)
        return re.compile("".join(parts), re.DOTALL)

    def fields(self, file_name: str) -> dict[str, str] | None:
        """What the words stand for in a name; None where it is not built so."""
        found = self._expression.fullmatch(file_name)
        return found.groupdict() if found else None

    def file_name(self, fields: dict[str, str]) -> str:
        return "".join(literal + (fields[field] if field is not None else "") for literal, field in self._pieces)


class Patterns(NamedTuple):
    """The names of the two channels of an image."""

    a: Pattern
    b: Pattern

    @property
    def option(self) -> str:
        """As the command line takes it."""
        return f'--pair "{self.a.text}" "{self.b.text}"'


def patterns(texts: Sequence[str]) -> Patterns:
    """Return the patterns of a pair of channels.

    Raises
    ------
    ValueError
        If there are not two, or they have other words in braces.
    """
    if len(texts) != 2 or isinstance(texts, str):
        raise ValueError(
            f"pair {texts!r}: the names of two channels are needed, as in 'C1-{{name}}.tif', 'C2-{{name}}.tif'"
        )
    a, b = map(Pattern, texts)
    if set(a.names) != set(b.names):
        raise ValueError(
            f"pair {a.text!r} and {b.text!r}: one has the words {', '.join(a.names)}, the other "
            f"{', '.join(b.names)}; both need the same"
        )
    if a.text == b.text:
        raise ValueError(f"pair {a.text!r} twice: the channels of an image are two files")
    return Patterns(a, b)


def guess(names_a: Iterable[str], names_b: Iterable[str] | None = None) -> Patterns | None:
    """How names of channels seem to be built, by the convention that makes most pairs; None where no two look so.

    Parameters
    ----------
    names_a : iterable of str
        The files of a folder.
    names_b : iterable of str, optional
        Those of a second folder, where each has a channel.

    Examples
    --------
    >>> guess(["a_ch00.tif", "a_ch01.tif", "b_ch00.tif", "b_ch01.tif"]).option
    '--pair "{name}_ch00.tif" "{name}_ch01.tif"'
    >>> guess(["a.tif", "b.tif"]) is None
    True
    """
    names_a = list(names_a)
    names_b = names_a if names_b is None else list(names_b)
    found = [guess for mark in _MARKS if (guess := _by(mark, names_a, names_b))]
    return max(found, key=lambda guess: guess[0])[1] if found else None


class _Parts(NamedTuple):
    """A name around its mark."""

    before: str
    after: str
    suffix: str


def _by(expression: re.Pattern[str], names_a: list[str], names_b: list[str]) -> tuple[int, Patterns] | None:
    """How many pairs the most frequent two marks make, and their patterns."""
    marks_a, marks_b = _marks(expression, names_a), _marks(expression, names_b)
    pairs: Counter[tuple[str, str]] = Counter()
    for parts in marks_a.keys() & marks_b.keys():
        pairs.update(_two(marks_a[parts], marks_b[parts], names_a is names_b))
    if not pairs:
        return None
    (a, b), count = min(pairs.items(), key=lambda item: (-item[1], *map(_natural, item[0])))
    of_both = [parts for parts in marks_a if a in marks_a[parts] and b in marks_b.get(parts, ())]
    return count, Patterns(_pattern(a, of_both), _pattern(b, of_both))


def _two(a: set[str], b: set[str], one_folder: bool) -> Iterator[tuple[str, str]]:
    for first, second in product(a, b):
        if _natural(first) < _natural(second) or (first != second and not one_folder):
            yield first, second


def _natural(mark: str) -> tuple[tuple[int, str], ...]:
    """In the order of people, in which 2 comes before 10."""
    return tuple((int(digits or 0), text) for text, digits in re.findall(r"(\D+)|(\d+)", mark)) + ((0, mark),)


def _marks(expression: re.Pattern[str], names: Iterable[str]) -> dict[_Parts, set[str]]:
    """The marks that occur in names that are the same but for it."""
    marks: dict[_Parts, set[str]] = defaultdict(set)
    for name in names:
        stem, suffix = re.fullmatch(r"(.*?)((?:\.ome)?\.\w+)?", name, re.DOTALL).groups("")  # type: ignore[union-attr]
        for found in expression.finditer(stem):
            before, after = stem[: found.start("mark")], stem[found.end("mark") :]
            marks[_Parts(before, after, suffix)].add(found["mark"])
    return marks


def _pattern(mark: str, of: Sequence[_Parts]) -> Pattern:
    """The mark with what is the same in all names, and words for what is not."""
    befores, afters, suffixes = ([parts[place] for parts in of] for place in range(3))
    before, after = "", _literal(afters[0])
    if any(befores):
        before = "{name}" + _same(befores, -1)
    if not before or len(set(afters)) > 1:
        after = _same(afters, 0) + ("{rest}" if before else "{name}")
    suffix = _literal(suffixes[0]) if len(set(suffixes)) == 1 else ".{suffix}"
    return Pattern(before + _literal(mark) + after + suffix)


def _same(texts: Sequence[str], place: int) -> str:
    """The character between a mark and its neighbour, where it is one in all names and no part of a word."""
    ends = {text[place] if text else "" for text in texts}
    return ends.pop() if len(ends) == 1 and not ends & {"", "{", "}"} and not next(iter(ends)).isalnum() else ""


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
