"""The twins by the name of their engine."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from numpy.typing import ArrayLike

from coloc_bridge.inputs import as_pair, zero_outside

ENGINES = ("coloc2", "jacop", "biop")


def _twin(engine: str) -> Any:
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: there are twins of {', '.join(ENGINES)}")
    return import_module(f"coloc_bridge.twins.{engine}")


def run(engine: str, a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, **settings: Any) -> dict[str, Any]:
    """The numbers `engine` gives for a pair: its twin, called by name.

    Parameters
    ----------
    engine : {"coloc2", "jacop", "biop"}
    a, b, mask
        As for the twin. JACoP knows no mask: pixels outside are set to 0 in both images first.
    **settings
        Those of the twin.

    Returns
    -------
    dict
        Quantity name -> number.

    Raises
    ------
    ValueError
        If there is no such twin, or it refuses the call.
    EngineError
        Where the engine would throw or refuse.

    Examples
    --------
    >>> run("coloc2", [[1, 2, 3]], [[2, 4, 7]], mask=[[1, 0, 1]])["max_b"]
    7.0
    """
    twin = getattr(_twin(engine), engine)
    if engine != "jacop":
        return dict(twin(a, b, mask=mask, **settings))
    image_a, image_b, inside = as_pair(a, b, mask)
    if inside is not None:
        image_a, image_b = zero_outside(image_a, image_b, inside)
    return dict(twin(image_a, image_b, **settings))


def printed(engine: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The text `engine` prints for each quantity of `values`: its own decimals, in Java's number format.

    Parameters
    ----------
    engine : {"coloc2", "jacop", "biop"}
    values : mapping of str to float
        As from the twin of that name.

    Returns
    -------
    dict of str to str
        Quantity name -> text. JACoP cuts its decimals off, and prints NaN as 0.0 (jacop-nan-prints-zero).

    Raises
    ------
    ValueError
        If there is no such twin.

    Examples
    --------
    >>> printed("coloc2", {"pearson": -0.002, "m1": 1.0, "spearman_t": float("inf")})
    {'pearson': '-0.00', 'm1': '1.000', 'spearman_t': 'Infinity'}
    """
    return dict(_twin(engine).printed(values))


def columns(engine: str) -> dict[str, str]:
    """Quantity -> the name `engine` itself prints, in its order.

    Parameters
    ----------
    engine : {"coloc2", "jacop", "biop"}

    Returns
    -------
    dict of str to str

    Raises
    ------
    ValueError
        If there is no such twin.

    Examples
    --------
    >>> columns("coloc2")["tm1"]
    "Manders' tM1 (Above autothreshold of Ch2)"
    """
    return dict(_twin(engine).COLUMNS)


def randomize(
    engine: str, a: ArrayLike, b: ArrayLike, *, mask: ArrayLike | None = None, seed: int = 0, **settings: Any
) -> dict[str, Any]:
    """Draws, with a seed, from the null model of the engine's significance test, which itself has none.

    Parameters
    ----------
    engine, a, b, mask
        As for `run`.
    seed : int
    **settings
        ``rounds`` and those of the engine's test.

    Returns
    -------
    dict
        ``null`` (the r of every round), ``observed``, ``mean``, ``sd``, ``p_value`` in the engine's own sense, and
        ``convention``, a sentence that says which that is.

    Raises
    ------
    ValueError
        If there is no such twin, or it refuses the call.
    EngineError
        Where the engine would throw or refuse.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.add.outer(np.arange(32) % 7, np.arange(32) % 5).astype(np.uint8)
    >>> draws = randomize("coloc2", a, a, seed=1, rounds=5)
    >>> len(draws["null"]), draws["observed"] > draws["mean"]
    (5, True)
    """
    return dict(_twin(engine).randomize(a, b, mask=mask, seed=seed, **settings))
