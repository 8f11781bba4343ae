"""Significance tests draw at random: whether what an engine drew fits its null model, never whether it is equal."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge import diagnostics, twins
from coloc_bridge.compare.model import Cell, Comparison, Verdict
from coloc_bridge.compare.standard import Standard
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.registry import described
from coloc_bridge.engines.spec import Draw, load
from coloc_bridge.errors import EngineError, EngineMisreads

QUANTITY = "costes_p_value"
_ROUNDS = 100
_RESAMPLES = 4000
# A draw is called incompatible when fewer of the twin's own draws lie as far out.
_RARE = 1e-3

Null = NDArray[np.float64]


def compare_significance(run: EngineRun, pixels: Standard, reasons: tuple[str, ...]) -> Comparison:
    """Return the row of the engine's significance test."""
    test = described(run.engine).significance
    if test is None:
        return _row(
            run, Cell(), Cell(), Cell(), reasons, "Drawn at random, by a test of which nothing more is known."
        )
    draw: Draw = load(test.read)(run.random)
    try:
        null = pixels.recall((run.engine, *draw.settings.items()), lambda: _null(run.engine, pixels, draw))
    except (EngineError, ValueError) as error:
        twin, note = Cell(), f"Drawn at random; the twin has no null model here: {error}."
    else:
        twin = Cell(float(null["p_value"]))
        sentence = _fit_sentence if test.fitted else _draw_sentence
        note = f"{sentence(draw, null['null'])} {null['convention']}"
    standard = Cell(pixels.recall(("p-value", draw.block), lambda: _standard_p_value(pixels, draw.block)))
    return _row(run, standard, Cell(draw.p_value, draw.p_text), twin, reasons, note)


def _row(run: EngineRun, standard: Cell, engine: Cell, twin: Cell, reasons: tuple[str, ...], note: str) -> Comparison:
    return Comparison(
        run.engine, run.variant, QUANTITY, "", standard, engine, twin, Verdict.NOT_COMPARABLE, reasons, note
    )


def _null(engine: str, pixels: Standard, draw: Draw) -> dict[str, Any]:
    with warnings.catch_warnings():
        # That the engine misreads the image is said by the differences that apply.
        warnings.simplefilter("ignore", EngineMisreads)
        return twins.randomize(engine, pixels.a, pixels.b, mask=pixels.mask, seed=0, rounds=_ROUNDS, **draw.settings)


def _draw_sentence(draw: Draw, null: Null) -> str:
    found = f"Drawn at random: {draw.rounds} rounds with mean {draw.mean:.3f} and sd {draw.sd:.3f}"
    if np.isnan(null).any():
        return f"{found}; the correlation is undefined here, so there is no null model to compare with."
    answer = "compatible" if _compatible(draw, null) else "not compatible"
    return f"{found}, {answer} with the twin's null model (mean {null.mean():.3f}, sd {null.std(ddof=1):.3f})."


def _fit_sentence(draw: Draw, null: Null) -> str:
    found = f"Drawn at random, {draw.rounds} rounds; the engine's fit has mean {draw.mean:.3f} and sd {draw.sd:.3f}"
    if np.isnan(null).any():
        return f"{found}; the correlation is undefined here, so there is no null model to compare with."
    inside = null.min() <= draw.mean <= null.max()
    answer = "compatible with" if inside else "the fit failed: it lies outside"
    return f"{found}, {answer} the twin's null model ({null.min():.3f} to {null.max():.3f}, mean {null.mean():.3f})."


def _compatible(draw: Draw, null: Null) -> bool:
    """Whether mean and sd of so many rounds lie among those of as many rounds drawn from the twin's null."""
    samples = np.random.default_rng(0).choice(null, (_RESAMPLES, draw.rounds))
    pairs = ((draw.mean, samples.mean(axis=1)), (draw.sd, samples.std(axis=1, ddof=1)))
    return all(min(np.mean(drawn <= value), np.mean(drawn >= value)) > _RARE / 2 for value, drawn in pairs)


def _standard_p_value(pixels: Standard, block: int) -> float | None:
    if min(pixels.a.shape) < block:
        return None
    result = diagnostics.costes_randomization(
        pixels.a, pixels.b, pixels.mask, n_iter=_ROUNDS, block_size=block, seed=0
    )
    return float(result["p_value"])
