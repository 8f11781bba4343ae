"""The steps of a library's run, for the library itself and for its twin."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from coloc_bridge.engines.protocol import Value
from coloc_bridge.errors import EngineError, EngineWouldThrow

Steps = Mapping[str, Callable[[], Mapping[str, Any]]]
"""Name of a step -> what computes its quantities; an exception ends the step, not the run."""


def repeated(title: str, steps: Steps) -> dict[str, Value]:
    """The numbers of a twin: a step that raises `EngineError` gives none, as where the engine throws.

    Parameters
    ----------
    title : str
        Of the engine, for messages.
    steps : mapping of str to callable
        Those of the engine, by its names. The text of their `EngineError` is the exception of the engine, as
        ``ValueError: image contains negative values``.

    Returns
    -------
    dict
        Quantity -> number.

    Raises
    ------
    EngineError
        If no step gives a number.

    Warns
    -----
    EngineWouldThrow
        For each step that gives none.

    Examples
    --------
    >>> repeated("Toy", {"one": lambda: {"mean": 1.0}})
    {'mean': 1.0}
    """
    found: dict[str, Value] = {}
    thrown: dict[str, str] = {}
    for name, step in steps.items():
        try:
            found |= step()
        except EngineError as error:
            thrown[name] = str(error)
    if not found:
        raise EngineError(nothing_given(title, thrown))
    for name, text in thrown.items():
        warnings.warn(f"{title} gives no numbers in its step {name}: {text}", EngineWouldThrow, stacklevel=3)
    return found


def nothing_given(title: str, thrown: Mapping[str, str]) -> str:
    """Say that every step of an engine threw, and what."""
    return f"{title} gives no number for this pair: {'; '.join(dict.fromkeys(thrown.values())) or 'it has no step'}"
